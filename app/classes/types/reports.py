"""Reports on attendance."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement
from sqlmodel import col

from app.classes import models, policy
from app.classes.service import reports
from app.classes.service.reports import ReportFormat
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.read.declare import called, column, edge, reads
from app.core.graph.read.operation import COST
from app.core.viewer import Asker

if TYPE_CHECKING:
    from app.classes.types.classes import Class

describe(
    ReportFormat,
    "What a report is made as.",
    {
        ReportFormat.CSV: "Comma-separated values, for a spreadsheet.",
        ReportFormat.PDF: "Pages to print.",
    },
)


def _kept(viewer: Asker, taught: type[models.Class]) -> ColumnElement[bool]:
    return policy.keeps(viewer, col(taught.id))


@reads(
    models.Class,
    visible=_kept,
    description="Who came to the meetings of a class, as a file.",
    needs=("id",),
)
class AttendanceReport:
    """For those who keep the class's books."""

    class_: Annotated["Class", strawberry.lazy("app.classes.types.classes")] | None = called(
        "class", edge("id", "The class.")
    )
    meetings_completed: int = column("How many meetings there are in it.")

    @strawberry.field(
        description="Makes the report, as everything is at this moment, and says where it is"
        " downloaded without signing in: for a quarter of an hour at least.",
        metadata={COST: 200},
    )
    async def url(
        self,
        info: Info,
        format: Annotated[ReportFormat, strawberry.argument(description="What it is made as.")],
    ) -> str:
        """Of this server, or of the object store itself."""
        key: UUID = vars(self)["id"]
        context = info.context
        base_url = str(context.request.base_url)
        return await reports.make(context.resources, context.me, key, format, base_url)

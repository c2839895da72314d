"""Archives of what is known about the viewer."""

from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, Float, cast

from app.core.clock import now
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, computed, reads
from app.core.viewer import Asker
from app.privacy import models, policy
from app.privacy.models import ExportStatus
from app.privacy.service import exports

describe(
    ExportStatus,
    "How far an archive is.",
    {
        ExportStatus.PENDING: "It is being put together.",
        ExportStatus.READY: "It can be downloaded.",
        ExportStatus.EXPIRED: "It is deleted: ask for another.",
        ExportStatus.FAILED: "It could not be put together: ask for another.",
    },
)


def _size(_: Asker, export: type[models.DataExport]) -> ColumnElement[float]:
    # An archive can have more bytes than an `Int` counts.
    return cast(export.size, Float)


@reads(
    models.DataExport,
    visible=policy.own,
    description="An archive of everything that is known about the viewer.",
    needs=("object_name", "expires_at"),
)
class DataExport(Node):
    """A ZIP with a JSON file for each kind of data, and with the files."""

    prefix = "exp"

    status: ExportStatus = column("How far it is.")
    created_at: datetime = column("When it was asked for.")
    ready_at: datetime | None = column("When it was ready.")
    expires_at: datetime | None = column("When it is deleted.")
    size: float | None = computed(_size, "How large it is, in bytes.")

    @strawberry.field(
        description="Where it is downloaded without signing in: good for a quarter of an hour at"
        " least, then ask for another. Null unless it is ready."
    )
    async def url(self, info: Info) -> str | None:
        """Of this server, or of the object store itself."""
        own = vars(self)
        name, expires_at = own["object_name"], own["expires_at"]
        if name is None or expires_at is None or expires_at <= now():
            return None
        return await exports.link(info.context.resources, name, str(info.context.request.base_url))

"""What the schema shows of certificates."""

from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, func

from app.core.graph.context import Info
from app.core.graph.read.declare import column, computed, reads
from app.core.viewer import Asker
from app.courses import models
from app.courses.service import certificates


def _grouped(_: Asker, certificate: type[models.Certificate]) -> ColumnElement[str]:
    return func.regexp_replace(certificate.code, "(.{5})(?=.)", "\\1-", "g")


@reads(
    models.Certificate,
    description="That somebody completed a course. Shown to whoever knows its code, which nobody"
    " can guess.",
    needs=("object_name",),
)
class Certificate:
    """As it was issued; gone with its holder's account."""

    code: str = computed(_grouped, "By it anybody can look the certificate up.")
    holder_name: str = column("Who completed the course, as they were called then.")
    course_title: str = column("The course, as it was called then.")
    issued_at: datetime = column("When it was completed.")

    @strawberry.field(
        description="Where the PDF is downloaded without signing in: good for a quarter of an"
        " hour at least, then ask for another. Null until it is drawn."
    )
    async def pdf_url(self, info: Info) -> str | None:
        """Of this server, or of the object store itself."""
        name: str | None = vars(self)["object_name"]
        if name is None:
            return None
        base = str(info.context.request.base_url)
        return await certificates.link(info.context.resources, name, base)

"""Ask for an archive."""

from uuid import UUID

import strawberry

from app.core.access import IN_PERSON
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.limits import Limit
from app.privacy.service import exports
from app.privacy.types.exports import DataExport

# An archive is a lot of work.
EXPORTS = Limit("exports", 5, 24 * 3600, 5)


@strawberry.type(description="The answer to `dataExportRequest`.")
class DataExportRequestPayload:
    """The archive."""

    data_export: DataExport | None = edge("export_key", "The archive, to be waited for.")
    export_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type
class ExportsMutation:
    """Ask for an archive."""

    @mutation(IN_PERSON, EXPORTS)
    async def data_export_request(self, info: Info) -> DataExportRequestPayload:
        """Have an archive made of everything that is known about the viewer: a ZIP of JSON and
        files. A letter tells when it is ready; it is kept for 7 days. While one is being made, it
        is the answer.
        """
        async with info.context.begin() as uow:
            key = await exports.request(uow, info.context.me)
        return DataExportRequestPayload(export_key=key)

"""What privacy leaves to do."""

from uuid import UUID

from app.core.jobs import Job


class MakeExport(Job):
    """Put an archive together."""

    name = "privacy.make_export"
    export_id: UUID

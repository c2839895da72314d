"""The jobs of privacy."""

from datetime import timedelta

from app.core.resources import Resources
from app.privacy.events import MakeExport
from app.privacy.service import exports
from workers.broker import handles


@handles(MakeExport, time_limit=timedelta(minutes=10), max_retries=3)
async def make_export(resources: Resources, job: MakeExport) -> None:
    """Put an archive together, unless that is done."""
    await exports.make(resources, job.export_id)

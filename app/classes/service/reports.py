"""Reports on attendance: files that are made when somebody asks, and are soon gone."""

import asyncio
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from app.classes.service.pages import as_pdf
from app.classes.service.tables import as_csv
from app.classes.store import reports as store
from app.core.clock import now
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.viewer import Viewer

_PREFIX: Final = "reports"
# A link is good for less than that.
_KEPT: Final = timedelta(hours=1)


class ReportFormat(StrEnum):
    """What a report is made as."""

    CSV = "csv"
    PDF = "pdf"


_WRITERS: Final = {ReportFormat.CSV: as_csv, ReportFormat.PDF: as_pdf}


async def make(
    resources: Resources, viewer: Viewer, class_id: UUID, format: ReportFormat, base_url: str
) -> str:
    """A link to a report on a class that the viewer keeps; `base_url` is where they asked."""
    async with resources.database.read() as session:
        report = await store.report(session, viewer, class_id)
    if report is None:
        raise NotFound
    written = await asyncio.to_thread(_WRITERS[format], report)
    # What says the same is the same file, which the signature of its link alone opens.
    said = sha256(repr(report).encode()).hexdigest()
    name, filename = f"{_PREFIX}/{class_id}/{said}.{format.value}", f"attendance.{format.value}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / filename
        await asyncio.to_thread(file.write_bytes, written)
        await resources.objects.put_file(name, file, filename)
    return await resources.link(name, filename, base_url)


async def forget_old(resources: Resources) -> None:
    """Delete those whose links have expired: what they say of people isn't kept twice."""
    async for name in resources.objects.older_than(_PREFIX, now() - _KEPT):
        await resources.objects.delete(name)

"""Reports on attendance: files that are made when somebody asks, and are soon gone."""

import asyncio
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.classes.service.pages import as_pdf
from app.classes.service.tables import as_csv
from app.classes.store import reports as store
from app.core.errors import NotFound
from app.core.handouts import hand_out
from app.core.resources import Resources
from app.core.viewer import Viewer


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
    said, filename = f"{class_id} {format} {report!r}", f"attendance.{format.value}"
    return await hand_out(resources, said, written, filename, base_url)

"""Files that are attached to things, and read."""

from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.core.errors import DomainError, NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.vault.errors import FileInUse, FileNotReady, FileTypeRefused
from app.vault.models import FilePurpose, FileStatus, StoredFile
from app.vault.store import files as store

LINK_LASTS = timedelta(hours=1)


async def claim(
    uow: UnitOfWork, viewer: Viewer, key: UUID, purpose: FilePurpose, field: tuple[str, ...]
) -> None:
    """Attach a file of the viewer's to one thing: it can't be attached again.

    The thing's row has the file's key as a foreign key, or the file goes after a day. `NotFound`,
    `FileNotReady`, `FileTypeRefused` or `FileInUse` of the input's `field` otherwise.
    """
    if await store.claim(uow.session, viewer.user_id, key, purpose, now()):
        return
    raise _why_not(await store.file_of(uow.session, viewer.user_id, key), purpose, field)


async def read(
    resources: Resources, viewer: Viewer, key: UUID, purpose: FilePurpose, field: tuple[str, ...]
) -> bytes:
    """The bytes of a file that the viewer could `claim` now; the same errors otherwise."""
    async with resources.database.read() as session:
        file = await store.file_of(session, viewer.user_id, key)
    loose = file is not None and file.claimed_at is None and file.purpose is purpose
    name = file.object_name if file is not None and loose else None
    data = await resources.objects.get(name) if name is not None else None
    if data is None:
        raise _why_not(file, purpose, field)
    return data


def _why_not(file: StoredFile | None, purpose: FilePurpose, field: tuple[str, ...]) -> DomainError:
    if file is None:
        return NotFound(field=field)
    if file.purpose is not purpose:
        return FileTypeRefused("This file was uploaded for something else.", field=field)
    if file.status is not FileStatus.READY:
        return FileNotReady(field=field)
    return FileInUse(field=field)


async def link(resources: Resources, object_name: str, name: str, base_url: str) -> str:
    """Where a file is downloaded; `base_url` is where this server was asked."""
    return await resources.link(object_name, name, base_url, LINK_LASTS)

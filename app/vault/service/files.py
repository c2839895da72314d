"""Files that are attached to things, and read."""

from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.vault.errors import FileInUse, FileNotReady, FileTypeRefused
from app.vault.models import FilePurpose, FileStatus
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
    file = await store.file_of(uow.session, viewer.user_id, key)
    if file is None:
        raise NotFound(field=field)
    if file.purpose is not purpose:
        raise FileTypeRefused("This file was uploaded for something else.", field=field)
    if file.status is not FileStatus.READY:
        raise FileNotReady(field=field)
    raise FileInUse(field=field)


async def link(resources: Resources, object_name: str, name: str, base_url: str) -> str:
    """Where a file is downloaded; `base_url` is where this server was asked."""
    return await resources.link(object_name, name, base_url, LINK_LASTS)

"""Uploads: a link to send a file to, and what is looked at before it counts as one.

Whoever has the link can write where the upload arrives, for as long as the link lasts. So a copy
is taken from there first; that copy is looked at, and that copy is kept.
"""

import asyncio
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.core import links
from app.core.clock import now
from app.core.crypto import new_token
from app.core.errors import NotFound
from app.core.logging import get_logger
from app.core.resources import Resources
from app.core.scanning import ScanFailed
from app.core.settings import Settings
from app.core.storage import UNKNOWN
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.vault.contents import ACCEPTED, Kind, kind_of, named
from app.vault.errors import (
    FileInfected,
    FileNotScanned,
    FileTooLarge,
    FileTypeRefused,
    UploadIncomplete,
    UploadRefused,
)
from app.vault.models import FilePurpose, FileStatus, ScanStatus, StoredFile
from app.vault.store import files as store

INCOMING, KEPT = "incoming", "vault"
LINK_LASTS = timedelta(minutes=15)
# How long an upload may take, and a file may wait to be used.
PATIENCE = timedelta(days=1)
_LONGEST_NAME = 255
# What was stored by a process that died before it said so is looked for among so many days.
_LOOKED_AT_DAYS = 3
_AT_A_TIME = 100

log = get_logger(__name__)


def _file_name(value: str) -> str:
    """The last part of a path, without what isn't seen: it is shown, and saved under."""
    value = unicodedata.normalize("NFC", value).replace("\\", "/").rpartition("/")[2]
    # Controls, and marks that make a name read another way than it is.
    seen = "".join(each for each in value if unicodedata.category(each) not in _UNSEEN)
    seen = " ".join(seen.split()).lstrip(".")
    if not seen:
        raise ValueError("A file has a name.")
    if len(seen) > _LONGEST_NAME:
        raise ValueError(f"A file's name has at most {_LONGEST_NAME} characters.")
    return seen


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class UploadData(BaseModel):
    """A file to come. Its `type` is what a program says that it is."""

    purpose: FilePurpose
    filename: Annotated[str, Field(max_length=4096), AfterValidator(_file_name)]
    size: int = Field(ge=1)
    type: str | None = Field(default=None, max_length=100)


@dataclass(frozen=True)
class Link:
    """Where a file is sent, how, and until when."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


def most_bytes(settings: Settings, purpose: FilePurpose) -> int:
    """How large a file for this may be."""
    return settings.upload_bytes_by_purpose.get(purpose.value, settings.upload_bytes)


async def begin(
    uow: UnitOfWork, resources: Resources, viewer: Viewer, data: UploadData
) -> StoredFile:
    """A file to come. `FileTooLarge`, or `FileTypeRefused` for one that isn't even claimed to be
    good for this.
    """
    most = most_bytes(resources.settings, data.purpose)
    if data.size > most:
        raise FileTooLarge(f"A file for this has at most {most:,} bytes.", field=("input", "size"))
    types = {kind.type for kind in ACCEPTED[data.purpose]}
    if data.type is not None and data.type.partition(";")[0].strip().lower() not in types:
        raise FileTypeRefused(field=("input", "type"))
    file = StoredFile(
        owner_id=viewer.user_id,
        purpose=data.purpose,
        name=data.filename,
        size=data.size,
        incoming_name=f"{INCOMING}/{new_token()}",
    )
    uow.session.add(file)
    return file


async def link(resources: Resources, file: StoredFile, base_url: str) -> Link:
    """Where the bytes are sent; `base_url` is where this server was asked."""
    assert file.incoming_name is not None
    until = file.created_at + LINK_LASTS
    url = await resources.objects.presigned_put(file.incoming_name, until - now())
    if url is None:
        path = resources.links.upload_path(file.incoming_name, file.size, until)
        url = links.absolute(base_url, path)
    return Link(url, "PUT", {"content-type": UNKNOWN}, until)


async def complete(resources: Resources, viewer: Viewer, key: UUID) -> None:
    """Look at what was sent, and keep it. Nothing happens to one that is complete.

    `NotFound`, `UploadIncomplete`, `FileTypeRefused`, `FileInfected`, `UploadRefused`, or
    `FileNotScanned` while there is a scanner that doesn't answer.
    """
    async with resources.database.read() as session:
        file = await store.file_of(session, viewer.user_id, key)
    if file is None:
        raise NotFound(field=("input", "id"))
    if _is_complete(file):
        return
    assert file.incoming_name is not None
    with TemporaryFile(dir=resources.settings.data_dir) as copy:
        await _fetch(resources, file, copy)
        kind = await asyncio.to_thread(kind_of, copy)
        if kind is None or kind not in ACCEPTED[file.purpose]:
            await _refuse(resources, file)
            raise FileTypeRefused(field=("input", "id"))
        scan = await _scan(resources, viewer, file, copy)
        await _keep(resources, file, copy, kind, scan)
    await resources.objects.delete(file.incoming_name)


async def sweep(resources: Resources) -> None:
    """Delete uploads that were not completed, files that were not used, and those of what is gone;
    and objects that no file has.
    """
    before = now() - PATIENCE
    for lock in (store.lock_loose, store.lock_left):
        found = _AT_A_TIME
        while found == _AT_A_TIME:
            async with resources.begin() as uow:
                files = await lock(uow.session, before, _AT_A_TIME)
                names = [name for each in files for name in (each.incoming_name, each.object_name)]
                await resources.objects.delete(*filter(None, names))
                await store.forget(uow.session, [each.id for each in files])
            found = len(files)
    async for name in resources.objects.older_than(INCOMING, before - PATIENCE):
        await resources.objects.delete(name)
    for days in range(1, _LOOKED_AT_DAYS + 1):
        await _sweep_kept(resources, now() - timedelta(days=days), before)


async def _sweep_kept(resources: Resources, day: datetime, before: datetime) -> None:
    names = [name async for name in resources.objects.older_than(_kept_on(day), before)]
    for start in range(0, len(names), _AT_A_TIME):
        some = names[start : start + _AT_A_TIME]
        async with resources.database.read() as session:
            known = await store.known_objects(session, some)
        await resources.objects.delete(*(set(some) - known))


def _kept_on(day: datetime) -> str:
    """What names of objects begin with that are stored on a day, so that they can be listed."""
    return f"{KEPT}/{day:%Y-%m-%d}"


def _is_complete(file: StoredFile) -> bool:
    if file.status is FileStatus.REFUSED:
        raise UploadRefused(field=("input", "id"))
    return file.status is FileStatus.READY


async def _fetch(resources: Resources, file: StoredFile, copy: IO[bytes]) -> None:
    """Copy what arrived, if it is of the size that was announced."""
    assert file.incoming_name is not None
    stored = await resources.objects.open(file.incoming_name)
    if stored is None:
        raise UploadIncomplete("The file has not arrived yet.", field=("input", "id"))
    if stored.size != file.size:
        await resources.objects.delete(file.incoming_name)
        raise UploadIncomplete(
            f"{stored.size:,} bytes arrived, and {file.size:,} were announced.",
            field=("input", "id"),
        )
    async for piece in stored.pieces:
        await asyncio.to_thread(copy.write, piece)


async def _scan(
    resources: Resources, viewer: Viewer, file: StoredFile, copy: IO[bytes]
) -> ScanStatus:
    if resources.scanner is None:
        return ScanStatus.NOT_SCANNED
    copy.seek(0)
    try:
        malware = await resources.scanner.scan(copy)
    except ScanFailed as error:
        log.warning("scanner.failed", error=str(error))
        raise FileNotScanned(field=("input", "id")) from None
    if malware is None:
        return ScanStatus.CLEAN
    await _refuse(resources, file, viewer=viewer, malware=malware)
    raise FileInfected(field=("input", "id"))


async def _refuse(
    resources: Resources,
    file: StoredFile,
    *,
    viewer: Viewer | None = None,
    malware: str | None = None,
) -> None:
    """Delete what was sent, and write down malware."""
    scan = ScanStatus.INFECTED if malware else ScanStatus.NOT_SCANNED
    async with resources.begin() as uow:
        refused = await store.finish(uow.session, file.id, status=FileStatus.REFUSED, scan=scan)
        if refused and viewer is not None:
            found = {"malware": malware}
            uow.audit("file.infected", viewer.user_id, ("file", file.id), after=found)
    if refused and file.incoming_name is not None:
        await resources.objects.delete(file.incoming_name)


async def _keep(
    resources: Resources, file: StoredFile, copy: IO[bytes], kind: Kind, scan: ScanStatus
) -> None:
    """Store the copy where nobody else can write. Of two at the same moment, one is kept."""
    name, object_name = named(file.name, kind), f"{_kept_on(now())}/{new_token()}"
    copy.seek(0)
    await resources.objects.put_file(object_name, copy, name, kind.type)
    try:
        async with resources.begin() as uow:
            kept = await store.finish(
                uow.session,
                file.id,
                status=FileStatus.READY,
                name=name,
                type=kind.type,
                scan=scan,
                object_name=object_name,
            )
    except BaseException:
        await resources.objects.delete(object_name)
        raise
    if kept:
        return
    await resources.objects.delete(object_name)
    async with resources.database.read() as session:
        now_is = await store.file_of(session, file.owner_id, file.id)
    if now_is is None:
        raise NotFound(field=("input", "id"))
    _is_complete(now_is)

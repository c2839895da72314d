"""Archives of everything that is somebody's: a ZIP with a JSON file for each table, and files."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from app.accounts.models import User
from app.core.clock import now
from app.core.crypto import new_token
from app.core.mail import Mail, SendMail
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.privacy.events import MakeExport
from app.privacy.models import ExportStatus
from app.privacy.service.archive import write
from app.privacy.store import deletions
from app.privacy.store import exports as store
from app.privacy.store.owned import Person

PREFIX = "exports"
_FILENAME = "lyceum-data.zip"
KEPT = timedelta(days=7)
_PATIENCE, _LONGEST = timedelta(minutes=15), timedelta(days=1)
_AT_A_TIME = 100


async def request(uow: UnitOfWork, viewer: Viewer) -> UUID:
    """Have an archive made; the one that is being made, if there is one."""
    key, new = await store.add_pending(uow.session, viewer.user_id)
    if new:
        uow.enqueue(MakeExport(export_id=key))
    return key


async def make(resources: Resources, key: UUID) -> None:
    """Put an archive together, unless that is done."""
    async with resources.database.read() as session:
        export = await store.export(session, key)
        if export is None or export.status is not ExportStatus.PENDING:
            return
        user = await session.get(User, export.user_id)
    if user is None:
        return
    # Nobody can guess it.
    name = f"{PREFIX}/{new_token()}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "archive.zip"
        await write(resources, Person(user.id, user.email, user.username), file)
        await resources.objects.put_file(name, file, _FILENAME)
        size = file.stat().st_size
    if not await _finish(resources, key, user, name, size):
        await resources.objects.delete(name)


async def _finish(resources: Resources, key: UUID, user: User, name: str, size: int) -> bool:
    async with resources.begin() as uow:
        # Whoever is being erased meanwhile is so for good.
        known = await deletions.lock_user(uow.session, user.id)
        done = known is not None and await store.finish(
            uow.session,
            key,
            status=ExportStatus.READY,
            object_name=name,
            size=size,
            ready_at=now(),
            expires_at=now() + KEPT,
        )
        if done:
            uow.enqueue(await SendMail.of(resources.envelope, _letter(user)))
    return done


async def link(resources: Resources, name: str, base_url: str) -> str:
    """Where an archive is downloaded; `base_url` is where this server was asked."""
    return await resources.link(name, _FILENAME, base_url)


async def tend(resources: Resources) -> None:
    """Delete archives whose time is over, and make those again whose job was lost."""
    async with resources.begin() as uow:
        for export in await store.lock_expired(uow.session, _AT_A_TIME):
            await resources.objects.delete(*filter(None, [export.object_name]))
            export.status, export.object_name = ExportStatus.EXPIRED, None
    # Of a process that died between storing an archive and noting it.
    async for name in resources.objects.older_than(PREFIX, now() - KEPT - _LONGEST):
        await resources.objects.delete(name)
    async with resources.begin() as uow:
        for export in await store.waiting(uow.session, now() - _PATIENCE, _AT_A_TIME):
            if export.created_at < now() - _LONGEST:
                await store.finish(uow.session, export.id, status=ExportStatus.FAILED)
            else:
                uow.enqueue(MakeExport(export_id=export.id))


def _letter(user: User) -> Mail:
    return Mail(
        to=user.email,
        subject="Your data is ready",
        text=(
            f"Hello {user.first_name},\n\n"
            "the archive of your data that you asked for is ready. You find its link among your"
            f" exports (dataExports), for {KEPT.days} days. If it wasn't you who asked, change"
            " your password.\n"
        ),
    )

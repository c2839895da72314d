"""Announcements: written, put off, sent once, read."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from app.classes.errors import AnnouncementSent, ClassNotActive
from app.classes.events import AnnouncementChanged, AnnouncementDeleted, AnnouncementPublished
from app.classes.models import Announcement, ClassStatus
from app.classes.service.attendance import hold_class
from app.classes.store import announcements as store
from app.core.clock import now
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.text import line, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import NotTeacher

FURTHEST: Final = timedelta(days=366)
_AT_A_TIME = 100


def _to_come(time: datetime | None) -> datetime | None:
    if time is not None and not now() <= time <= now() + FURTHEST:
        raise ValueError("This time is yet to come, and within a year.")
    return time


Title = Annotated[str, AfterValidator(line(255))]
Content = Annotated[str, AfterValidator(text(10_000))]
Time = Annotated[datetime | None, AfterValidator(_to_come)]


class AnnouncementData(BaseModel):
    """What a class is to be told; at once without a time."""

    class_id: UUID
    title: Title
    content: Content
    scheduled_at: Time = None


class AnnouncementChanges(BaseModel):
    """What is to be another way; what isn't given stays. A time of None is now."""

    title: Title = ""
    content: Content = ""
    scheduled_at: Time = None


async def create(uow: UnitOfWork, viewer: Viewer, data: AnnouncementData) -> Announcement:
    """Tell a class something that the viewer keeps, now or later."""
    taught = await hold_class(uow, viewer, data.class_id)
    if taught.status is ClassStatus.CANCELLED:
        raise ClassNotActive("This class is cancelled, so that nobody is told anything.")
    made = Announcement(
        class_id=taught.id, author_id=viewer.user_id, title=data.title, content=data.content
    )
    uow.session.add(made)
    if data.scheduled_at is None:
        _send(uow, made)
    else:
        made.scheduled_at = data.scheduled_at
    return made


async def update(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: AnnouncementChanges
) -> Announcement:
    """Change what is given; what was sent reads another way from now on, and isn't sent again."""
    made = await _held(uow, viewer, key)
    given = data.model_dump(exclude_unset=True)
    if "scheduled_at" in given:
        if made.sent_at is not None:
            raise AnnouncementSent(field=("input", "scheduledAt"))
        if data.scheduled_at is None:
            _send(uow, made)
        else:
            made.scheduled_at = data.scheduled_at
    elif made.sent_at is not None:
        uow.publish(AnnouncementChanged(class_id=made.class_id, announcement_id=key))
    made.title = given.get("title", made.title)
    made.content = given.get("content", made.content)
    return made


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Take an announcement back: it is gone for everybody."""
    made = await _held(uow, viewer, key)
    if made.sent_at is not None:
        uow.publish(AnnouncementDeleted(class_id=made.class_id, announcement_id=key))
    await uow.session.delete(made)


async def mark_read(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Note that the viewer has read it; again changes nothing."""
    if not await store.mark_read(uow.session, viewer, key):
        raise NotFound(field=("input", "id"))


async def send_due(resources: Resources) -> None:
    """Send those whose time has come, each once, whoever else does so."""
    async with resources.database.read() as session:
        keys = await store.due(session, now(), _AT_A_TIME)
    for key in keys:
        async with resources.begin() as uow:
            class_id = await store.mark_sent(uow.session, key)
            if class_id is not None:
                uow.publish(AnnouncementPublished(class_id=class_id, announcement_id=key))


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Announcement:
    found = await store.hold(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", "id"))
    made, keeps = found
    if not keeps:
        raise NotTeacher("Only those who teach this class, or manage classes, may do this.")
    return made


def _send(uow: UnitOfWork, made: Announcement) -> None:
    made.sent_at = made.scheduled_at = now()
    uow.publish(AnnouncementPublished(class_id=made.class_id, announcement_id=made.id))

"""What follows from events of the calendar: people are reminded, and guests leave."""

from collections.abc import Sequence
from uuid import UUID

from app.calendar.events import EventReminderDue
from app.calendar.models import CalendarEvent
from app.calendar.service import groups
from app.calendar.store import events as store
from app.calendar.store import guests
from app.classes.events import StudentWithdrawn
from app.core.db import ReadSession
from app.core.resources import Resources
from app.notifications import notices
from app.notifications.service import notify
from app.pods.events import PodMemberLeft
from workers.following import follow


async def _remind(resources: Resources, event: EventReminderDue, _: str) -> None:
    """Everybody whose calendar it stands in; nobody of what was moved or cancelled meanwhile."""
    async with resources.database.read() as session:
        row = await session.get(CalendarEvent, event.event_id)
        if row is None or event.minutes not in row.reminders:
            return
        series = await store.as_series(session, row)
        if not series.has(event.day):
            return
        found = series.occurrence(event.day)
        people = await _reminded(session, row)
    if found.begins != event.begins:
        return
    shown = found.begins.astimezone(series.zone)
    notice = notices.event_reminder(row.id, found.title, shown, found.starts_time is None)
    # Not the event's own number: what is told twice is the same reminder.
    source = f"reminder:{row.id}:{event.day}:{event.begins:%Y%m%dT%H%M}:{event.minutes}"
    for user_id in people:
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, user_id, notice, source)


async def _reminded(session: ReadSession, event: CalendarEvent) -> Sequence[UUID]:
    if groups.has_guests(event):
        return await guests.expected(session, event)
    return [] if event.owner_id is None else [event.owner_id]


async def _leave_class(resources: Resources, event: StudentWithdrawn, _: str) -> None:
    """Who has left a class is no guest of its events."""
    async with resources.begin() as uow:
        await guests.take_back_answers(uow.session, event.class_id, event.user_id)


async def _leave_pod(resources: Resources, event: PodMemberLeft, _: str) -> None:
    """Nor is who has left a pod."""
    async with resources.begin() as uow:
        await guests.take_back_answers(uow.session, event.pod_id, event.user_id)


follow(EventReminderDue, "notify", _remind)
follow(StudentWithdrawn, "calendar", _leave_class)
follow(PodMemberLeft, "calendar", _leave_pod)

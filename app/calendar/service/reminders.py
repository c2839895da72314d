"""Reminders: when they are due, each told once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from app.calendar.events import EventReminderDue
from app.calendar.models import CalendarEvent
from app.calendar.series import Occurrence, Series, Window, expand, spans
from app.calendar.store import events as store
from app.core.clock import now
from app.core.resources import Resources
from app.core.uow import UnitOfWork

# Looking further ahead is put off: a day may come once in years.
_AHEAD: Final = timedelta(days=366)
# Nobody is reminded of what began longer ago than that.
LATE: Final = timedelta(minutes=5)
_AT_A_TIME: Final = 100

# The longest time that a reminder comes before what it is about.
LONGEST_BEFORE: Final = timedelta(weeks=4)

Due = tuple[datetime, int, Occurrence]


def next_reminder(series: Series, reminders: Sequence[int], after: datetime) -> datetime | None:
    """When the first reminder after a time is due, or when to look for one; None for never."""
    if not reminders:
        return None
    looked = after + _AHEAD
    coming = [at for at, _, _ in _due(series, reminders, after, looked)]
    if coming:
        return min(coming)
    end = spans(series)[1]
    return looked if end is None or end > looked else None


def before(moment: datetime) -> datetime:
    """A moment before, so that what is due at the moment itself is due after it."""
    return moment - timedelta(microseconds=1)


def _due(
    series: Series, reminders: Iterable[int], after: datetime, until: datetime
) -> Iterator[Due]:
    """Reminders that are due after one time and until another one."""
    early = [timedelta(minutes=each) for each in reminders]
    zone = series.zone
    window = Window(
        (after - timedelta(days=1)).astimezone(zone).date(),
        (until + max(early, default=timedelta())).astimezone(zone).date(),
        zone,
    )
    for found in expand(series, window):
        for minutes, ahead in zip(reminders, early, strict=True):
            at = found.begins - ahead
            if after < at <= until:
                yield at, minutes, found


async def remind_due(resources: Resources) -> None:
    """Tell of the reminders that are due, each once, whoever else does so."""
    async with resources.database.read() as session:
        keys = await store.due(session, now(), _AT_A_TIME)
    for key in keys:
        async with resources.begin() as uow:
            moment = now()
            event = await store.hold_due(uow.session, key, moment)
            if event is not None:
                await _remind(uow, event, moment)


async def _remind(uow: UnitOfWork, event: CalendarEvent, moment: datetime) -> None:
    series = await store.as_series(uow.session, event)
    assert event.next_reminder_at is not None
    since = max(before(event.next_reminder_at), moment - LONGEST_BEFORE - LATE)
    for _, minutes, found in _due(series, event.reminders, since, moment):
        if found.begins + LATE > moment:
            uow.publish(
                EventReminderDue(
                    event_id=event.id, day=found.day, begins=found.begins, minutes=minutes
                )
            )
    event.next_reminder_at = next_reminder(series, event.reminders, moment)

"""Statements about events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, func, or_, true, update
from sqlalchemy import select as select_several
from sqlmodel import col, select

from app.calendar import policy
from app.calendar.models import CalendarEvent, CalendarOccurrence
from app.calendar.series import Change, EntryKind, Series
from app.classes.models import Class, ClassStatus
from app.core import recurrence
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Asker, Viewer
from app.pods.models import Pod

_CHANGES = ("cancelled", "title", "description", "location", "starts_on", "starts_time", "minutes")


async def hold(
    session: WriteSession, viewer: Viewer, key: UUID
) -> tuple[CalendarEvent, bool, bool] | None:
    """An event that the viewer sees, held; whether they keep it, and whether they are a guest.

    All that changes an event, or who comes, holds the event until the end of the transaction.
    """
    found = await session.rows(
        select_several(CalendarEvent, policy.keeps(viewer), policy.is_guest(viewer))
        .where(col(CalendarEvent.id) == key, policy.visible(viewer))
        .with_for_update(of=CalendarEvent)
        .execution_options(populate_existing=True)
    )
    return (found[0][0], bool(found[0][1]), bool(found[0][2])) if found else None


async def hold_due(session: WriteSession, key: UUID, until: datetime) -> CalendarEvent | None:
    """An event of which somebody is to be reminded, held; None if that was done meanwhile."""
    return await session.first(
        select(CalendarEvent)
        .where(CalendarEvent.id == key, col(CalendarEvent.next_reminder_at) <= until)
        .with_for_update()
    )


async def due(session: ReadSession, until: datetime, most: int) -> list[UUID]:
    """Events of which somebody is to be reminded."""
    return await session.all(
        select(CalendarEvent.id)
        .where(col(CalendarEvent.next_reminder_at) <= until)
        .order_by(col(CalendarEvent.next_reminder_at))
        .limit(most)
    )


async def occurrences(session: ReadSession, keys: Iterable[UUID]) -> Sequence[CalendarOccurrence]:
    """What was changed in single occurrences of events."""
    return await session.all(
        select(CalendarOccurrence)
        .where(col(CalendarOccurrence.event_id).in_(list(keys)))
        .order_by(col(CalendarOccurrence.day))
    )


async def as_series(session: ReadSession, event: CalendarEvent) -> Series:
    """An event with what was changed in it."""
    changed = await occurrences(session, [event.id])
    return series_of(event, {each.day: change_of(each) for each in changed})


async def in_calendar(
    session: ReadSession, viewer: Asker, begins: datetime, ends: datetime, most: int
) -> list[Series]:
    """Events of the viewer's calendar that may take place between two times."""
    cancelled = select(Class.id).where(
        Class.id == CalendarEvent.class_id, Class.status == ClassStatus.CANCELLED
    )
    archived = select(Pod.id).where(
        Pod.id == CalendarEvent.pod_id, col(Pod.archived_at).is_not(None)
    )
    found = await session.all(
        select(CalendarEvent)
        .where(
            policy.in_calendar(viewer),
            ~cancelled.exists(),
            ~archived.exists(),
            col(CalendarEvent.spans_from) < ends,
            or_(col(CalendarEvent.spans_to).is_(None), col(CalendarEvent.spans_to) > begins),
        )
        .order_by(col(CalendarEvent.id))
        .limit(most)
    )
    changes: dict[UUID, dict[date, Change]] = {each.id: {} for each in found}
    if found:
        for changed in await occurrences(session, changes):
            changes[changed.event_id][changed.day] = change_of(changed)
    return [series_of(each, changes[each.id]) for each in found]


async def coming_count(session: ReadSession, event: CalendarEvent) -> int:
    """How many events its owner, its class or its pod has that aren't over."""
    if event.class_id is not None:
        whose = col(CalendarEvent.class_id) == event.class_id
    elif event.pod_id is not None:
        whose = col(CalendarEvent.pod_id) == event.pod_id
    else:
        whose = and_(
            col(CalendarEvent.owner_id) == event.owner_id,
            col(CalendarEvent.class_id).is_(None),
            col(CalendarEvent.pod_id).is_(None),
        )
    over = col(CalendarEvent.spans_to) <= func.now()
    return await session.value(
        select(func.count()).select_from(CalendarEvent).where(whose, over.is_not(true()))
    )


async def drop_occurrences(session: WriteSession, key: UUID, since: date | None = None) -> None:
    """Forget what was changed in single occurrences, or in those from a day on."""
    where = [col(CalendarOccurrence.event_id) == key]
    if since is not None:
        where.append(col(CalendarOccurrence.day) >= since)
    await session.execute(delete(CalendarOccurrence).where(*where))


async def move_occurrences(session: WriteSession, key: UUID, since: date, to: UUID) -> None:
    """Give another event what was changed from a day on."""
    await session.execute(
        update(CalendarOccurrence)
        .where(col(CalendarOccurrence.event_id) == key, col(CalendarOccurrence.day) >= since)
        .values(event_id=to)
        .execution_options(synchronize_session=False)
    )


def series_of(event: CalendarEvent, changes: Mapping[date, Change]) -> Series:
    """An event's row as what stands in calendars."""
    zone = ZoneInfo(event.time_zone)
    rule = None
    if event.recurrence is not None:
        rule = recurrence.parse(event.recurrence, None, zone)
    return Series(
        kind=EntryKind.EVENT,
        key=event.id,
        title=event.title,
        description=event.description,
        location=event.location,
        starts_on=event.starts_on,
        starts_time=event.starts_time,
        zone=zone,
        minutes=event.minutes,
        rule=rule,
        ends_on=event.ends_on,
        changes=changes,
        sequence=event.sequence,
        updated_at=event.updated_at,
    )


def change_of(row: CalendarOccurrence) -> Change:
    """A row as what is another way."""
    return Change(**{name: getattr(row, name) for name in _CHANGES})

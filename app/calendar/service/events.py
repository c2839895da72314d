"""Events: made, changed in part or in whole, deleted.

What is changed of one occurrence stands in a row of its own. What is changed from an occurrence
on splits the series in two. What is changed of all is so in every occurrence: a value that one
of them had of its own gives way, and another day or another rule makes all of them anew.
"""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from app.accounts.locales import time_zone
from app.calendar import series
from app.calendar.errors import EventLimitReached, EventWrongScope, RecurrenceRefused
from app.calendar.events import EventChanged, EventCreated, EventDeleted
from app.calendar.models import CalendarEvent, CalendarOccurrence, EventKind, EventRsvp
from app.calendar.series import DAY_MINUTES, Series
from app.calendar.service import groups
from app.calendar.service.reminders import LONGEST_BEFORE, before, next_reminder
from app.calendar.store import events as store
from app.calendar.store import guests
from app.core import recurrence
from app.core.clock import EARLIEST, LATEST, PlannedTime, now
from app.core.errors import InvalidInput, NotFound
from app.core.ids import new_id
from app.core.recurrence import instant
from app.core.text import line, or_empty, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

LONGEST_DAYS: Final = 31
# Of somebody's own, of a class's, or of a pod's, as far as they aren't over: nobody fills the
# calendars of others.
MOST_COMING: Final = 1000
# Occurrences of one event that aren't as the others.
MOST_CHANGED: Final = 500
FURTHEST_MOVE: Final = timedelta(days=366)
# What one occurrence can have of its own.
_TEXTS: Final = ("title", "description", "location")
_SINGLE: Final = {*_TEXTS, "starts_at", "start_date", "minutes", "days"}
_WHEN: Final = frozenset({"starts_at", "start_date", "minutes", "days", "time_zone"})


class Scope(StrEnum):
    """How much of a series is meant."""

    THIS = "this"
    FOLLOWING = "following"
    ALL = "all"


def _given(value: str | None) -> str:
    return value or ""


def _reminders(value: list[int]) -> list[int]:
    if len(set(value)) != len(value):
        raise ValueError("Each reminder comes at another time.")
    return sorted(value)


Title = Annotated[str, AfterValidator(line(255))]
Description = Annotated[str, BeforeValidator(_given), AfterValidator(or_empty(text(10_000)))]
Place = Annotated[str, BeforeValidator(_given), AfterValidator(or_empty(line(255)))]
Zone = Annotated[str, AfterValidator(time_zone)]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]
Minutes = Annotated[int, Field(ge=1, le=LONGEST_DAYS * DAY_MINUTES)]
Days = Annotated[int, Field(ge=1, le=LONGEST_DAYS)]
Before = Annotated[int, Field(ge=0, le=LONGEST_BEFORE // timedelta(minutes=1))]
Reminders = Annotated[list[Before], Field(max_length=5), AfterValidator(_reminders)]
Capacity = Annotated[int, Field(ge=1, le=100_000)]


class EventData(BaseModel):
    """An event: at a time, or on whole days."""

    title: Title
    kind: EventKind = EventKind.STUDY
    description: Description = ""
    location: Place = ""
    starts_at: PlannedTime | None = None
    start_date: Day | None = None
    minutes: Minutes | None = None
    days: Days | None = None
    time_zone: Zone = "UTC"
    recurrence: str | None = None
    reminders: Reminders = []
    class_id: UUID | None = None
    pod_id: UUID | None = None
    capacity: Capacity | None = None


class EventChanges(BaseModel):
    """What is to be another way; what isn't given stays."""

    title: Title = ""
    kind: EventKind = EventKind.STUDY
    description: Description = ""
    location: Place = ""
    starts_at: PlannedTime = Field(default_factory=now)
    start_date: Day = EARLIEST
    minutes: Minutes = 1
    days: Days = 1
    time_zone: Zone = "UTC"
    recurrence: str | None = None
    reminders: Reminders = []
    capacity: Capacity | None = None


async def create(uow: UnitOfWork, viewer: Viewer, data: EventData) -> CalendarEvent:
    """An event of the viewer's own, of a class that they teach, or manage, or of a pod that they
    run.
    """
    await groups.hold(uow, viewer, data.class_id, data.pod_id)
    if (data.starts_at is None) == (data.start_date is None):
        raise InvalidInput("An event has a time or a day.", field=("input", "startsAt"))
    given = data.model_dump(exclude_none=True)
    event = CalendarEvent(
        owner_id=viewer.user_id,
        class_id=data.class_id,
        pod_id=data.pod_id,
        kind=data.kind,
        title=data.title,
        description=data.description,
        location=data.location,
        starts_on=EARLIEST,
        starts_time=None if data.starts_at is None else time(),
        time_zone=data.time_zone,
        minutes=60 if data.start_date is None else DAY_MINUTES,
        reminders=data.reminders,
        spans_from=now(),
    )
    _put_time(event, given)
    _put_rule(event, data.recurrence)
    _check_capacity(event, data.capacity)
    event.capacity = data.capacity
    await _check_number(uow, event)
    uow.session.add(event)
    await _settle(uow, event)
    uow.publish(EventCreated(event_id=event.id))
    return event


async def update(
    uow: UnitOfWork, viewer: Viewer, key: UUID, scope: Scope, day: date | None, data: EventChanges
) -> CalendarEvent:
    """Change what is given, in as much of the series as is said: the event that has it then."""
    event = await _held(uow, viewer, key)
    given = data.model_dump(exclude_unset=True)
    scope = await _scope(uow, event, scope, day)
    if scope is Scope.THIS and day is not None:
        await _change_one(uow, event, day, given)
        return event
    if scope is Scope.FOLLOWING and day is not None:
        event = await _split(uow, event, day)
    await _change_all(uow, event, given)
    return event


async def delete(
    uow: UnitOfWork, viewer: Viewer, key: UUID, scope: Scope, day: date | None
) -> None:
    """Delete as much of the series as is said."""
    event = await _held(uow, viewer, key)
    scope = await _scope(uow, event, scope, day)
    if scope is Scope.THIS and day is not None:
        await _put_change(uow, event, day, {"cancelled": True})
    elif scope is Scope.FOLLOWING and day is not None:
        await _end_before(uow, event, day)
    else:
        uow.publish(EventDeleted(event_id=key))
        await uow.session.delete(event)


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> CalendarEvent:
    found = await store.hold(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", "id"))
    event, keeps, _ = found
    await groups.check_kept(uow.session, event, keeps=keeps)
    return event


async def _scope(uow: UnitOfWork, event: CalendarEvent, scope: Scope, day: date | None) -> Scope:
    """What is meant: a part that is all there is means all.

    `NotFound` for an occurrence that there isn't, or isn't any more.
    """
    if scope is Scope.ALL:
        if day is not None:
            raise EventWrongScope("All of them need no occurrence.", field=("input", "occurrence"))
        return scope
    if day is None:
        if event.recurrence is None:
            return Scope.ALL
        raise EventWrongScope("Say which occurrence.", field=("input", "occurrence"))
    known = await store.as_series(uow.session, event)
    if not known.has(day):
        raise NotFound(field=("input", "occurrence"))
    first = scope is Scope.FOLLOWING and day == event.starts_on
    return Scope.ALL if first or event.recurrence is None else scope


async def _change_all(uow: UnitOfWork, event: CalendarEvent, given: dict[str, Any]) -> None:
    days = event.starts_on, event.recurrence
    for name in (*_TEXTS, "kind", "reminders"):
        if name in given:
            setattr(event, name, given[name])
    if "capacity" in given:
        await _put_capacity(uow, event, given["capacity"])
    if given.keys() & _WHEN:
        _put_time(event, given)
    if "recurrence" in given:
        _put_rule(event, given["recurrence"])
    elif given.keys() & _WHEN and event.recurrence is not None:
        _put_rule(event, event.recurrence)
    if days == (event.starts_on, event.recurrence):
        await _level(uow, event, given)
    else:
        await store.drop_occurrences(uow.session, event.id)
    await _settle(uow, event)
    uow.publish(EventChanged(event_id=event.id))


async def _level(uow: UnitOfWork, event: CalendarEvent, given: dict[str, Any]) -> None:
    """Take from single occurrences what all of them have been given."""
    names = given.keys() & set(_TEXTS)
    if given.keys() & _WHEN:
        names |= {"starts_on", "starts_time", "minutes"}
    for row in await store.occurrences(uow.session, [event.id]):
        for name in names:
            setattr(row, name, None)


async def _change_one(
    uow: UnitOfWork, event: CalendarEvent, day: date, given: dict[str, Any]
) -> None:
    if given.keys() - _SINGLE:
        raise EventWrongScope("That can't be changed in one occurrence alone.")
    values: dict[str, Any] = {name: given[name] for name in _TEXTS if name in given}
    if given.keys() & _WHEN:
        values |= _moved(event, given)
        place = values.get("starts_on")
        if place is not None and abs(place - day) > FURTHEST_MOVE:
            raise InvalidInput("An occurrence is moved by a year at most.", field=_field(given))
    await _put_change(uow, event, day, values)


def _field(given: dict[str, Any]) -> tuple[str, str]:
    return ("input", "startsAt" if "starts_at" in given else "startDate")


async def _put_change(
    uow: UnitOfWork, event: CalendarEvent, day: date, values: dict[str, Any]
) -> None:
    rows = await store.occurrences(uow.session, [event.id])
    row = next((each for each in rows if each.day == day), None)
    if row is None and len(rows) >= MOST_CHANGED:
        raise EventLimitReached(
            f"At most {MOST_CHANGED} occurrences of an event aren't as the others.",
            field=("input", "occurrence"),
        )
    row = row or CalendarOccurrence(event_id=event.id, day=day)
    for name, value in values.items():
        setattr(row, name, value)
    uow.session.add(row)
    await _settle(uow, event)
    uow.publish(EventChanged(event_id=event.id))


async def _split(uow: UnitOfWork, event: CalendarEvent, day: date) -> CalendarEvent:
    """The occurrences from a day on as an event of their own, with the same guests."""
    known = await store.as_series(uow.session, event)
    assert known.rule is not None
    await _check_number(uow, event)
    _, tail = recurrence.split(known.rule, event.starts_on, day)
    values = event.model_dump(exclude={"id", "created_at", "updated_at", "sequence"})
    values |= {"id": new_id(), "starts_on": day, "recurrence": tail.text(), "sequence": 0}
    other = CalendarEvent(**values)
    _put_time(other, {})
    uow.session.add(other)
    await uow.session.flush()
    await store.move_occurrences(uow.session, event.id, day, other.id)
    for each in await guests.rsvps(uow.session, event.id):
        uow.session.add(EventRsvp(event_id=other.id, user_id=each.user_id, status=each.status))
    await _end_before(uow, event, day)
    uow.publish(EventCreated(event_id=other.id))
    return other


async def _check_number(uow: UnitOfWork, event: CalendarEvent) -> None:
    if await store.coming_count(uow.session, event) >= MOST_COMING:
        raise EventLimitReached(f"There are at most {MOST_COMING:,} events that aren't over.")


async def _end_before(uow: UnitOfWork, event: CalendarEvent, day: date) -> None:
    known = await store.as_series(uow.session, event)
    assert known.rule is not None
    head, _ = recurrence.split(known.rule, event.starts_on, day)
    await store.drop_occurrences(uow.session, event.id, since=day)
    event.recurrence = head.text()
    event.ends_on = head.until
    await _settle(uow, event)
    uow.publish(EventChanged(event_id=event.id))


async def _put_capacity(uow: UnitOfWork, event: CalendarEvent, capacity: int | None) -> None:
    _check_capacity(event, capacity)
    if capacity is not None and capacity < await guests.attending(uow.session, event.id):
        raise InvalidInput("More guests than that come.", field=("input", "capacity"))
    event.capacity = capacity


def _check_capacity(event: CalendarEvent, capacity: int | None) -> None:
    if capacity is not None and not groups.has_guests(event):
        raise InvalidInput(
            "Only an event of a class or a pod has guests.", field=("input", "capacity")
        )


def _put_time(event: CalendarEvent, given: dict[str, Any]) -> None:
    event.time_zone = given.get("time_zone", event.time_zone)
    for name, value in _moved(event, given).items():
        setattr(event, name, value)
    at, zone = event.starts_time, ZoneInfo(event.time_zone)
    event.starts_at = None if at is None else instant(event.starts_on, at, zone)


def _moved(event: CalendarEvent, given: dict[str, Any]) -> dict[str, Any]:
    """The columns of a new time. An event of whole days stays one, and one with a time too."""
    whole = event.starts_time is None
    for name in ("starts_at", "minutes") if whole else ("start_date", "days"):
        if name in given:
            wrong = "startsAt" if name == "starts_at" else "startDate"
            kind = "takes whole days" if whole else "begins at a time"
            path = wrong if name in ("starts_at", "start_date") else name
            raise InvalidInput(f"This event {kind}.", field=("input", path))
    values: dict[str, Any] = {}
    if "minutes" in given:
        values["minutes"] = given["minutes"]
    if "days" in given:
        values["minutes"] = given["days"] * DAY_MINUTES
    if "start_date" in given:
        values |= {"starts_on": given["start_date"], "starts_time": None}
    if "starts_at" in given:
        values |= _clock(given["starts_at"], ZoneInfo(event.time_zone))
    return values


def _clock(at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Day and time that clocks show at a moment; refused if they show it for another one too."""
    shown = at.astimezone(zone).replace(microsecond=0)
    local = shown.time().replace(fold=0)
    if instant(shown.date(), local, zone) != at.replace(microsecond=0):
        raise InvalidInput(
            "Clocks show this time twice that day, and a calendar means the first of the two:"
            " take UTC as its time zone.",
            field=("input", "startsAt"),
        )
    return {"starts_on": shown.date(), "starts_time": local}


def _put_rule(event: CalendarEvent, given: str | None) -> None:
    """Check a recurrence, and keep it as it is written usually. None is no recurrence."""
    event.recurrence = event.ends_on = None
    if given is None:
        return
    try:
        rule = recurrence.parse(given, event.starts_time, ZoneInfo(event.time_zone))
        event.ends_on = recurrence.last_day(rule, event.starts_on)
    except ValueError as error:
        raise RecurrenceRefused(str(error), field=("input", "recurrence")) from None
    event.recurrence = rule.text()


async def _settle(uow: UnitOfWork, event: CalendarEvent) -> None:
    """Count the change, and note what follows from all that the event is now."""
    await uow.session.flush()
    await uow.session.refresh(event)
    known: Series = await store.as_series(uow.session, event)
    event.sequence += 1
    event.spans_from, event.spans_to = series.spans(known)
    # What was due just now and hasn't been told yet still is.
    since = now()
    if event.next_reminder_at is not None and event.next_reminder_at <= since:
        since = before(event.next_reminder_at)
    event.next_reminder_at = next_reminder(known, event.reminders, since)

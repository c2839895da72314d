"""Calendars as other programs read them: iCalendar (RFC 5545)."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar

from app.calendar.series import Occurrence, Series, Window
from app.core.recurrence import instant

_PRODUCT: Final = "-//Lyceum//Calendar//EN"
_NAME: Final = "Lyceum"
# How often it is worth looking.
_REFRESH: Final = timedelta(hours=1)
_UNPRINTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_UTC: Final = ZoneInfo("UTC")


def uid(series: Series) -> str:
    """What tells it from all others, whatever becomes of it."""
    key: UUID = series.key
    return f"{series.kind.value}-{key}@lyceum"


def printed(found: Sequence[Series], window: Window) -> bytes:
    """A calendar: the same bytes as long as nothing in it changes.

    A series is there as a whole, with its rule: programs expand it themselves.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _NAME)
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    ordered = sorted(found, key=uid)
    for key, first in sorted(_zones(ordered).items()):
        calendar.add_component(_zone(key, first.year, window.last.year + 2))
    for series in ordered:
        calendar.add_component(_master(series))
        for day, changed in sorted(series.changes.items()):
            if not changed.cancelled:
                calendar.add_component(_single(series, day))
    body: bytes = calendar.to_ical()
    return body


def _zones(found: Sequence[Series]) -> dict[str, date]:
    """The zones whose clocks something begins by, and the first day on which it does."""
    zones: dict[str, date] = {}
    for series in found:
        if series.starts_time is not None and series.zone != _UTC:
            starts = [each.starts_on for each in series.changes.values() if each.starts_on]
            first = min([series.starts_on, *starts])
            zones[series.zone.key] = min(first, zones.get(series.zone.key, first))
    return zones


@lru_cache(maxsize=512)
def _zone(key: str, first: int, last: int) -> icalendar.Timezone:
    """A zone's clocks from the year before one year to the beginning of another.

    Each change is a part of its own, without rules and lists: so all programs read it alike.
    """
    made = icalendar.Timezone()
    made.add("tzid", key)
    zone, moment = ZoneInfo(key), datetime(first - 1, 1, 1, tzinfo=UTC)
    before = moment
    while moment.year < last:
        if moment == before or _shown(zone, moment) != _shown(zone, before):
            at = _change(zone, before, moment)
            made.add_component(_clocks(zone, before, at))
        before, moment = moment, moment + timedelta(days=1)
    return made


def _shown(zone: ZoneInfo, moment: datetime) -> tuple[object, ...]:
    local = moment.astimezone(zone)
    return local.utcoffset(), local.dst(), local.tzname()


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which clocks change between two moments."""
    old = _shown(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if _shown(zone, middle) == old else (before, middle)
    return after


def _clocks(zone: ZoneInfo, before: datetime, at: datetime) -> icalendar.Component:
    """What clocks show from a moment on; when that begins is said by the clocks before."""
    old, new = before.astimezone(zone), at.astimezone(zone)
    part = icalendar.TimezoneDaylight() if new.dst() else icalendar.TimezoneStandard()
    offset = old.utcoffset() or timedelta()
    part.add("dtstart", at.replace(tzinfo=None) + offset)
    part.add("tzoffsetfrom", offset)
    part.add("tzoffsetto", new.utcoffset() or timedelta())
    part.add("tzname", new.tzname())
    return part


def _master(series: Series) -> icalendar.Event:
    event = _event(series, series.usual(series.starts_on))
    if series.cancelled:
        event.add("status", "CANCELLED")
    if series.rule is not None:
        until = None if series.rule.until is None else _until(series, series.rule.until)
        event.add("rrule", icalendar.vRecur.from_ical(series.rule.text(until)))
        gone = [day for day, changed in sorted(series.changes.items()) if changed.cancelled]
        for day in gone:
            event.add("exdate", _start(series.usual(day)))
    return event


def _single(series: Series, day: date) -> icalendar.Event:
    """An occurrence that isn't as the others."""
    event = _event(series, series.occurrence(day))
    event.add("recurrence-id", _start(series.usual(day)))
    return event


def _event(series: Series, found: Occurrence) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", uid(series))
    event.add("dtstamp", series.updated_at.astimezone(UTC))
    event.add("last-modified", series.updated_at.astimezone(UTC))
    event.add("sequence", series.sequence)
    event.add("dtstart", _start(found))
    if found.starts_time is None:
        event.add("dtend", found.last_day + timedelta(days=1))
    elif found.minutes:
        event.add("duration", timedelta(minutes=found.minutes))
    event.add("summary", _text(found.title))
    if found.description:
        event.add("description", _text(found.description))
    if found.location:
        event.add("location", _text(found.location))
    return event


def _start(found: Occurrence) -> date | datetime:
    """By the clocks of its zone; a day for what takes whole days."""
    if found.starts_time is None:
        return found.starts_on
    zone = UTC if found.series.zone == _UTC else found.series.zone
    return datetime.combine(found.starts_on, found.starts_time, zone)


def _until(series: Series, day: date) -> str:
    """The end of a rule: in UTC, but for whole days."""
    if series.starts_time is None:
        return f"{day:%Y%m%d}"
    return f"{instant(day, series.starts_time, series.zone):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    return _UNPRINTED.sub(" ", value)

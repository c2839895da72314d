"""When somebody can study in the week that begins now, as clocks elsewhere show it.

A week is reckoned in minutes from Monday 00:00. What people say are times on their own clocks;
where clocks are put forward or back within the week, the parts before and after have offsets of
their own, so an hour that there isn't counts for nobody, and one that there is twice counts twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEK: Final = 7 * 24 * 60
_DAY: Final = 24 * 60
# A Monday.
_EPOCH: Final = datetime(1970, 1, 5, tzinfo=UTC)

# From the first minute to before the second.
Span = tuple[int, int]


@dataclass(frozen=True)
class Offset:
    """How many minutes a clock is ahead of UTC, in a span of minutes since the epoch."""

    span: Span
    minutes: int


def _zone(name: str) -> ZoneInfo:
    """A time zone; UTC for a name that is none any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _offset(zone: ZoneInfo, minute: int) -> int:
    ahead = (_EPOCH + timedelta(minutes=minute)).astimezone(zone).utcoffset()
    assert ahead is not None
    return int(ahead.total_seconds()) // 60


def offsets(name: str, start: int) -> Iterator[Offset]:
    """What a zone's clocks show from a minute on, for a week."""
    zone, began = _zone(name), start
    ahead = _offset(zone, start)
    for day in range(start + _DAY, start + WEEK + 1, _DAY):
        found = _offset(zone, day)
        if found != ahead:
            changed = _change(zone, day - _DAY, day)
            yield Offset((began, changed), ahead)
            began, ahead = changed, found
    yield Offset((began, start + WEEK), ahead)


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first minute of the offset that there is in the end."""
    last = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == last:
            after = middle
        else:
            before = middle
    return after


def from_now(week: Iterable[Span], zone: str, moment: datetime) -> list[Span]:
    """Spans of a week in a zone as minutes since the epoch, in the week that begins now."""
    start = _minute(moment)
    return [
        (max(first, low), min(last, high))
        for offset in offsets(zone, start)
        for low, high in [offset.span]
        for begins, ends in week
        for first, last in _repeated(begins - offset.minutes, ends - offset.minutes, low, high)
    ]


def _repeated(begins: int, ends: int, low: int, high: int) -> Iterator[Span]:
    """A weekly span wherever it touches these minutes."""
    first = begins + (low - ends) // WEEK * WEEK
    for shift in range(0, high - first, WEEK):
        if first + shift < high and ends - begins + first + shift > low:
            yield first + shift, ends - begins + first + shift


def shown(spans: Iterable[Span], zone: str, moment: datetime) -> list[Span]:
    """Spans since the epoch as minutes of the week on a zone's clocks."""
    made: list[Span] = []
    known = list(spans)
    for offset in offsets(zone, _minute(moment)):
        low, high = offset.span
        for first, last in known:
            begins, ends = max(first, low), min(last, high)
            if begins < ends:
                place = (begins + offset.minutes) % WEEK
                made += _cut(place, place + ends - begins)
    return made


def _cut(begins: int, ends: int) -> list[Span]:
    """A span that may reach into the next week, as spans of one."""
    return [(begins, ends)] if ends <= WEEK else [(begins, WEEK), (0, ends - WEEK)]


def _minute(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(minutes=1)

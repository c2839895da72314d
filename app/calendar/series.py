"""Whatever stands in a calendar as one shape: something that happens once, or again and again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core import recurrence
from app.core.clock import LATEST
from app.core.recurrence import Rule, instant

MIDNIGHT: Final = time()
DAY_MINUTES: Final = 24 * 60
_DAY = timedelta(days=1)


class EntryKind(StrEnum):
    """What an entry of a calendar is about."""

    EVENT = "event"
    SESSION = "session"
    MEETING = "meeting"
    LECTURE = "lecture"
    DEADLINE = "deadline"


@dataclass(frozen=True)
class Change:
    """What is another way in one occurrence; None is as in the others."""

    cancelled: bool = False
    title: str | None = None
    description: str | None = None
    location: str | None = None
    starts_on: date | None = None
    starts_time: time | None = None
    minutes: int | None = None


_NONE: Final = Change()


@dataclass(frozen=True)
class Series:
    """Something that begins on a day at a time of its zone's clocks, and takes so many minutes.

    Without a time it takes whole days.
    """

    kind: EntryKind
    key: UUID
    title: str
    starts_on: date
    starts_time: time | None
    zone: ZoneInfo
    minutes: int
    description: str = ""
    location: str = ""
    rule: Rule | None = None
    ends_on: date | None = None
    changes: Mapping[date, Change] = field(default_factory=dict)
    cancelled: bool = False
    sequence: int = 0
    updated_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days between two on which it would happen, but for changes."""
        if self.rule is None:
            return iter([self.starts_on] if first <= self.starts_on <= last else [])
        last = min(last, self.ends_on or LATEST)
        return recurrence.days(self.rule, self.starts_on, first, last)

    def has(self, day: date) -> bool:
        """Whether there is an occurrence of this day."""
        changed = self.changes.get(day, _NONE)
        return not changed.cancelled and next(self.days(day, day), None) is not None

    def occurrence(self, day: date) -> "Occurrence":
        """The one of a day on which it happens."""
        return self._made(day, self.changes.get(day, _NONE))

    def usual(self, day: date) -> "Occurrence":
        """The same without what was changed in it."""
        return self._made(day, _NONE)

    def _made(self, day: date, changed: Change) -> "Occurrence":
        moved = changed.starts_on is not None
        return Occurrence(
            series=self,
            day=day,
            title=self.title if changed.title is None else changed.title,
            description=self.description if changed.description is None else changed.description,
            location=self.location if changed.location is None else changed.location,
            starts_on=changed.starts_on or day,
            starts_time=changed.starts_time if moved else self.starts_time,
            minutes=changed.minutes or self.minutes,
        )


@dataclass(frozen=True)
class Occurrence:
    """One time that it happens; `day` tells it from the others, wherever it was moved."""

    series: Series
    day: date
    title: str
    description: str
    location: str
    starts_on: date
    starts_time: time | None
    minutes: int

    @property
    def begins(self) -> datetime:
        """When it begins; whole days begin at midnight in the series' time zone."""
        return instant(self.starts_on, self.starts_time or MIDNIGHT, self.series.zone)

    @property
    def ends(self) -> datetime:
        """When it ends: an exact time after it begins, whatever the clocks do; or a midnight."""
        if self.starts_time is None:
            return instant(self.last_day + _DAY, MIDNIGHT, self.series.zone)
        return self.begins + timedelta(minutes=self.minutes)

    @property
    def last_day(self) -> date:
        """The last of its whole days."""
        return self.starts_on + timedelta(days=max(1, self.minutes // DAY_MINUTES) - 1)


@dataclass(frozen=True)
class Window:
    """The days from one to another, as the clocks of a time zone show them."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return instant(self.first, MIDNIGHT, self.zone)

    @property
    def ends(self) -> datetime:
        """The moment after its last."""
        return instant(self.last + _DAY, MIDNIGHT, self.zone)

    def has(self, occurrence: Occurrence) -> bool:
        """Whether an occurrence takes place in it, if only partly."""
        if occurrence.starts_time is None:
            return occurrence.starts_on <= self.last and occurrence.last_day >= self.first
        begins, ends = occurrence.begins, occurrence.ends
        # What takes no time is in it from its first moment on.
        return begins < self.ends and (ends > self.begins or begins == self.begins)


def expand(series: Series, window: Window) -> Iterator[Occurrence]:
    """What of a series takes place in a window; moved occurrences come after the others."""
    # No two places of the earth are further apart than two days.
    first = window.first - timedelta(minutes=series.minutes) - 2 * _DAY
    for day in series.days(first, window.last + 2 * _DAY):
        if day not in series.changes and window.has(found := series.occurrence(day)):
            yield found
    yield from (each for each in sorted(_changed(series), key=_begins) if window.has(each))


def _changed(series: Series) -> list[Occurrence]:
    return [series.occurrence(day) for day, each in series.changes.items() if not each.cancelled]


def _begins(occurrence: Occurrence) -> datetime:
    return occurrence.begins


def spans(series: Series) -> tuple[datetime, datetime | None]:
    """Times between which all its occurrences lie, wherever whole days are counted."""
    slack = 2 * _DAY if series.starts_time is None else timedelta()
    changed = _changed(series)
    first = min(each.begins for each in [series.usual(series.starts_on), *changed])
    if series.rule is not None and series.ends_on is None:
        return first - slack, None
    last = series.usual(series.ends_on or series.starts_on)
    return first - slack, max(each.ends for each in [last, *changed]) + slack

"""Streaks: days in a row, by the clocks of whoever learns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.gamification.models import ActiveDay

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Streaks:
    """The days in a row up to the last one, the most that there were, and the last day."""

    current: int = 0
    longest: int = 0
    last_day: date | None = None


def local_day(moment: datetime, time_zone: str) -> date:
    """The day that a clock in a time zone shows, whatever it does at daylight saving."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def day_bounds(moment: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """When the local day of a moment begins and ends: 23 to 25 hours apart."""
    zone = ZoneInfo(time_zone)
    day = moment.astimezone(zone).date()
    # In UTC, where the arithmetic of those who compare them is that of real time.
    begins, ends = (
        datetime(each.year, each.month, each.day, tzinfo=zone).astimezone(UTC)
        for each in (day, day + _DAY)
    )
    return begins, ends


def streaks(days: Sequence[ActiveDay]) -> Streaks:
    """The streaks in days that are ordered by when they began.

    A day that the calendar has had before counts no more: whoever travels west lives it twice.
    """
    current = longest = 0
    last: ActiveDay | None = None
    for day in days:
        if last is not None and day.day <= last.day:
            continue
        current = current + 1 if last is not None and _follows(last, day) else 1
        longest = max(longest, current)
        last = day
    return Streaks(current, longest, None if last is None else last.day)


def _follows(before: ActiveDay, day: ActiveDay) -> bool:
    """Whether no whole day was missed in between, by the calendar of either time zone.

    Whoever travels east, over the date line perhaps, loses a date without missing a day.
    """
    one_on = before.day + _DAY
    return day.day == one_on or local_day(day.first_at, before.time_zone) <= one_on

"""How events recur: the part of RFC 5545's rules that goes by days.

A rule says on which days something happens; the clock's time is the event's own. So no rule has
more than one occurrence on a day, and the days of any span are found without those before it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from app.core.clock import EARLIEST, LATEST

LONGEST_TEXT: Final = 255
MOST_OCCURRENCES: Final = 1000
# A number of occurrences has to be reached by then: nobody counts on for ever.
COUNTED_WITHIN: Final = timedelta(days=20 * 366)

_MOST_INTERVAL = 999
_MOST_VALUES = 40
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NUMBER = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_DAY = timedelta(days=1)


class Frequency(StrEnum):
    """How long a rule's periods are."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True)
class Rule:
    """A recurrence. A weekday is its number from Monday, with its place in the period or 0.

    `until` is the last day on which it may happen, in the event's own time zone.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def text(self, until: str | None = None) -> str:
        """The rule as RFC 5545 writes it; `until` is its end in other words."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={until or f'{self.until:%Y%m%d}'}")
        for name, values in (("BYMONTH", self.months), ("BYMONTHDAY", self.month_days)):
            if values:
                parts.append(f"{name}={','.join(map(str, values))}")
        if self.weekdays:
            days = (f"{place or ''}{_WEEKDAYS[day]}" for day, place in self.weekdays)
            parts.append(f"BYDAY={','.join(days)}")
        if self.positions:
            parts.append(f"BYSETPOS={','.join(map(str, self.positions))}")
        if self.week_start:
            parts.append(f"WKST={_WEEKDAYS[self.week_start]}")
        return ";".join(parts)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When a clock shows a time, in UTC.

    As RFC 5545 has it: a time that exists twice is the first of the two, and one that doesn't
    exist is counted from before the gap.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def parse(text: str, at: time | None, zone: ZoneInfo) -> Rule:
    """Read a rule, for an event at this time of its clock, or of whole days.

    Raises `ValueError` with a sentence for people, for what isn't a rule, and for one that this
    program doesn't follow.
    """
    parts = _parts(text)
    rule = Rule(
        frequency=_frequency(parts.pop("FREQ", "")),
        interval=_bounded(parts, "INTERVAL", _MOST_INTERVAL) or 1,
        count=_bounded(parts, "COUNT", MOST_OCCURRENCES),
        until=_until(parts.pop("UNTIL", None), at, zone),
        months=_numbers(parts, "BYMONTH", 1, 12),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        weekdays=_weekdays(parts.pop("BYDAY", "")),
        positions=_numbers(parts, "BYSETPOS", -366, 366),
        week_start=_week_start(parts.pop("WKST", "MO")),
    )
    if parts:
        raise ValueError(f"A recurrence can't have {next(iter(parts))[:20]} here.")
    _check(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"A recurrence has at most {LONGEST_TEXT} characters.")
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name in parts:
            raise ValueError("This isn't a recurrence, such as FREQ=WEEKLY;BYDAY=MO.")
        parts[name] = value
    return parts


def _frequency(text: str) -> Frequency:
    if text not in Frequency.__members__:
        raise ValueError("An event recurs DAILY, WEEKLY, MONTHLY or YEARLY.")
    return Frequency[text]


def _number(text: str, name: str, least: int, most: int) -> int:
    if _NUMBER.fullmatch(text) and least <= int(text) <= most and int(text) != 0:
        return int(text)
    raise ValueError(f"{name} has to be from {least} to {most}.")


def _bounded(parts: dict[str, str], name: str, most: int) -> int | None:
    text = parts.pop(name, None)
    return None if text is None else _number(text, name, 1, most)


def _numbers(parts: dict[str, str], name: str, least: int, most: int) -> tuple[int, ...]:
    texts = parts.pop(name, "").split(",", _MOST_VALUES)
    if texts == [""]:
        return ()
    return tuple(sorted({_number(text, name, least, most) for text in texts}))


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    if not text:
        return ()
    found = set()
    for each in text.split(",", _MOST_VALUES):
        match = _WEEKDAY.fullmatch(each)
        if match is None:
            raise ValueError("BYDAY has days such as MO, or 1MO for the first Monday.")
        place = _number(match[1], "The number of a weekday", -53, 53) if match[1] else 0
        found.add((_WEEKDAYS.index(match[2]), place))
    return tuple(sorted(found))


def _week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise ValueError("WKST is a weekday, such as MO.")
    return _WEEKDAYS.index(text)


def _until(text: str | None, at: time | None, zone: ZoneInfo) -> date | None:
    if text is None:
        return None
    match = _UNTIL.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        end = datetime.strptime(match[1] + (match[2] or "235959"), "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        raise ValueError("UNTIL is a day or a time, such as 20301231T225959Z.") from None
    if not EARLIEST <= end.date() <= LATEST:
        raise ValueError(f"A recurrence ends by {LATEST.year}.")
    if at is None:
        return end.date()
    if match[3]:
        end = end.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return end.date() if at <= end.time() else end.date() - _DAY


def _check(rule: Rule) -> None:
    """Refuse parts that say nothing together, or that RFC 5545 forbids."""
    long = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    if rule.count is not None and rule.until is not None:
        raise ValueError("A recurrence has COUNT or UNTIL, not both.")
    if rule.month_days and rule.frequency is Frequency.WEEKLY:
        raise ValueError("BYMONTHDAY doesn't go with WEEKLY.")
    if rule.positions and not (long and (rule.weekdays or rule.month_days)):
        raise ValueError("BYSETPOS goes with BYDAY or BYMONTHDAY, MONTHLY or YEARLY.")
    numbered = [place != 0 for _, place in rule.weekdays]
    if any(numbered) and (not long or rule.month_days):
        raise ValueError("A weekday with a number goes with MONTHLY or YEARLY, without BYMONTHDAY.")
    # Programs that read calendars don't agree about what both together mean.
    if any(numbered) and not all(numbered):
        raise ValueError("Either every weekday has a number or none has.")


def days(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last` on which it happens, beginning at `start`.

    It isn't counted: the end of a rule with a number of occurrences is `last_day`.
    """
    first, last = max(first, start), min(last, rule.until or LATEST, LATEST)
    for period in _periods(rule, start, first, last):
        for day in period:
            if day > last:
                return
            if day >= first:
                yield day


def last_day(rule: Rule, start: date) -> date | None:
    """A day after which it doesn't happen; None for one without end.

    Raises `ValueError` for a rule that doesn't hold on its first day, and for one that would
    take too long to reach its number of occurrences.
    """
    if next(days(rule, start, start, start), None) is None:
        raise ValueError("The first day has to be one on which the event recurs.")
    if rule.count is None:
        return rule.until
    counted = list(islice(days(rule, start, start, start + COUNTED_WITHIN), rule.count))
    if len(counted) < rule.count:
        raise ValueError("So many occurrences aren't reached within 20 years.")
    return counted[-1]


def split(rule: Rule, start: date, day: date) -> tuple[Rule, Rule]:
    """The same days as two rules: before a day, and from it on."""
    head = replace(rule, count=None, until=day - _DAY)
    if rule.count is None:
        return head, rule
    before = sum(1 for _ in days(rule, start, start, day - _DAY))
    return head, replace(rule, count=rule.count - before)


def _periods(rule: Rule, start: date, first: date, last: date) -> Iterator[list[date]]:
    """The days of each period in their order; periods that end before `first` are left out."""
    if rule.frequency is Frequency.DAILY:
        yield from _daily(rule, start, first, last)
    elif rule.frequency is Frequency.WEEKLY:
        yield from _weekly(rule, start, first, last)
    elif rule.frequency is Frequency.MONTHLY:
        yield from _monthly(rule, start, first, last)
    else:
        skipped = (first.year - start.year) // rule.interval
        for year in range(start.year + skipped * rule.interval, last.year + 1, rule.interval):
            yield _chosen(rule, _of_year(rule, start, year))


def _daily(rule: Rule, start: date, first: date, last: date) -> Iterator[list[date]]:
    step = timedelta(days=rule.interval)
    day = start + step * ((first - start).days // rule.interval)
    while day <= last:
        if _in_months(rule, day) and _on_month_day(rule, day) and _on_weekday(rule, day):
            yield [day]
        day += step


def _weekly(rule: Rule, start: date, first: date, last: date) -> Iterator[list[date]]:
    step = timedelta(weeks=rule.interval)
    week = start - timedelta(days=(start.weekday() - rule.week_start) % 7)
    week += step * ((first - week).days // step.days)
    wanted = [day for day, _ in rule.weekdays] or [start.weekday()]
    ahead = sorted((day - rule.week_start) % 7 for day in wanted)
    while week <= last:
        found = [week + timedelta(days=each) for each in ahead]
        yield [day for day in found if _in_months(rule, day)]
        week += step


def _monthly(rule: Rule, start: date, first: date, last: date) -> Iterator[list[date]]:
    begin = start.year * 12 + start.month - 1
    skipped = (first.year * 12 + first.month - 1 - begin) // rule.interval
    end = last.year * 12 + last.month
    for month in range(begin + skipped * rule.interval, end, rule.interval):
        year, number = divmod(month, 12)
        if not rule.months or number + 1 in rule.months:
            yield _chosen(rule, _of_month(rule, start, year, number + 1))


def _of_month(rule: Rule, start: date, year: int, month: int) -> list[date]:
    every = list(_span(date(year, month, 1), _month_end(year, month)))
    if rule.month_days:
        return [day for day in every if _on_month_day(rule, day) and _on_weekday(rule, day)]
    if rule.weekdays:
        return _placed(rule, every[0], every[-1])
    return [day for day in every if day.day == start.day]


def _of_year(rule: Rule, start: date, year: int) -> list[date]:
    if rule.months:
        return [day for month in rule.months for day in _of_month(rule, start, year, month)]
    if rule.month_days:
        return [day for month in range(1, 13) for day in _of_month(rule, start, year, month)]
    if rule.weekdays:
        return _placed(rule, date(year, 1, 1), date(year, 12, 31))
    return _of_month(rule, start, year, start.month)


def _placed(rule: Rule, first: date, last: date) -> list[date]:
    """The rule's weekdays from one day of a month or a year to its last, by their places in it."""
    found: set[date] = set()
    for weekday, place in rule.weekdays:
        head = first + timedelta(days=(weekday - first.weekday()) % 7)
        tail = last - timedelta(days=(last.weekday() - weekday) % 7)
        if place == 0:
            weeks = (tail - head).days // 7
            found.update(head + timedelta(weeks=each) for each in range(weeks + 1))
        else:
            day = (
                head + timedelta(weeks=place - 1)
                if place > 0
                else tail + timedelta(weeks=place + 1)
            )
            if first <= day <= last:
                found.add(day)
    return sorted(found)


def _chosen(rule: Rule, found: list[date]) -> list[date]:
    """Those at the rule's positions in the period."""
    if not rule.positions:
        return found
    size = len(found)
    places = (place - 1 if place > 0 else size + place for place in rule.positions)
    return [found[place] for place in sorted({each for each in places if 0 <= each < size})]


def _span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - _DAY


def _in_months(rule: Rule, day: date) -> bool:
    return not rule.months or day.month in rule.months


def _on_weekday(rule: Rule, day: date) -> bool:
    return not rule.weekdays or any(day.weekday() == each for each, _ in rule.weekdays)


def _on_month_day(rule: Rule, day: date) -> bool:
    if not rule.month_days or day.day in rule.month_days:
        return True
    return day.day - _month_end(day.year, day.month).day - 1 in rule.month_days

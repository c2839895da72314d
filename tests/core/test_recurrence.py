"""Rules against another program's reading of them, and rules that nobody follows."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from app.core import recurrence
from app.core.recurrence import Rule, instant

BERLIN = ZoneInfo("Europe/Berlin")
_NINE = time(9)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _some(rng: Random, values: list[str], most: int) -> str:
    return ",".join(rng.sample(values, rng.randint(1, most)))


def _rule(rng: Random) -> str:
    frequency = rng.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}", f"INTERVAL={rng.randint(1, 5)}"]
    if rng.random() < 0.3:
        parts.append(f"BYMONTH={_some(rng, [str(each) for each in range(1, 13)], 3)}")
    if rng.random() < 0.3 and frequency != "WEEKLY":
        days = [str(each) for each in range(-31, 32) if each]
        parts.append(f"BYMONTHDAY={_some(rng, days, 6)}")
    elif rng.random() < 0.6:
        place = rng.choice(["", "1", "2", "-1", "5"]) if frequency[0] in "MY" else ""
        parts.append(f"BYDAY={_some(rng, [place + each for each in _WEEKDAYS], 3)}")
    if rng.random() < 0.3 and frequency[0] in "MY" and ("BYDAY" in parts[-1]):
        parts.append(f"BYSETPOS={_some(rng, ['1', '2', '3', '-1', '-2'], 2)}")
    return ";".join([*parts, f"WKST={rng.choice(_WEEKDAYS)}"])


class TestDays:
    @pytest.mark.parametrize("seed", range(8))
    def test_as_another_program_finds_them(self, seed: int) -> None:
        rng, found = Random(seed), 0
        for _ in range(100):
            text = _rule(rng)
            rule = recurrence.parse(text, _NINE, BERLIN)
            start = date(2020, 1, 1) + timedelta(days=rng.randint(0, 1500))
            first = start + timedelta(days=rng.randint(-30, 1500))
            last = first + timedelta(days=366)
            theirs = rrulestr(text, dtstart=datetime.combine(start, time()))
            between = theirs.between(
                datetime.combine(first, time()), datetime.combine(last, time()), inc=True
            )
            days = list(recurrence.days(rule, start, first, last))
            assert days == [each.date() for each in between], (text, start, first)
            assert recurrence.parse(rule.text(), _NINE, BERLIN) == rule
            found += len(days)
        assert found > 500

    @pytest.mark.parametrize("seed", range(4))
    def test_a_count_as_another_program_counts(self, seed: int) -> None:
        rng, compared = Random(seed), 0
        for _ in range(100):
            text = f"{_rule(rng)};COUNT={rng.randint(1, 30)}"
            start = date(2020, 1, 1) + timedelta(days=rng.randint(0, 1500))
            rule = recurrence.parse(text, _NINE, BERLIN)
            try:
                last = recurrence.last_day(rule, start)
            except ValueError:
                continue
            theirs = list(rrulestr(text, dtstart=datetime.combine(start, time())))
            assert last == theirs[-1].date()
            compared += 1
        assert compared > 5

    def test_a_split_has_the_same_days(self) -> None:
        rule = recurrence.parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=9", _NINE, BERLIN)
        start, far = date(2026, 1, 6), date(2030, 1, 1)
        last = recurrence.last_day(rule, start)
        assert last is not None
        every = list(recurrence.days(rule, start, start, last))
        for place in range(1, 9):
            head, tail = recurrence.split(rule, start, every[place])
            end = recurrence.last_day(tail, every[place])
            assert list(recurrence.days(head, start, start, far)) == every[:place]
            assert end == last
            found = recurrence.days(tail, every[place], every[place], last)
            assert list(found) == every[place:]


class TestUntil:
    @pytest.mark.parametrize(
        ("until", "day"),
        [
            ("20260330", date(2026, 3, 30)),
            ("20260330T070000Z", date(2026, 3, 30)),
            ("20260330T065959Z", date(2026, 3, 29)),
            ("20260330T090000", date(2026, 3, 30)),
            ("20260330T085959", date(2026, 3, 29)),
            # Late in the evening in Berlin it is the next day.
            ("20260329T230000Z", date(2026, 3, 29)),
        ],
    )
    def test_is_the_last_day_by_its_own_clocks(self, until: str, day: date) -> None:
        assert recurrence.parse(f"FREQ=DAILY;UNTIL={until}", _NINE, BERLIN).until == day


class TestInstant:
    def test_that_does_not_exist(self) -> None:
        assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(
            2026, 3, 29, 1, 30, tzinfo=UTC
        )

    def test_that_exists_twice(self) -> None:
        assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(
            2026, 10, 25, 0, 30, tzinfo=UTC
        )


class TestHostile:
    @pytest.mark.parametrize(
        "text",
        [
            "FREQ=SECONDLY",
            "FREQ=MINUTELY;COUNT=2",
            "FREQ=HOURLY",
            "FREQ=DAILY;COUNT=1000000000",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=-1",
            "FREQ=DAILY;INTERVAL=99999999999999999999",
            "FREQ=DAILY;COUNT=2;UNTIL=20270101",
            "FREQ=DAILY;UNTIL=99991231",
            "FREQ=DAILY;UNTIL=20261332",
            "FREQ=DAILY;UNTIL=20260101T250000Z",
            "FREQ=DAILY;FREQ=DAILY",
            "FREQ=DAILY;BYSECOND=1",
            "FREQ=DAILY;BYHOUR=1,2,3",
            "FREQ=WEEKLY;BYDAY=1MO",
            "FREQ=MONTHLY;BYDAY=1MO,TU",
            "FREQ=WEEKLY;BYMONTHDAY=3",
            "FREQ=YEARLY;BYSETPOS=1",
            "FREQ=YEARLY;BYWEEKNO=20",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=DAILY;BYMONTH=13",
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=DAILY;BYDAY=" + "MO," * 80,
            "FREQ=DAILY;" + "X" * 100_000,
            "FREQ=DAILY\r\nATTACH:file",
            "FREQ=DAILY;COUNT=\u0663",
            "FREQ",
            "",
            ";;;",
        ],
    )
    def test_is_refused_at_once(self, text: str) -> None:
        started = perf_counter()
        with pytest.raises(ValueError, match=r"[A-Z].*\.$"):
            recurrence.parse(text, _NINE, BERLIN)
        assert perf_counter() - started < 0.05

    @pytest.mark.parametrize(
        "text",
        [
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU;COUNT=1000",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1000",
            "FREQ=MONTHLY;BYDAY=-1TU;BYMONTH=2;BYSETPOS=1;COUNT=1000",
        ],
    )
    def test_what_takes_for_ever(self, text: str) -> None:
        rule = recurrence.parse(text, _NINE, BERLIN)
        started = perf_counter()
        with pytest.raises(ValueError, match="20 years"):
            recurrence.last_day(rule, date(2028, 2, 29))
        assert perf_counter() - started < 0.05

    def test_a_range_far_from_the_first_day(self) -> None:
        rule: Rule = recurrence.parse("FREQ=DAILY;INTERVAL=3", _NINE, BERLIN)
        started = perf_counter()
        found = list(recurrence.days(rule, date(1970, 1, 1), date(2199, 1, 1), recurrence.LATEST))
        assert len(found) == 121
        assert perf_counter() - started < 0.05

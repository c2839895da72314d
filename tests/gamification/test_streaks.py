"""Days in a row, by the clocks of whoever learns."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from app.gamification.models import ActiveDay, XpKind
from app.gamification.service.streaks import Streaks, day_bounds, local_day, streaks
from tests.client import Api
from tests.factories import Person, waiting_events
from tests.gamification.earning import days, earn, entries, move_to, profile, score

_ANYBODY = new_id()


def _learned(*moments: tuple[str, str]) -> Sequence[ActiveDay]:
    """The days of these moments, each with the time zone that they were in."""
    made: dict[date, ActiveDay] = {}
    for text, zone in moments:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        day = local_day(at, zone)
        new = ActiveDay(user_id=_ANYBODY, day=day, time_zone=zone, first_at=at, last_at=at)
        made.setdefault(day, new)
    return sorted(made.values(), key=lambda each: each.first_at)


class TestStreaks:
    def test_none(self) -> None:
        assert streaks([]) == Streaks(0, 0, None)

    def test_a_day_that_was_missed(self) -> None:
        zone = "Europe/Berlin"
        found = streaks(_learned(*[(f"2026-05-{day:02}T12:00", zone) for day in (1, 2, 3, 5, 6)]))
        assert found == Streaks(2, 3, date(2026, 5, 6))

    @pytest.mark.parametrize(
        ("zone", "changed"),
        [
            ("Europe/Berlin", "2026-03-29"),
            ("Europe/Berlin", "2026-10-25"),
            ("America/New_York", "2026-03-08"),
            ("Australia/Lord_Howe", "2026-04-05"),
            # Midnight itself is skipped there.
            ("America/Santiago", "2026-09-06"),
        ],
    )
    @pytest.mark.parametrize("clock", ["01:00", "23:59"])
    def test_across_daylight_saving(self, zone: str, changed: str, clock: str) -> None:
        middle = date.fromisoformat(changed)
        near = [middle + timedelta(days=each) for each in (-1, 0, 1)]
        found = streaks(_learned(*[(f"{day}T{clock}", zone) for day in near]))
        assert found == Streaks(3, 3, near[-1])

    def test_east_over_the_date_line(self) -> None:
        """They learn every waking day; the calendar leaves one out."""
        found = streaks(
            _learned(
                ("2026-05-01T20:00", "Pacific/Honolulu"),
                # Thirteen hours later, and already the 3rd.
                ("2026-05-03T05:00", "Pacific/Auckland"),
                ("2026-05-04T05:00", "Pacific/Auckland"),
            )
        )
        assert found == Streaks(3, 3, date(2026, 5, 4))

    def test_west_a_date_comes_again(self) -> None:
        found = streaks(
            _learned(
                ("2026-05-02T08:00", "Pacific/Auckland"),
                # The same day's evening: the 1st once more, where it had not been counted.
                ("2026-05-01T20:00", "Pacific/Honolulu"),
                ("2026-05-02T20:00", "Pacific/Honolulu"),
                ("2026-05-03T20:00", "Pacific/Honolulu"),
            )
        )
        assert found == Streaks(2, 2, date(2026, 5, 3))

    def test_to_and_fro_wins_nothing(self) -> None:
        """At every noon a user counts the date of both ends of the world."""
        noons = [f"2026-05-{day:02}T12:00:00+00:00" for day in range(1, 11)]
        made: dict[date, ActiveDay] = {}
        for noon in noons:
            at = datetime.fromisoformat(noon)
            for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
                day = local_day(at, zone)
                new = ActiveDay(user_id=_ANYBODY, day=day, time_zone=zone, first_at=at, last_at=at)
                made.setdefault(day, new)
        found = streaks(sorted(made.values(), key=lambda each: each.first_at))
        assert found.longest <= len(noons) + 1

    def test_a_whole_day_missed_on_a_journey(self) -> None:
        found = streaks(
            _learned(
                ("2026-05-01T20:00", "Europe/Berlin"),
                ("2026-05-03T08:00", "Asia/Tokyo"),
                ("2026-05-05T12:00", "Asia/Tokyo"),
            )
        )
        # In Tokyo's morning of the 3rd it is still the 3rd in Berlin: the 2nd was missed.
        assert found == Streaks(1, 1, date(2026, 5, 5))

    @given(st.sets(st.integers(0, 60)), st.sampled_from(["UTC", "Asia/Kathmandu", "Asia/Gaza"]))
    def test_like_counting_by_hand(self, numbers: set[int], zone: str) -> None:
        start = date(2026, 3, 1)
        made = _learned(
            *[(f"{start + timedelta(days=each)}T12:00", zone) for each in sorted(numbers)]
        )
        longest = current = 0
        for each in range(61):
            current = current + 1 if each in numbers else 0
            longest = max(longest, current)
        found = streaks(made)
        assert found.longest == longest
        if numbers:
            last = max(numbers)
            run = next(back for back in range(62) if last - back not in numbers)
            assert found == Streaks(run, longest, start + timedelta(days=last))


class TestBounds:
    @pytest.mark.parametrize(
        ("moment", "hours"),
        [
            ("2026-03-29T12:00+00:00", 23),
            ("2026-10-25T12:00+00:00", 25),
            ("2026-10-26T12:00+00:00", 24),
        ],
    )
    def test_of_a_day(self, moment: str, hours: int) -> None:
        begins, ends = day_bounds(datetime.fromisoformat(moment), "Europe/Berlin")
        assert ends - begins == timedelta(hours=hours)
        assert begins <= datetime.fromisoformat(moment) < ends


class TestCounting:
    async def test_a_day_counts_once(self, resources: Resources, ana: Person) -> None:
        at = datetime(2026, 5, 1, 12, tzinfo=UTC)
        for hours in (0, 1, 11, 12):
            await earn(resources, ana, at=at + timedelta(hours=hours))
        assert await days(resources, ana) == [date(2026, 5, 1), date(2026, 5, 2)]
        assert (await waiting_events(resources)).count("gamification.streak_changed") == 2

    async def test_what_is_handled_late_counts_for_its_day(
        self, resources: Resources, ana: Person
    ) -> None:
        at = datetime(2026, 5, 1, 12, tzinfo=UTC)
        for day in (0, 2, 1):
            await earn(resources, ana, at=at + timedelta(days=day))
        found = await score(resources, ana)
        assert (found.streak_days, found.longest_streak, found.last_day) == (
            3,
            3,
            date(2026, 5, 3),
        )

    async def test_a_week_pays_once(self, resources: Resources, ana: Person) -> None:
        at = datetime(2026, 5, 1, 12, tzinfo=UTC)
        for day in range(8):
            for _ in range(2):
                await earn(resources, ana, at=at + timedelta(days=day))
        found = await entries(resources, ana)
        assert [each for each in found if each[0] == "STREAK"] == [("STREAK", 50)]

    async def test_by_the_zone_of_then(self, resources: Resources, ana: Person) -> None:
        at = datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
        await earn(resources, ana, at=at)
        await move_to(resources, ana, "Europe/Berlin")
        await earn(resources, ana, at=at)
        assert await days(resources, ana) == [date(2026, 5, 1), date(2026, 5, 2)]

    async def test_awards_are_no_learning(self, resources: Resources, ana: Person) -> None:
        await earn(resources, ana, XpKind.AWARD, amount=5)
        assert await days(resources, ana) == []

    async def test_what_is_shown_ends_after_a_day(
        self, api: Api, resources: Resources, ana: Person, ben: Person
    ) -> None:
        for back in (3, 2):
            await earn(resources, ana, at=now() - timedelta(days=back))
        for back in (2, 1):
            await earn(resources, ben, at=now() - timedelta(days=back))
        fields = "streakDays longestStreakDays"
        assert await profile(api, ana, fields) == {"streakDays": 0, "longestStreakDays": 2}
        assert await profile(api, ben, fields) == {"streakDays": 2, "longestStreakDays": 2}

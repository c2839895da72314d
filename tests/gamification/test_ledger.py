"""One ledger: each source pays once, and all that is kept is its sum."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import col

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from app.gamification.models import LeaderboardPeriod, XpKind
from app.gamification.service import levels
from app.gamification.service.ledger import begins
from app.gamification.service.paying import LEARNING, PAYS
from tests.factories import Person, make_person, waiting_events, writing
from tests.gamification.earning import earn, entries, give, score, standings, total


class TestLevels:
    def test_where_they_begin(self) -> None:
        assert [levels.xp_of(level) for level in range(1, 7)] == [0, 100, 300, 600, 1000, 1500]

    @given(st.integers(1, 100_000))
    def test_one_begins_exactly_there(self, level: int) -> None:
        begun = levels.xp_of(level)
        assert levels.level_of(begun) == level
        assert levels.level_of(levels.xp_of(level + 1) - 1) == level
        assert begun == 0 or levels.level_of(begun - 1) == level - 1


class TestPeriods:
    @pytest.mark.parametrize(
        ("moment", "week"),
        [
            # The first of January 2027 is a Friday: its week began in December.
            (datetime(2027, 1, 1, 0, tzinfo=UTC), "2026-12-28"),
            (datetime(2027, 1, 3, 23, 59, tzinfo=UTC), "2026-12-28"),
            (datetime(2027, 1, 4, 0, tzinfo=UTC), "2027-01-04"),
        ],
    )
    def test_weeks_are_those_of_iso(self, moment: datetime, week: str) -> None:
        assert begins(LeaderboardPeriod.WEEK, moment).isoformat() == week

    def test_the_others(self) -> None:
        east = datetime(2026, 12, 1, 5, tzinfo=UTC).astimezone()
        assert begins(LeaderboardPeriod.DAY, east).isoformat() == "2026-12-01"
        assert begins(LeaderboardPeriod.MONTH, east).isoformat() == "2026-12-01"
        assert begins(LeaderboardPeriod.ALL_TIME, east).isoformat() == "1970-01-01"


class TestEarn:
    async def test_a_line_and_what_follows(self, resources: Resources, ana: Person) -> None:
        assert await earn(resources, ana, XpKind.STUDY_SESSION, minutes=30)
        found = await score(resources, ana)
        assert (found.total_xp, found.level, found.study_minutes, found.streak_days) == (
            15,
            1,
            30,
            1,
        )
        assert await standings(resources, ana) == dict.fromkeys(LeaderboardPeriod, (15, 30, 1))
        assert await waiting_events(resources) == [
            "gamification.xp_changed",
            "gamification.streak_changed",
        ]

    @pytest.mark.parametrize("kind", sorted(LEARNING))
    async def test_what_pays(self, resources: Resources, ana: Person, kind: XpKind) -> None:
        assert await earn(resources, ana, kind, minutes=PAYS[kind].least_minutes)
        assert await entries(resources, ana) == [(kind.name, PAYS[kind].xp)]

    async def test_twenty_at_once_pay_once(self, resources: Resources, ana: Person) -> None:
        source = new_id()
        done = await asyncio.gather(
            *[earn(resources, ana, XpKind.LESSON, source) for _ in range(20)]
        )
        assert sum(done) == 1
        assert await entries(resources, ana) == [("LESSON", 10)]
        assert (await score(resources, ana)).total_xp == 10

    async def test_another_kind_is_another_source(self, resources: Resources, ana: Person) -> None:
        source = new_id()
        for kind in (XpKind.LESSON, XpKind.MODULE):
            assert await earn(resources, ana, kind, source)
        assert (await score(resources, ana)).total_xp == 60

    async def test_no_more_than_a_days(self, resources: Resources, ana: Person) -> None:
        most = PAYS[XpKind.STUDY_SESSION].most_a_day
        moment = datetime(2026, 3, 10, 12, tzinfo=UTC)
        for _ in range(most + 2):
            assert await earn(resources, ana, XpKind.STUDY_SESSION, at=moment, minutes=10)
        assert await earn(
            resources, ana, XpKind.STUDY_SESSION, at=moment + timedelta(days=1), minutes=10
        )
        found = await entries(resources, ana)
        assert [amount for _, amount in found] == [15] * most + [0, 0, 15]
        assert (await score(resources, ana)).study_minutes == 10 * (most + 3)

    async def test_too_short(self, resources: Resources, ana: Person) -> None:
        assert not await earn(resources, ana, XpKind.PRACTICE_SESSION, minutes=4)
        assert await entries(resources, ana) == []
        assert await standings(resources, ana) == {}

    async def test_a_card_counts_once_a_day(self, resources: Resources, ana: Person) -> None:
        card, moment = new_id(), datetime(2026, 3, 10, 12, tzinfo=UTC)
        for hours, counts in ((0, True), (5, False), (24, True)):
            at = moment + timedelta(hours=hours)
            assert await earn(resources, ana, XpKind.FLASHCARD, card, at=at) is counts
        assert (await score(resources, ana)).total_xp == 2

    async def test_levels_are_told_upwards(self, resources: Resources, ana: Person) -> None:
        await give(resources, ana, 350)
        assert (await score(resources, ana)).level == 3
        await give(resources, ana, -300)
        assert (await score(resources, ana)).level == 1
        assert (await waiting_events(resources)).count("gamification.level_reached") == 1

    async def test_somebody_who_is_gone(self, resources: Resources, ana: Person) -> None:
        async with writing(resources) as session:
            await session.execute(delete(User).where(col(User.id) == ana.key))
        assert not await earn(resources, ana)
        assert await entries(resources, ana) == []


_KINDS = (XpKind.LESSON, XpKind.QUIZ, XpKind.MODULE, XpKind.STUDY_SESSION, XpKind.AWARD)


class TestTogether:
    @pytest.mark.parametrize("seed", range(6))
    async def test_any_interleaving_adds_up(self, resources: Resources, seed: int) -> None:
        """What is kept is the sum of the ledger, and the ledger has each source once."""
        rng = Random(seed)
        people = [await make_person(resources) for _ in range(3)]
        made = [
            (rng.choice(people), rng.choice(_KINDS), UUID(int=rng.randrange(1, 6)))
            for _ in range(60)
        ]
        await asyncio.gather(
            *[
                earn(resources, person, kind, source, amount=7, minutes=10)
                for person, kind, source in made
            ]
        )
        for person in people:
            sources = {(kind, source) for each, kind, source in made if each is person}
            found = await entries(resources, person)
            assert len(found) == len(sources)
            found_score = await score(resources, person)
            summed = sum(amount for _, amount in found)
            assert found_score.total_xp == await total(resources, person) == summed
            assert found_score.level == levels.level_of(summed)
            assert found_score.study_minutes == 10 * len(sources)
            streak = int(any(kind in LEARNING for kind, _ in sources))
            expected = (summed, 10 * len(sources), streak)
            assert await standings(resources, person) == dict.fromkeys(LeaderboardPeriod, expected)

    async def test_a_crash_leaves_nothing(
        self, resources: Resources, ana: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = new_id()

        async def crash(*_: object) -> None:
            raise ConnectionError

        with monkeypatch.context() as patch:
            patch.setattr("app.core.uow.persist", crash)
            with pytest.raises(ConnectionError):
                await earn(resources, ana, XpKind.LESSON, source)
        assert await entries(resources, ana) == []
        assert await standings(resources, ana) == {}
        assert await earn(resources, ana, XpKind.LESSON, source, at=now())
        assert (await score(resources, ana)).total_xp == 10

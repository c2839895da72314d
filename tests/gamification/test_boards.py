"""Who is on which board, at which place, and who sees it."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from app.accounts.models import AccountStatus, Audience, User, UserBlock
from app.classes.models import ClassStatus, Enrollment, EnrollmentStatus
from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.gamification.models import LeaderboardPeriod, Standing, XpKind
from app.gamification.service import boards
from tests.classes.planning import School
from tests.client import Api
from tests.engine.executions import compiled, ordinary, serving
from tests.factories import Person, make_person, writing
from tests.gamification.earning import board, earn, give, profile, standings
from tests.waiting import eventually

_RANKS = "pointsRank studyTimeRank streakRank"
_BY_TWO = f"""
    query ($after: String) {{
      leaderboard(scope: GLOBAL, period: ALL_TIME, first: 2, after: $after) {{
        nodes {{ id {_RANKS} user {{ username }} }} pageInfo {{ hasNextPage endCursor }} }} }}
"""


async def _people(resources: Resources, *points: int) -> list[Person]:
    """Somebody with so many XP each, by the names p0, p1 and so on."""
    made = []
    for number, each in enumerate(points):
        made.append(await make_person(resources, f"p{number}"))
        await give(resources, made[-1], each)
    return made


def _places(rows: list[Any]) -> list[tuple[str, int]]:
    return [(row["user"]["username"], row["pointsRank"]) for row in rows]


async def _hide(api: Api, person: Person, **privacy: str) -> None:
    (await api.mutate("preferencesUpdate", {"privacy": privacy}, as_=person)).ok()


class TestRanks:
    async def test_equal_ones_share_a_place(self, api: Api, resources: Resources) -> None:
        p0, p1, p2, p3 = await _people(resources, 50, 80, 50, 20)
        # Of equal ones the last to come stands first.
        expected = [("p1", 1), ("p2", 2), ("p0", 2), ("p3", 4)]
        assert _places(await board(api, p0)) == expected
        assert [await profile(api, each, "rank") for each in (p0, p1, p2, p3)] == [
            {"rank": 2},
            {"rank": 1},
            {"rank": 2},
            {"rank": 4},
        ]

    async def test_pages_go_on_where_they_ended(self, api: Api, resources: Resources) -> None:
        people = await _people(resources, 10, 20, 30, 40, 50)
        document = """
            query ($after: String) {
              leaderboard(scope: GLOBAL, period: ALL_TIME, first: 2, after: $after) {
                nodes { points } pageInfo { endCursor hasNextPage } totalCount } }
        """
        found, after = [], None
        for page in range(3):
            answer = await api.execute(document, {"after": after}, as_=people[0])
            rows = answer.ok()["leaderboard"]
            found += [row["points"] for row in rows["nodes"]]
            after = rows["pageInfo"]["endCursor"]
            assert rows["pageInfo"]["hasNextPage"] is (page < 2)
            # Whoever comes in above doesn't move what follows.
            await give(resources, people[4], 1000)
        assert found == [50, 40, 30, 20, 10]

    @pytest.mark.parametrize("execution", ["ordinary", "compiled"])
    async def test_places_on_pages_are_those_of_each_alone(
        self, api: Api, resources: Resources, execution: str
    ) -> None:
        people = await _people(resources, 50, 80, 50, 50, 20, 80, 60)
        for person in people[:5]:
            await earn(resources, person, XpKind.STUDY_SESSION, minutes=7)
        await _hide(api, people[5], leaderboard="NOBODY")
        async with writing(resources) as session:
            # Hidden from who looks, but with a place.
            session.add(UserBlock(blocker_id=people[6].key, blocked_id=people[4].key))
        found: list[Any] = []
        page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
        with serving(resources):
            while page["hasNextPage"]:
                given = (_BY_TWO, {"after": page["endCursor"]}, None, people[4])
                if execution == "ordinary":
                    answer, was_compiled = await ordinary(*given), True
                else:
                    answer, was_compiled = await compiled(*given)
                assert was_compiled
                shown = orjson.loads(answer)["data"]["leaderboard"]
                found, page = found + shown["nodes"], shown["pageInfo"]
        names = ["p1", "p3", "p2", "p0", "p4"]
        assert [row["user"]["username"] for row in found] == names
        assert [row["pointsRank"] for row in found] == [1, 2, 2, 2, 6]
        ids = ", ".join(f'"{row["id"]}"' for row in found)
        document = f"{{ nodes(ids: [{ids}]) {{ ... on LeaderboardEntry {{ id {_RANKS} }} }} }}"
        alone = (await api.execute(document, as_=people[4])).ok()["nodes"]
        assert alone == [{name: row[name] for name in ("id", *_RANKS.split())} for row in found]

    async def test_by_time_and_by_streak(
        self, api: Api, resources: Resources, ana: Person, ben: Person
    ) -> None:
        await earn(resources, ana, XpKind.STUDY_SESSION, minutes=20)
        await earn(resources, ben, at=now() - timedelta(days=1))
        await earn(resources, ben)
        rows = await board(api, ana, "user { username } studyTimeRank", metric="STUDY_TIME")
        # Nobody is on a board with nothing.
        assert rows == [{"user": {"username": "ana"}, "studyTimeRank": 1}]
        rows = await board(api, ana, "user { username } streakDays streakRank", metric="STREAK")
        assert rows == [
            {"user": {"username": "ben"}, "streakDays": 2, "streakRank": 1},
            {"user": {"username": "ana"}, "streakDays": 1, "streakRank": 2},
        ]

    async def test_periods(self, api: Api, resources: Resources, ana: Person) -> None:
        await earn(resources, ana)
        await earn(resources, ana, at=now() - timedelta(days=40))
        expected = {"DAY": 10, "WEEK": 10, "MONTH": 10, "ALL_TIME": 20}
        for period, points in expected.items():
            rows = await board(api, ana, "points", period=period)
            assert rows == [{"points": points}], period
        shown = await profile(api, ana, "standings { period points pointsRank }")
        assert {row["period"]: row["points"] for row in shown["standings"]} == expected

    async def test_what_is_over_is_forgotten(self, resources: Resources, ana: Person) -> None:
        await earn(resources, ana, at=now() - timedelta(days=100))
        await earn(resources, ana)
        await boards.forget(resources)
        async with resources.database.read() as session:
            assert len(await session.all(select(Standing))) == len(LeaderboardPeriod)
        assert (await standings(resources, ana))[LeaderboardPeriod.ALL_TIME][0] == 20


class TestOptingOut:
    @pytest.mark.parametrize("setting", ["leaderboard", "profile"])
    async def test_is_on_none_and_sees_none(
        self, api: Api, resources: Resources, setting: str
    ) -> None:
        p0, p1, p2 = await _people(resources, 30, 20, 10)
        await _hide(api, p0, **{setting: "NOBODY"})
        assert _places(await board(api, p1)) == [("p1", 1), ("p2", 2)]
        assert await profile(api, p1, "xp", userId=p0.id) is None
        assert await board(api, p0) == []
        assert await profile(api, p0, "xp", userId=p1.id) is None
        assert await profile(api, p0, "xp rank standings { points pointsRank }") == {
            "xp": 30,
            "rank": None,
            "standings": [{"points": 30, "pointsRank": None}] * 4,
        }
        await _hide(api, p0, **{setting: "SIGNED_IN"})
        assert _places(await board(api, p2)) == [("p0", 1), ("p1", 2), ("p2", 3)]

    async def test_who_earns_meanwhile(self, resources: Resources, ana: Person) -> None:
        async def is_waited_for() -> bool:
            async with resources.database.read() as session:
                waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                return (await session.rows(waiting))[0][0] > 0

        async with writing(resources) as session:
            hidden = update(User).where(col(User.id) == ana.key)
            await session.execute(hidden.values(leaderboard_audience=Audience.NOBODY))
            earning = asyncio.create_task(earn(resources, ana))
            await eventually(is_waited_for)
        assert await earning
        async with resources.database.read() as session:
            made = await session.all(select(Standing.listed))
        assert made == [False] * len(LeaderboardPeriod)

    async def test_who_is_suspended(self, api: Api, resources: Resources) -> None:
        p0, p1 = await _people(resources, 30, 20)
        async with writing(resources) as session:
            await session.execute(
                update(User).where(col(User.id) == p0.key).values(status=AccountStatus.SUSPENDED)
            )
        assert _places(await board(api, p1)) == [("p1", 1)]

    async def test_blocks_hold(self, api: Api, resources: Resources) -> None:
        p0, p1, p2 = await _people(resources, 30, 20, 10)
        async with writing(resources) as session:
            session.add(UserBlock(blocker_id=p0.key, blocked_id=p2.key))
        # The places are those of the board.
        assert _places(await board(api, p2)) == [("p1", 2), ("p2", 3)]
        assert _places(await board(api, p0)) == [("p0", 1), ("p1", 2)]
        assert len(await board(api, p1)) == 3
        for one, other in ((p0, p2), (p2, p0)):
            assert await profile(api, one, "xp", userId=other.id) is None

    async def test_who_awards_sees_all(self, api: Api, resources: Resources, sam: Person) -> None:
        [p0] = await _people(resources, 30)
        await _hide(api, p0, leaderboard="NOBODY")
        assert await profile(api, sam, "xp rank", userId=p0.id) == {"xp": 30, "rank": None}


class TestClasses:
    async def test_its_members_since_they_came(
        self, api: Api, resources: Resources, school: School, ana: Person, ben: Person
    ) -> None:
        id = await school.group()
        await give(resources, ana, 500)
        await school.enroll(id, ana)
        await school.enroll(id, ben)
        await school.put(id, status=ClassStatus.ACTIVE)
        await earn(resources, ana)
        await earn(resources, ben, XpKind.COURSE)
        of_class = {"scope": "CLASS", "more": f', classId: "{id}"'}
        assert _places(await board(api, ana, **of_class)) == [("ben", 1), ("ana", 2)]
        assert (await standings(resources, ana, from_global("cls", id)))[
            LeaderboardPeriod.ALL_TIME
        ] == (10, 0, 1)
        stranger = await make_person(resources)
        assert await board(api, stranger, **of_class) == []
        async with writing(resources) as session:
            await session.execute(
                update(Enrollment)
                .where(col(Enrollment.student_id) == ben.key)
                .values(status=EnrollmentStatus.WITHDRAWN)
            )
        assert _places(await board(api, ana, **of_class)) == [("ana", 1)]
        assert await board(api, ben, **of_class) == []

    @pytest.mark.parametrize(
        "given",
        [
            "scope: CLASS",
            'scope: GLOBAL, classId: "cls_00000000-0000-7000-8000-000000000000"',
        ],
    )
    async def test_a_scope_and_its_class(self, api: Api, ana: Person, given: str) -> None:
        document = f"{{ leaderboard({given}, period: DAY) {{ totalCount }} }}"
        assert (await api.execute(document, as_=ana)).codes == ["BAD_REQUEST"]

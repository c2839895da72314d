"""Requests that are answered together: which ones, what of each, and what if one goes wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import Integer, Uuid, func, literal_column, select, update
from sqlmodel import col

from app.accounts.models import AuthSession
from app.accounts.store.sessions import rights_version
from app.core.graph.read.grouping import Grouping, Lane
from app.core.graph.read.pool import Readers
from app.core.graph.read.statement import Statement, statement
from app.core.graph.read.viewing import parameter
from app.core.resources import Resources
from app.courses.models import Course
from tests.engine.gates import PASS, Watch, watching
from tests.factories import make_course, make_person, writing
from tests.waiting import eventually

_GIVEN = parameter("given0_number", Integer())


def _made(term: Any) -> Statement:
    return statement([term], select(rights_version()))


def _text(*terms: Any) -> Any:
    return func.concat_ws(",", *terms)


# Each says which number it was asked for; some stop at the gate, some fail for the number 0.
ECHO = _made(_text(_GIVEN))
STOP = _made(_text(_GIVEN, literal_column(PASS)))
SLEEP = _made(_text(_GIVEN, literal_column("pg_sleep(0.005)")))
RISKY = _made(_text(_GIVEN, func.div(10, _GIVEN)))
# Reads, and takes some milliseconds more.
SLOW = _made(
    _text(
        select(Course.timeline_weeks)
        .where(Course.id == parameter("given0_id", Uuid()))
        .scalar_subquery(),
        literal_column("pg_sleep(0.005)"),
    )
)
_WRITE = """
    UPDATE course SET timeline_weeks = timeline_weeks + 1 WHERE id = $1 RETURNING timeline_weeks
"""


class Noting(Readers):
    """Readers that remember what they were sent."""

    def __init__(self, url: str, *, size: int) -> None:
        super().__init__(url, size=size)
        self.sent: list[tuple[str, Sequence[Any], float]] = []

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        self.sent.append((sql, parameters, asyncio.get_running_loop().time()))
        return await super().fetch(sql, parameters)

    def groups(self, of: Statement) -> list[list[Any]]:
        """The numbers of each statement that was sent, in turn."""
        return [
            list(parameters[0]) if sql == of.together else [parameters[0]]
            for sql, parameters, _ in self.sent
            if sql in (of.alone, of.together)
        ]


@pytest.fixture
async def watch(database_url: str) -> AsyncIterator[Watch]:
    async with watching(database_url) as made:
        yield made


@pytest.fixture
async def readers(database_url: str, watch: Watch) -> AsyncIterator[Noting]:
    made = Noting(database_url, size=8)
    yield made
    await made.close()


@pytest.fixture
def grouping(readers: Noting) -> Grouping:
    return Grouping(readers)


class Asking:
    """Requests for one plan, whose statements took a second so far: two run side by side."""

    def __init__(self, grouping: Grouping, of: Statement, seconds: float = 1.0) -> None:
        self.lane = Lane(of, seconds=seconds)
        self._grouping = grouping

    async def ask(self, number: int, session: UUID | None = None) -> bytes:
        """The answer's one column."""
        answer, _ = await self._grouping.run(self.lane, (number,), session)
        return answer.values[0]

    def begin(self, *numbers: int) -> list[asyncio.Task[bytes]]:
        """Ask for each of these, at once."""
        return [asyncio.create_task(self.ask(number)) for number in numbers]


async def _both_stopped(asking: Asking, watch: Watch) -> list[asyncio.Task[bytes]]:
    """Two requests whose statements stand at the gate, so that others wait."""
    await watch.close_gate()
    first = asking.begin(-1)
    await watch.until_stopped(1)
    second = asking.begin(-2)
    await watch.until_stopped(2)
    return [*first, *second]


async def _answers(tasks: Sequence[asyncio.Task[bytes]]) -> list[int]:
    return [int(answer.split(b",")[0]) for answer in await asyncio.gather(*tasks)]


class TestGroups:
    async def test_nothing_at_low_load(self, grouping: Grouping, readers: Noting):
        asking = Asking(grouping, ECHO)
        for number in range(20):
            assert await asking.ask(number % 3) == str(number % 3).encode()
        assert readers.groups(ECHO) == [[number % 3] for number in range(20)]
        assert {sql for sql, _, _ in readers.sent} == {ECHO.alone}

    async def test_who_come_at_the_same_time_go_together(self, grouping: Grouping, readers: Noting):
        asking = Asking(grouping, ECHO)
        assert await _answers(asking.begin(1, 2, 1)) == [1, 2, 1]
        assert readers.groups(ECHO) == [[1, 2]]

    async def test_of_many_at_once_half_go_first(self, grouping: Grouping, readers: Noting):
        asking = Asking(grouping, ECHO, seconds=0.0)
        assert await _answers(asking.begin(*range(9), 3)) == [*range(9), 3]
        assert readers.groups(ECHO) == [[*range(5)], [*range(5, 9)]]

    async def test_a_quick_plan_runs_one_at_a_time(
        self, grouping: Grouping, readers: Noting, watch: Watch
    ):
        await watch.close_gate()
        asking = Asking(grouping, STOP, seconds=0.0)
        first = asking.begin(1)
        await watch.until_stopped(1)
        others = asking.begin(2, 3)
        await eventually(lambda: len(asking.lane.waiting) == 2)
        assert readers.groups(STOP) == [[1]]
        await watch.open_gate()
        assert await _answers([*first, *others]) == [1, 2, 3]
        assert readers.groups(STOP) == [[1], [2, 3]]

    async def test_plans_turn_out_to_be_slow_or_quick(self, grouping: Grouping):
        asking = Asking(grouping, ECHO)
        for number in range(100):
            await asking.ask(number)
        assert 0 < asking.lane.seconds < 0.1
        slow = Asking(grouping, SLEEP, seconds=0.0)
        for number in range(3):
            await slow.ask(number)
        assert slow.lane.seconds > 0.001

    async def test_what_waits_together_runs_together_and_once(
        self, grouping: Grouping, readers: Noting, watch: Watch
    ):
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(5, 6, 5, 7, 5)
        await watch.until_stopped(3)
        await watch.open_gate()
        assert await _answers([*first, *others]) == [-1, -2, 5, 6, 5, 7, 5]
        assert readers.groups(STOP) == [[-1], [-2], [5, 6, 7]]

    async def test_who_comes_later_is_not_answered_by_what_runs(
        self, grouping: Grouping, readers: Noting, watch: Watch
    ):
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(5, 6)
        await watch.until_stopped(3)
        # The same tuples, while statements of them run.
        late = asking.begin(-1, 5, 6)
        await watch.until_stopped(4)
        await watch.open_gate()
        assert await _answers([*first, *others, *late]) == [-1, -2, 5, 6, -1, 5, 6]
        assert readers.groups(STOP) == [[-1], [-2], [5, 6], [-1, 5, 6]]

    async def test_those_who_wait_go_on_as_soon_as_one_ends(
        self, grouping: Grouping, readers: Noting, watch: Watch, monkeypatch: pytest.MonkeyPatch
    ):
        # Nobody goes on because of the time.
        monkeypatch.setattr("app.core.graph.read.grouping._LONGEST_WAIT", 3600)
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(*range(50))
        await eventually(lambda: len(asking.lane.waiting) == 50)
        await watch.open_gate()
        assert await _answers([*first, *others]) == [-1, -2, *range(50)]
        assert readers.groups(STOP) == [[-1], [-2], [*range(50)]]
        assert asking.lane.running == 0
        assert asking.lane.waiting == {}

    async def test_other_plans_are_not_waited_for(
        self, grouping: Grouping, readers: Noting, watch: Watch
    ):
        stopped = Asking(grouping, STOP)
        first = await _both_stopped(stopped, watch)
        assert await Asking(grouping, ECHO).ask(3) == b"3"
        assert readers.groups(ECHO) == [[3]]
        await watch.open_gate()
        await _answers(first)

    async def test_never_more_than_so_many_at_once(
        self, grouping: Grouping, readers: Noting, watch: Watch, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("app.core.graph.read.grouping._LONGEST_WAIT", 3600)
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(*range(150))
        # Two groups are full; what is left waits for one to end.
        await watch.until_stopped(4)
        assert readers.groups(STOP)[2:] == [[*range(64)], [*range(64, 128)]]
        await watch.open_gate()
        assert await _answers([*first, *others]) == [-1, -2, *range(150)]
        assert readers.groups(STOP)[4:] == [[*range(128, 150)]]

    async def test_nobody_waits_long_for_what_takes_long(
        self, grouping: Grouping, readers: Noting, watch: Watch
    ):
        asking, loop = Asking(grouping, STOP), asyncio.get_running_loop()
        first = await _both_stopped(asking, watch)
        asked = loop.time()
        [waiting] = asking.begin(5)
        await watch.until_stopped(3)
        # It waited for the others, and went beside them when 20 ms were over.
        assert 0.015 < readers.sent[2][2] - asked < 1
        await watch.open_gate()
        assert await _answers([*first, waiting]) == [-1, -2, 5]

    async def test_without_parameters_all_are_asked_the_same(
        self, grouping: Grouping, readers: Noting, resources: Resources
    ):
        fixed = _made(func.format("%s", literal_column("'x'")))
        lane = Asking(grouping, fixed).lane
        people = [await make_person(resources) for _ in range(3)]
        sessions = [*[person.viewer.auth_session_id for person in people], None, uuid4()]
        answers = await asyncio.gather(*[grouping.run(lane, (), each) for each in sessions])
        assert [answer.values for answer, _ in answers] == [[b"x"]] * 5
        assert [version is None for _, version in answers] == [False] * 3 + [True] * 2
        assert [sql for sql, _, _ in readers.sent] == [fixed.together]


class TestFailing:
    async def test_fails_alone(self, grouping: Grouping, readers: Noting):
        asking = Asking(grouping, RISKY)
        numbers = [3, 4, 5, 0, 2, 0, 1]
        answers = await asyncio.gather(*asking.begin(*numbers), return_exceptions=True)
        told = [
            type(each) if isinstance(each, BaseException) else each.decode() for each in answers
        ]
        wrong = asyncpg.DivisionByZeroError
        assert told == ["3,3", "4,2", "5,2", wrong, "2,5", wrong, "1,10"]
        # Together at first; then each, the failing one once for both who asked.
        assert readers.groups(RISKY) == [[3, 4, 5], [0, 2, 1], [0], [2], [1]]
        assert (asking.lane.running, asking.lane.waiting) == (0, {})

    async def test_of_those_who_run_alone(self, grouping: Grouping):
        asking = Asking(grouping, RISKY)
        answers = await asyncio.gather(*asking.begin(0, 0, 1, 2), return_exceptions=True)
        assert [type(each) for each in answers[:2]] == [asyncpg.DivisionByZeroError] * 2
        assert answers[2:] == [b"1,10", b"2,5"]
        assert asking.lane.running == 0

    async def test_lost_connections_are_nobodys_fault(self, grouping: Grouping, watch: Watch):
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(5, 6, 7)
        stopped = await watch.until_stopped(3)
        await watch.kill(stopped)

        async def again() -> bool:
            found = await watch.stopped()
            return len(found) == 3 and found.isdisjoint(stopped)

        await eventually(again)
        await watch.open_gate()
        assert await _answers([*first, *others]) == [-1, -2, 5, 6, 7]


class _Fragile:
    """A waiter that can't take it."""

    session = None

    def settle(self, *_: object) -> None:
        raise RuntimeError

    fail = settle


class TestTelling:
    @pytest.mark.parametrize("numbers", [(1, 2, 3), (0, 0, 0)])
    async def test_one_that_breaks_keeps_nobody_waiting(
        self, grouping: Grouping, numbers: Sequence[int]
    ):
        asking = Asking(grouping, RISKY)
        grouping.ask(asking.lane, (5,), _Fragile())
        tasks = asking.begin(*numbers)
        grouping.ask(asking.lane, (0,), _Fragile())
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks, return_exceptions=True)
        await eventually(lambda: asking.lane.running == 0)

    async def test_an_answer_that_makes_no_sense_is_a_failure(
        self, grouping: Grouping, readers: Noting, monkeypatch: pytest.MonkeyPatch
    ):
        async def nothing(*_: object) -> list[object]:
            return []

        monkeypatch.setattr(readers, "fetch", nothing)
        tasks = Asking(grouping, ECHO).begin(1, 2, 3)
        async with asyncio.timeout(10):
            found = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, Exception) for each in found)


class TestCancelled:
    async def test_leaves_the_others_alone(self, grouping: Grouping, readers: Noting, watch: Watch):
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(5, 5, 6, 7)
        await eventually(lambda: len(asking.lane.waiting) == 3 or len(readers.sent) == 3)
        others[0].cancel()
        others[2].cancel()
        await watch.until_stopped(3)
        others[3].cancel()
        await watch.open_gate()
        answers = await asyncio.gather(*first, *others, return_exceptions=True)
        kinds = [type(each) for each in answers]
        gone = asyncio.CancelledError
        assert kinds == [bytes, bytes, gone, bytes, gone, gone]
        assert asking.lane.running == 0
        assert await asking.ask(8) == b"8,"

    async def test_of_those_who_run(
        self, grouping: Grouping, watch: Watch, monkeypatch: pytest.MonkeyPatch
    ):
        """The statement ends without them; who waits for it goes on."""
        monkeypatch.setattr("app.core.graph.read.grouping._LONGEST_WAIT", 3600)
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        others = asking.begin(5, 6)
        await eventually(lambda: len(asking.lane.waiting) == 2)
        first[0].cancel()
        await watch.open_gate()
        assert await _answers([first[1], *others]) == [-2, 5, 6]
        with pytest.raises(asyncio.CancelledError):
            await first[0]
        assert asking.lane.running == 0

    async def test_of_all(self, grouping: Grouping, watch: Watch):
        asking = Asking(grouping, STOP)
        tasks = [*await _both_stopped(asking, watch), *asking.begin(5, 6)]
        await eventually(lambda: asking.lane.running == 3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await watch.open_gate()
        await eventually(lambda: asking.lane.running == 0)
        assert await asking.ask(8) == b"8,"


class TestFresh:
    @pytest.mark.parametrize("seed", range(3))
    async def test_a_read_sees_what_was_committed_before_it_was_sent(
        self, resources: Resources, grouping: Grouping, readers: Noting, seed: int
    ):
        rng, lane = Random(seed), Lane(SLOW)
        ana = await make_person(resources)
        keys = [(await make_course(resources, ana, timeline_weeks=0)).key for _ in range(3)]
        committed = dict.fromkeys(keys, 0)

        async def work(pool: Any) -> None:
            for _ in range(15):
                key = rng.choice(keys)
                if rng.random() < 0.2:
                    weeks = await pool.fetchval(_WRITE, key)
                    committed[key] = max(committed[key], weeks)
                least = committed[key]
                answer, _ = await grouping.run(lane, (key,), None)
                assert least <= int(answer.values[0].split(b",")[0])

        async with asyncpg.create_pool(resources.database.url, min_size=4, max_size=4) as pool:
            await asyncio.gather(*[work(pool) for _ in range(64)])
        assert sum(committed.values()) > 100
        # Many were answered together: else this would say nothing.
        assert len(readers.sent) < 64 * 15 / 2


class TestRights:
    async def test_each_session_has_its_own_version(
        self, resources: Resources, grouping: Grouping, watch: Watch, readers: Noting
    ):
        people = [await make_person(resources) for _ in range(10)]
        sessions = [person.viewer.auth_session_id for person in people]
        async with writing(resources) as session:
            for number, key in enumerate(sessions):
                await session.execute(
                    update(AuthSession)
                    .where(col(AuthSession.id) == key)
                    .values(rights_version=number + 20)
                )
        versions = {
            key: await watch.value("SELECT rights_version FROM auth_session WHERE id = $1", key)
            for key in sessions
        }
        asking = Asking(grouping, STOP)
        first = await _both_stopped(asking, watch)
        # Nobody, somebody unknown, two at the same number, and one twice.
        asked: list[tuple[int, UUID | None]] = [(9, None), (9, uuid4()), (3, sessions[3])]
        asked += [(number // 2, key) for number, key in enumerate(sessions)]
        tasks = [asyncio.create_task(grouping.run(asking.lane, (n,), key)) for n, key in asked]
        await watch.until_stopped(3)
        await watch.open_gate()
        answers = await asyncio.gather(*tasks)
        assert [version for _, version in answers] == [versions.get(key) for _, key in asked]
        assert [int(answer.values[0].split(b",")[0]) for answer, _ in answers] == [
            number for number, _ in asked
        ]
        assert len(readers.groups(STOP)) == 3
        await asyncio.gather(*first)

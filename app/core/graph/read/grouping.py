"""Requests for one plan that come together, or while a statement of it runs, share the next one.

A request never joins a statement that has started, so a read sees all that was committed before
it was sent. While the server has little to do nothing runs that one could wait for, and every
request has a statement of its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol
from uuid import UUID

from app.core.graph.read.emit import COUNTED, POISON
from app.core.graph.read.pool import Readers
from app.core.graph.read.statement import Statement
from app.core.logging import get_logger

# Statements of one plan that run side by side before the next request waits: of a quick one, the
# server spends more on sending it than the database on running it, so few are better; slow
# ones can use another core of the database.
_QUICK_SECONDS = 0.001
_SIDE_BY_SIDE = 2
# How much the newest statement says about how long they take.
_NEWS = 0.1
_MOST_TOGETHER = 64
# Fewer than these aren't many.
_FEW = 4
# So many who ask the same are many.
_SHARING = 1.2
_LONGEST_WAIT = 0.02

_COUNTED, _POISON = COUNTED.encode(), POISON.encode()

log = get_logger(__name__)

Parameters = tuple[Any, ...]


@dataclass(slots=True)
class Answer:
    """What a statement says to one tuple: the JSON of each column, what that cost together.

    `poisoned`: something in it is wrong, which only the ordinary execution can say. One tuple
    can be many requests': they share the object.
    """

    values: list[bytes]
    cost: int
    poisoned: bool
    # The values with the names that they are asked for by, once somebody has put it together.
    data: bytes | None = None

    @classmethod
    def of(cls, columns: Sequence[bytes]) -> "Answer":
        """Read from the columns of a row."""
        values, cost, poisoned = [], 0, False
        for each in columns:
            plain = each.replace(_COUNTED, b"")
            cost += len(each) - len(plain)
            poisoned |= _POISON in plain
            values.append(plain)
        return cls(values, cost, poisoned)


class Waiter(Protocol):
    """Who waits for an answer, on behalf of an auth session."""

    session: UUID | None

    def settle(self, answer: Answer, version: int | None) -> None:
        """The answer, and the version of the rights of the session."""

    def fail(self, error: Exception) -> None:
        """There is none."""


# Who is told what, and the version of their session's rights.
_Told = tuple[Waiter, "Answer | Exception", int | None]
# What is asked, and who asks it.
Group = Sequence[tuple[Parameters, list[Waiter]]]


@dataclass
class Lane:
    """What runs and waits of one plan."""

    statement: Statement
    running: int = 0
    # What it takes for a tuple, and how many ask for the same one.
    seconds: float = 0.0
    sharing: float = 1.0
    waiting: dict[Parameters, list[Waiter]] = field(default_factory=dict)
    # Whether answers have come that nobody was told yet.
    answering: bool = False
    # What starts the next statement, unless one that runs is done before.
    starting: asyncio.Handle | None = None

    @property
    def is_free(self) -> bool:
        """Whether one more statement may run at once."""
        return self.running < (_SIDE_BY_SIDE if self.is_slow and not self.is_shared else 1)

    @property
    def is_slow(self) -> bool:
        """Whether its statements take longer than sending them."""
        return self.seconds >= _QUICK_SECONDS

    @property
    def is_shared(self) -> bool:
        """Whether many ask the same: then it is worth more to wait for them than to hurry."""
        return self.sharing >= _SHARING

    def note(self, seconds: float, group: "Group") -> None:
        """A statement for a group has taken so long."""
        asking = sum(len(each) for _, each in group)
        self.seconds += _NEWS * (seconds / len(group) - self.seconds)
        self.sharing += _NEWS * (asking / len(group) - self.sharing)

    def take(self) -> Group:
        """Those who are next: they wait no more.

        If nothing runs and many come at once, they would all be answered at once, come again at
        once, and server, database and clients would wait for one another. So half of them go
        first, and the others while those are answered.
        """
        if self.starting is not None:
            self.starting.cancel()
            self.starting = None
        waiting = self.waiting
        count = len(waiting)
        together = self.is_slow and self.is_shared
        if together or self.running or self.answering or count < _FEW:
            self.waiting = {}
            return list(waiting.items())
        return [(each, waiting.pop(each)) for each in list(waiting)[: (count + 1) // 2]]


class Grouping:
    """Runs plans' statements."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, lane: Lane, parameters: Parameters, waiter: Waiter) -> None:
        """Have the waiter told the answer for one tuple of parameters."""
        if lane.statement.together is None:
            self._begin(lane, [(parameters, [waiter])])
            return
        waiting = lane.waiting
        known = waiting.get(parameters)
        if known is None:
            waiting[parameters] = [waiter]
        else:
            known.append(waiter)
        if lane.starting is None:
            loop = asyncio.get_running_loop()
            if lane.is_free:
                # Not now: what else has come by this turn of the loop goes along.
                lane.starting = loop.call_soon(self._start, lane)
            else:
                lane.starting = loop.call_later(_LONGEST_WAIT, self._start, lane)
        if len(waiting) >= _MOST_TOGETHER:
            self._start(lane)

    async def run(
        self, lane: Lane, parameters: Parameters, session: UUID | None
    ) -> tuple[Answer, int | None]:
        """The answer for one tuple, and the version of the rights of the session that asks."""
        told: asyncio.Future[tuple[Answer, int | None]] = asyncio.Future()
        self.ask(lane, parameters, _Awaiting(session, told))
        return await told

    def _start(self, lane: Lane) -> None:
        """Answer all that wait, with one statement."""
        group = lane.take()
        if group:
            self._begin(lane, group)
        if lane.waiting and lane.starting is None:
            loop = asyncio.get_running_loop()
            lane.starting = loop.call_later(_LONGEST_WAIT, self._start, lane)

    def _begin(self, lane: Lane, group: Group) -> None:
        lane.running += 1
        task = asyncio.get_running_loop().create_task(self._run(lane, group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, lane: Lane, group: Group) -> None:
        started = perf_counter()
        told: list[_Told] = []
        try:
            told = await self._answers(lane.statement, group)
        except Exception as error:  # noqa: BLE001 - nobody waits for what doesn't come
            told = [(waiter, error, None) for _, each in group for waiter in each]
        finally:
            lane.note(perf_counter() - started, group)
            lane.running -= 1
            lane.answering = True
            if lane.waiting:
                self._start(lane)
            # The next statement is on its way before anybody is told.
            asyncio.get_running_loop().call_soon(self._tell, lane, told)

    @staticmethod
    def _tell(lane: Lane, told: list[_Told]) -> None:
        lane.answering = False
        for waiter, answer, version in told:
            try:
                if isinstance(answer, Exception):
                    waiter.fail(answer)
                else:
                    waiter.settle(answer, version)
            except Exception:
                # Whatever is wrong with one, the others wait as well.
                log.exception("grouping.untold")

    async def _answers(self, statement: Statement, group: Group) -> list[_Told]:
        sessions = dict.fromkeys(
            waiter.session for _, each in group for waiter in each if waiter.session is not None
        )
        if statement.together is None or (len(group) == 1 and len(sessions) <= 1):
            return await self._one_by_one(statement, group)
        arrays = [list(each) for each in zip(*[asked for asked, _ in group], strict=True)]
        try:
            rows = await self._readers.fetch(statement.together, (*arrays, list(sessions)))
        except Exception:  # noqa: BLE001
            # One of them can be at fault; the others have nothing to do with it.
            return await self._one_by_one(statement, group)
        versions: dict[UUID | None, int] = dict(zip(sessions, rows[0][-1] or (), strict=True))
        told: list[_Told] = []
        for row, (_, each) in zip(rows, group, strict=True):
            answer = Answer.of(row[:-1])
            told += [(waiter, answer, versions.get(waiter.session)) for waiter in each]
        return told

    async def _one_by_one(self, statement: Statement, group: Group) -> list[_Told]:
        told: list[_Told] = []
        for parameters, each in group:
            for session in dict.fromkeys(waiter.session for waiter in each):
                asking = [waiter for waiter in each if waiter.session == session]
                answer: Answer | Exception
                try:
                    rows = await self._readers.fetch(statement.alone, (*parameters, session))
                    *columns, version = rows[0]
                    answer = Answer.of(columns)
                except Exception as error:  # noqa: BLE001 - it belongs to those who asked
                    answer, version = error, None
                told += [(waiter, answer, version) for waiter in asking]
        return told


@dataclass(slots=True)
class _Awaiting:
    """Somebody who awaits the answer, and may have gone since."""

    session: UUID | None
    told: asyncio.Future[tuple[Answer, int | None]]

    def settle(self, answer: Answer, version: int | None) -> None:
        if not self.told.done():
            self.told.set_result((answer, version))

    def fail(self, error: Exception) -> None:
        if not self.told.done():
            self.told.set_exception(error)

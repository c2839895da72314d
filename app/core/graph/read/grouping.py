"""Requests for one plan that arrive while a statement of it runs are answered by the next one.

A request never joins a statement that has started, so a read sees all that was committed before
it was sent. While the server has little to do nothing runs that one could wait for, and every
request has a statement of its own.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import UUID

from app.core.graph.read.pool import Readers
from app.core.graph.read.statement import Statement

# Statements of one plan that run side by side before the next request waits: of a quick one, the
# server spends more on sending it than the database on running it, so few are better; slow
# ones can use another core of the database.
_QUICK_SECONDS = 0.001
_SIDE_BY_SIDE = 2
# How much the newest statement says about how long they take.
_NEWS = 0.1
_MOST_TOGETHER = 64
_LONGEST_WAIT = 0.02

Parameters = tuple[Any, ...]


@dataclass
class Answer:
    """The columns of one tuple, and the version of the rights of the session that asked."""

    columns: Sequence[bytes]
    version: int | None


Waiters = dict[Parameters, list[tuple[UUID | None, asyncio.Future[Answer]]]]


@dataclass
class Lane:
    """What runs and waits of one plan."""

    statement: Statement
    running: int = 0
    seconds: float = 0.0
    waiting: Waiters = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None

    @property
    def is_free(self) -> bool:
        """Whether one more statement may run at once."""
        if not self.statement.groupable:
            return True
        return self.running < (1 if self.seconds < _QUICK_SECONDS else _SIDE_BY_SIDE)

    def note(self, seconds: float) -> None:
        """A statement for one tuple has taken so long."""
        self.seconds += _NEWS * (seconds - self.seconds)


class Grouping:
    """Runs plans' statements."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, lane: Lane, parameters: Parameters, session: UUID | None) -> Answer:
        """The answer for one tuple of parameters."""
        if lane.is_free:
            return await self._alone(lane, parameters, session)
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        lane.waiting.setdefault(parameters, []).append((session, waiter))
        if len(lane.waiting) >= _MOST_TOGETHER:
            self._start(lane)
        elif lane.timer is None:
            loop = asyncio.get_running_loop()
            lane.timer = loop.call_later(_LONGEST_WAIT, self._start, lane)
        return await waiter

    async def _alone(self, lane: Lane, parameters: Parameters, session: UUID | None) -> Answer:
        lane.running += 1
        started = perf_counter()
        try:
            rows = await self._readers.fetch(lane.statement.alone, (*parameters, session))
            lane.note(perf_counter() - started)
        finally:
            lane.running -= 1
            if lane.waiting:
                self._start(lane)
        *columns, version = rows[0]
        return Answer(columns, version)

    def _start(self, lane: Lane) -> None:
        """Answer all that wait, with one statement."""
        if lane.timer is not None:
            lane.timer.cancel()
            lane.timer = None
        waiters, lane.waiting = lane.waiting, {}
        if waiters:
            task = asyncio.create_task(self._together(lane, waiters))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _together(self, lane: Lane, waiters: Waiters) -> None:
        lane.running += 1
        try:
            await self._answer(lane.statement, waiters)
        finally:
            lane.running -= 1
            if lane.waiting:
                self._start(lane)

    async def _answer(self, statement: Statement, waiters: Waiters) -> None:
        sessions = dict.fromkeys(
            session for each in waiters.values() for session, _ in each if session is not None
        )
        if statement.together is None or (len(waiters) == 1 and len(sessions) <= 1):
            await self._one_by_one(statement, waiters)
            return
        arrays = [list(each) for each in zip(*waiters, strict=True)]
        try:
            rows = await self._readers.fetch(statement.together, (*arrays, list(sessions)))
        except Exception:  # noqa: BLE001
            # One of them can be at fault; the others have nothing to do with it.
            await self._one_by_one(statement, waiters)
            return
        versions: dict[UUID | None, int] = dict(zip(sessions, rows[0][-1] or (), strict=True))
        for row, each in zip(rows, waiters.values(), strict=True):
            for session, waiter in each:
                if not waiter.done():
                    waiter.set_result(Answer(row[:-1], versions.get(session)))

    async def _one_by_one(self, statement: Statement, waiters: Waiters) -> None:
        for parameters, each in waiters.items():
            for session in dict.fromkeys(session for session, _ in each):
                asking = [waiter for asked, waiter in each if asked == session]
                try:
                    rows = await self._readers.fetch(statement.alone, (*parameters, session))
                except Exception as error:  # noqa: BLE001 - it belongs to those who asked
                    for waiter in asking:
                        if not waiter.done():
                            waiter.set_exception(error)
                    continue
                *columns, version = rows[0]
                for waiter in asking:
                    if not waiter.done():
                        waiter.set_result(Answer(columns, version))

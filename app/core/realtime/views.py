"""A view: subscribers of a stream who want the same and may see the same.

What one of them is told is told to all of them, in the same bytes, made once. Events that come
while a statement runs are read together by the next one.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from app.core.graph.looking import Looked
from app.core.logging import get_logger
from app.core.metrics import LIVE_CATCH_UPS, LIVE_DELIVERIES, LIVE_EXECUTIONS
from app.core.realtime.selections import (
    UNWRITTEN,
    Found,
    Kind,
    Plan,
    Selection,
    Unwritten,
    session_of,
)
from app.core.realtime.streams import Step
from app.core.realtime.subscriber import Subscriber

if TYPE_CHECKING:
    from app.core.realtime.feeds import Feed

_MOST_STEPS = 64
# Events that may wait to be read; beyond them, subscribers catch up from the database.
_MOST_WAITING = 1000
# Who is no further behind than this catches up before others, so that nobody waits for those
# who have much to read.
_NEAR = 200
# Subscribers who are told before the loop goes round, so that others get their turn.
_TOLD_AT_ONCE = 250
_PAUSE = 0.2
# The database is away: nothing is wrong with what was asked.
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
)

log = get_logger(__name__)

# What is told of a step: to everybody; or by auth session, who is missing came too late for it.
Told = bytes | None | dict[UUID | None, bytes | None]


class View:
    """What its subscribers are told, event by event.

    `done` is the place up to which all that comes is told to those who are `present`: whoever
    is there, or further, can be present from now on; who isn't is `behind`, and catches up.
    """

    def __init__(self, feed: "Feed", selection: Selection, kind: Kind, looked: Looked) -> None:
        self.selection = selection
        self.looked = looked
        self.kind = kind
        self.done = feed.place
        self.present: dict[Subscriber, None] = {}
        self.behind: dict[Subscriber, None] = {}
        self._feed = feed
        self._waiting: deque[Step] = deque()
        self._telling: asyncio.Task[None] | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._before, self._after = selection.around

    def add(self, subscriber: Subscriber) -> None:
        """Tell a subscriber all that comes after its place."""
        subscriber.view = self
        if subscriber.place >= self.done:
            self.present[subscriber] = None
            return
        self.behind[subscriber] = None
        if self._catching_up is None:
            self._catching_up = self._run(self._catch_up())

    def remove(self, subscriber: Subscriber) -> None:
        """Tell it no more."""
        subscriber.view = None
        self._feed.admission.went()
        self.present.pop(subscriber, None)
        self.behind.pop(subscriber, None)
        if not self.present and not self.behind:
            self._feed.forget(self)

    def push(self, step: Step) -> None:
        """The next step of the stream."""
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
        self._waiting.append(step)
        if self._telling is None:
            self._telling = self._run(self._tell())

    def close(self) -> None:
        """Stop what runs."""
        for task in (self._telling, self._catching_up):
            if task is not None:
                task.cancel()

    def _run(self, work: Any) -> asyncio.Task[None]:
        return asyncio.create_task(work, name=f"view of {self._feed.stream}")

    async def _tell(self) -> None:
        """Tell those who are present what waits, as long as something does."""
        while self._waiting:
            steps = [step for step, _ in zip(self._waiting, range(_MOST_STEPS), strict=False)]
            try:
                told = await self._read(steps, self.present)
                for step, each in zip(steps, told, strict=True):
                    await self._feed.admission.freshen()
                    # Whoever comes from here on has to have had it, or to catch up.
                    self.done = max(self.done, step.end)
                    await self._hand_out(step, each, list(self.present))
                    self._feed.admission.foresee()
                    if self._waiting and self._waiting[0] is step:
                        self._waiting.popleft()
            except Exception as error:  # noqa: BLE001 - the database will be back
                await self._wait_after(error)
        self._telling = None

    async def _catch_up(self) -> None:
        """Let those who are behind read what they missed, together with others at their place."""
        while self.behind:
            places = {each.place for each in self.behind}
            near = [each for each in places if each >= self.done - _NEAR]
            place = min(near or places)
            those = [each for each in self.behind if each.place == place]
            if place >= self.done:
                for each in those:
                    del self.behind[each]
                    self.present[each] = None
                continue
            # No further than where others wait, to go on with them.
            until = min([each for each in places if each > place], default=None)
            try:
                await self._catch_up_from(place, until, those)
            except Exception as error:  # noqa: BLE001 - the database will be back
                await self._wait_after(error)
        self._catching_up = None

    async def _catch_up_from(self, place: int, until: int | None, those: list[Subscriber]) -> None:
        LIVE_CATCH_UPS.inc()
        steps = await self._feed.after(place)
        if not steps:
            # There is nothing, though the stream is further: none of it is kept any more.
            steps = [Step(place, self.done)]
        if until is not None:
            steps = [step for step in steps if step.start < until]
        for first in range(0, len(steps), _MOST_STEPS):
            batch = steps[first : first + _MOST_STEPS]
            told = await self._read(batch, those)
            for step, each in zip(batch, told, strict=True):
                await self._feed.admission.freshen()
                await self._hand_out(step, each, those)

    async def _wait_after(self, error: Exception) -> None:
        away = isinstance(error, _AWAY)
        log.warning("live.waiting", stream=self._feed.stream, error=repr(error), exc_info=not away)
        await asyncio.sleep(_PAUSE)

    async def _hand_out(self, step: Step, told: Told, those: Sequence[Subscriber]) -> None:
        """Tell subscribers a step; who isn't where it begins has had it, or missed something."""
        for first in range(0, len(those), _TOLD_AT_ONCE):
            if first:
                await asyncio.sleep(0)
                await self._feed.admission.freshen()
            self._hand_to(step, told, those[first : first + _TOLD_AT_ONCE])

    def _hand_to(self, step: Step, told: Told, those: Sequence[Subscriber]) -> None:
        start, end, personal = step.start, step.end, isinstance(told, dict)
        count = 0
        for each in those:
            if each.view is not self:
                continue
            if each.place != start:
                if each.place < end:
                    self._fall_behind(each)
                continue
            result = _of(told, each) if personal else told
            if result is _MISSED:
                self._fall_behind(each)
                continue
            each.place = end
            if result is not None:
                count += 1
                self._hand(each, result)
        LIVE_DELIVERIES.inc(count)
        if step.last:
            for each in those:
                if each.view is self and each.place == end:
                    self._feed.complete(each)

    def _hand(self, subscriber: Subscriber, result: Any) -> None:
        try:
            subscriber.sink.next(result)
        except Exception:
            log.exception("live.sink_failed", stream=self._feed.stream)
            subscriber.leave()

    async def _read(self, steps: Sequence[Step], those: Collection[Subscriber]) -> list[Told]:
        """What is told of each step to these subscribers."""
        told: list[Told] = [{} for _ in steps]
        if not those:
            return told
        by_type: dict[type, list[int]] = {}
        for place, step in enumerate(steps):
            if step.event is None:
                told[place] = None
            else:
                by_type.setdefault(type(step.event), []).append(place)
        reading = [self._read_type(steps, places, those, told) for places in by_type.values()]
        await asyncio.gather(*reading)
        return told

    async def _read_type(
        self,
        steps: Sequence[Step],
        places: Sequence[int],
        those: Collection[Subscriber],
        told: list[Told],
    ) -> None:
        """Read the events of one type, for everybody or for each auth session."""
        plan = self.kind.plans[type(steps[places[0]].event)]
        open_to_all = [place for place in places if steps[place].to is None]
        events = [steps[place].event for place in open_to_all]
        if plan.personal:
            sessions = _sessions(those)
            found = await self._found(plan, events, list(sessions.values()))
            for place, results in zip(open_to_all, found, strict=True):
                # Those who are told the same are handed the same bytes.
                same: dict[bytes | None, bytes | None] = {}
                told[place] = {
                    session: same.setdefault(each, each)
                    for session, each in zip(sessions, results, strict=True)
                }
        else:
            found = await self._found(plan, events, [next(iter(those))])
            for place, results in zip(open_to_all, found, strict=True):
                told[place] = results[0]
        for place in places:
            to = steps[place].to
            if to is not None:
                told[place] = await self._found_for(plan, steps[place].event, to, those)

    async def _found_for(
        self, plan: Plan, event: Any, to: UUID, those: Collection[Subscriber]
    ) -> dict[UUID | None, bytes | None]:
        """What is told of an event that is one user's affair."""
        sessions = _sessions(those)
        theirs = [session for session, each in sessions.items() if _is_user(each, to)]
        told: dict[UUID | None, bytes | None] = dict.fromkeys(sessions)
        [found] = await self._found(plan, [event], [sessions[each] for each in theirs])
        return told | dict(zip(theirs, found, strict=True))

    async def _found(
        self, plan: Plan, events: Sequence[Any], those: Sequence[Subscriber]
    ) -> list[list[bytes | None]]:
        """What each of the subscribers is told of each event, by one statement if that can be."""
        readers, arguments = self._feed.resources.readers, self.looked.arguments
        viewers = [each.viewer for each in those]
        found: list[list[Found]]
        try:
            found = await plan.read(readers, arguments, events, viewers)
        except _AWAY:
            raise
        except Exception:
            log.exception("live.statement_failed", stream=self._feed.stream)
            found = [[UNWRITTEN] * len(viewers) for _ in events]
        return [
            [
                await self._written(event, subscriber, each)
                for subscriber, each in zip(those, results, strict=True)
            ]
            for event, results in zip(events, found, strict=True)
        ]

    async def _written(self, event: Any, subscriber: Subscriber, found: Found) -> bytes | None:
        """The result as it is told; what no statement could say, the ordinary execution does."""
        if isinstance(found, Unwritten):
            LIVE_EXECUTIONS.inc()
            context = subscriber.context.fresh()
            return (await context.executor.event(self.looked, context, event)).body()
        return None if found is None else self._before + found + self._after

    def _fall_behind(self, subscriber: Subscriber) -> None:
        if subscriber in self.present:
            del self.present[subscriber]
            self.behind[subscriber] = None
            if self._catching_up is None:
                self._catching_up = self._run(self._catch_up())


class _Missed:
    """Said of what a subscriber came too late for."""


_MISSED = _Missed()


def _of(told: Any, subscriber: Subscriber) -> Any:
    return told.get(session_of(subscriber.viewer), _MISSED)


def _sessions(those: Iterable[Subscriber]) -> dict[UUID | None, Subscriber]:
    """One subscriber of each auth session."""
    return {session_of(each.viewer): each for each in those}


def _is_user(subscriber: Subscriber, user: UUID) -> bool:
    viewer = subscriber.viewer
    return viewer is not None and viewer.user_id == user

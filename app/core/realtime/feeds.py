"""A feed: one stream of events in one process, in order and without a gap, for all who follow.

It hears what is published, and knows the place of the last event that it passed on. What comes
twice it passes over; where a number is missing, or after the hub was away, it reads from the
database. Its subscribers are those of its views; who comes is admitted first.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from app.core.errors import Missing, RequestError
from app.core.events import Envelope
from app.core.graph.looking import Looked
from app.core.logging import get_logger
from app.core.metrics import LIVE_SUBSCRIBERS
from app.core.realtime.admission import YES, Admission, Questions
from app.core.realtime.declare import Following
from app.core.realtime.hub import Gap
from app.core.realtime.selections import Selection, session_of
from app.core.realtime.streams import EventLog, Log, Step, place_of
from app.core.realtime.subscriber import Subscriber
from app.core.realtime.texts import TextLog
from app.core.realtime.views import View

if TYPE_CHECKING:
    from app.core.realtime.live import Live

# Steps that are kept, so that who was away for a moment needs no reading.
_RECENT = 256
# What may be heard and not yet passed on, while the database is read.
_MOST_HEARD = 1000
# How often the rights of a session may change while somebody is let in.
_MOST_CHANGES = 10
_PAUSE = 0.2

log = get_logger(__name__)


class Feed:
    """One subscription's events of one stream."""

    def __init__(
        self,
        live: "Live",
        following: Following,
        stream: str,
        arguments: Mapping[str, UUID],
        questions: Questions,
    ) -> None:
        self.resources = live.resources
        self.stream = stream
        self.place = 0
        self.admission = Admission(self.resources.readers, questions, arguments, self)
        self._live = live
        self._following = following
        self._arguments = arguments
        self._questions = questions
        self._log: Log
        if following.text is None:
            self._log = EventLog(self.resources, stream, following.told)
        else:
            self._log = TextLog(self.resources, stream, following.text, arguments)
        self._views: dict[tuple[object, ...], View] = {}
        self._users = 0
        self._heard: deque[Envelope | Gap] = deque()
        self._woken = asyncio.Event()
        # Of a text, who comes late is told in one piece what there is.
        self._recent: deque[Step] = deque(maxlen=0 if following.text else _RECENT)
        self._ready = asyncio.Event()
        self._running = asyncio.create_task(self._run(), name=f"feed of {stream}")

    # Who comes and goes.

    def acquire(self, subscriber: Subscriber) -> None:
        """Stay, for this one is coming."""
        self._users += 1
        LIVE_SUBSCRIBERS.inc()
        subscriber.feed = self

    def release(self) -> None:
        """Somebody has gone; without anybody there is no feed."""
        self._users -= 1
        LIVE_SUBSCRIBERS.dec()
        if self._users == 0:
            self._live.forget(self)
            self.close()

    def close(self) -> None:
        """Stop. Who is still there is told nothing more."""
        self._running.cancel()
        for view in self._views.values():
            view.close()

    def forget(self, view: View) -> None:
        """A view without anybody is no view."""
        view.close()
        for key, each in self._views.items():
            if each is view:
                del self._views[key]
                return

    async def join(
        self, subscriber: Subscriber, selection: Selection, looked: Looked, after: str | None
    ) -> None:
        """Let somebody in, who is then told what follows. A `RequestError` says why not."""
        await self._ready.wait()
        asked_at, last = await self._admit(subscriber)
        if subscriber.place < 0:
            place = place_of(self.stream, after) if after is not None else None
            subscriber.place = await self._log.begin(place, last)
        self._view(subscriber, selection, looked).add(subscriber)
        self.admission.came(asked_at)
        viewer, where = subscriber.viewer, self._following.place(self.stream)
        if where is not None and viewer is not None and subscriber.disappear is None:
            subscriber.disappear = self.resources.presence.enter(where, viewer.key)

    async def _admit(self, subscriber: Subscriber) -> tuple[float, int]:
        """When the database was asked about this one, and the stream's last number."""
        context, clock = subscriber.context, asyncio.get_running_loop().time
        for _ in range(_MOST_CHANGES):
            known = context.known
            self._following.access.check(context.viewer, context.token_problem)
            question = self._questions.of(context.viewer, self._arguments)
            parameters = question.parameters(self.stream, self._arguments, context.viewer)
            asked_at, session = clock(), session_of(context.viewer)
            answer, version = await self._live.grouping.run(question.lane, parameters, session)
            if known is None or version == known.version:
                admitted, last = answer.values
                if admitted != YES:
                    raise Missing
                subscriber.known = known
                return asked_at, int(last)
            await self._live.renew(context, known)
        raise AssertionError("the rights of a session change all the time")

    def _view(self, subscriber: Subscriber, selection: Selection, looked: Looked) -> View:
        kind = selection.kind_of(subscriber.viewer, looked.arguments)
        key = (id(selection), id(kind), selection.wanted(looked))
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = View(self, selection, kind, looked)
        return view

    # What the admission finds out.

    def subscribers(self) -> Iterable[Subscriber]:
        """All who are told, or catch up."""
        for view in self._views.values():
            yield from view.present
            yield from view.behind

    def complete(self, subscriber: Subscriber) -> None:
        """Nothing follows for this one."""
        subscriber.leave()
        try:
            subscriber.sink.complete()
        except Exception:
            log.exception("live.sink_failed", stream=self.stream)

    def dismiss(self, subscriber: Subscriber) -> None:
        """They may listen no more."""
        self.complete(subscriber)

    def doubt(self, subscriber: Subscriber) -> None:
        """What they may do has changed: they are let in anew, or not."""
        view = subscriber.view
        if view is not None:
            view.remove(subscriber)
            subscriber.task = asyncio.create_task(self._let_in_again(subscriber, view))

    async def _let_in_again(self, subscriber: Subscriber, view: View) -> None:
        known = subscriber.known
        while True:
            try:
                if known is not None:
                    await self._live.renew(subscriber.context, known)
                await self.join(subscriber, view.selection, view.looked, None)
            except RequestError:
                subscriber.task = None
                self.complete(subscriber)
                return
            except Exception as error:  # noqa: BLE001 - the database will be back
                log.warning("live.waiting", stream=self.stream, error=repr(error))
                await asyncio.sleep(_PAUSE)
            else:
                subscriber.task = None
                return

    # What happens.

    async def after(self, place: int) -> list[Step]:
        """The next steps from a place: those that are kept, or as they are read."""
        found: list[Step] = []
        for step in reversed(self._recent):
            if step.end <= place:
                break
            found.append(step)
        if found and found[-1].start == place:
            return found[::-1]
        return await self._log.after(place)

    def _hear(self, item: Envelope | Gap) -> None:
        if len(self._heard) >= _MOST_HEARD:
            self._heard.clear()
            item = Gap()
        self._heard.append(item)
        self._woken.set()

    async def _run(self) -> None:
        """Be where the stream is, then listen; who comes from then on misses nothing."""
        while not self._ready.is_set():
            try:
                self.place = await self._log.now()
                self._ready.set()
            except Exception as error:  # noqa: BLE001 - it will be back
                await self._wait_after(error)
        async with self._live.hub.listen(self.stream, self._hear):
            # What happened before Redis knew that this process listens.
            self._hear(Gap())
            while True:
                await self._woken.wait()
                self._woken.clear()
                while self._heard:
                    await self._take(self._heard.popleft())

    async def _take(self, item: Envelope | Gap) -> None:
        steps = self._heard_as(item)
        if steps is not None:
            self._pass_on(steps)
            return
        while True:
            try:
                steps = await self._log.after(self.place)
            except Exception as error:  # noqa: BLE001 - it will be back
                await self._wait_after(error)
                continue
            if not steps:
                return
            self._pass_on(steps)

    def _heard_as(self, item: Envelope | Gap) -> list[Step] | None:
        """The steps that an item brings; None if they have to be read."""
        if isinstance(item, Gap):
            return None
        try:
            return self._log.hear(item, self.place)
        except Exception:
            log.exception("live.unheard", stream=self.stream)
            return None

    def _pass_on(self, steps: list[Step]) -> None:
        for step in steps:
            self.place = step.end
            if step.start < step.end:
                self._recent.append(step)
            if step.changes_members:
                self.admission.expire()
            for view in self._views.values():
                view.push(step)

    async def _wait_after(self, error: Exception) -> None:
        log.warning("live.waiting", stream=self.stream, error=repr(error))
        await asyncio.sleep(_PAUSE)

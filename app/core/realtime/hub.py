"""One hub per process between Redis and the subscribers.

It owns broadcaster and makes good what that lacks: one subscription per channel whoever
comes first, queues with a bound, and a watch that notices a lost backend, connects again
and tells every listener that it may have missed something.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from broadcaster import Broadcast
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.errors import Overloaded
from app.core.events import Envelope, TransientEvent
from app.core.ids import new_id
from app.core.logging import get_logger
from app.core.metrics import HUB_RECONNECTS, LISTENERS

_QUEUE = 1024
_PULSE = 1.0
_SILENCE = 4.0

log = get_logger(__name__)


class Gap:
    """Told to a listener after the hub was away: read the database for what was missed."""


class Listener:
    """What one subscriber hears of one channel."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Envelope | Gap] = asyncio.Queue(_QUEUE)
        self._overflowed = False

    def offer(self, item: Envelope | Gap) -> None:
        """Queue an item, or mark the listener as too slow."""
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            self._overflowed = True

    def __aiter__(self) -> "Listener":
        return self

    async def __anext__(self) -> Envelope | Gap:
        if self._overflowed:
            raise Overloaded
        return await self._queue.get()


class _Channel:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.ready = asyncio.Event()
        self.pump: asyncio.Task[None] | None = None


class Hub:
    """Subscribes once per channel and hands every envelope to the channel's listeners."""

    def __init__(self, redis: Redis, url: str) -> None:
        self._redis = redis
        self._url = url
        self._channels: dict[str, _Channel] = {}
        self._broadcast: Broadcast | None = None
        self._pulse = f"pulse:{new_id()}"
        self._heard = 0.0
        self._watch: asyncio.Task[None] | None = None
        self._pulses: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Connect, and watch the connection from now on."""
        await self._connect()
        self._watch = asyncio.create_task(self._keep_alive(), name="hub-watch")

    async def stop(self) -> None:
        """Stop watching and let go of the backend."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        await self._disconnect()

    @asynccontextmanager
    async def listen(self, name: str) -> AsyncIterator[Listener]:
        """Hear a channel from the moment the block begins."""
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = _Channel()
            self._start_pump(name, channel, gap=False)
        listener = Listener()
        channel.listeners.add(listener)
        LISTENERS.inc()
        try:
            await channel.ready.wait()
            yield listener
        finally:
            LISTENERS.dec()
            channel.listeners.discard(listener)
            if not channel.listeners and self._channels.get(name) is channel:
                del self._channels[name]
                if channel.pump is not None:
                    channel.pump.cancel()

    async def tell(self, event: TransientEvent) -> None:
        """Publish an event that isn't kept. Without Redis nobody hears it."""
        try:
            await self.publish(Envelope.of(event))
        except RedisError as error:
            log.warning("hub.untold", kind=event.kind, error=str(error))

    async def publish(self, envelope: Envelope) -> None:
        """Send an envelope to every process that listens to its stream."""
        await self._redis.publish(envelope.stream, envelope.model_dump_json())

    def _start_pump(self, name: str, channel: _Channel, *, gap: bool) -> None:
        if channel.pump is not None:
            # One that was made while the backend was away would tell everything a second time.
            channel.pump.cancel()
        channel.ready.clear()
        channel.pump = asyncio.create_task(self._pump(name, channel, gap), name=f"hub:{name}")

    async def _pump(self, name: str, channel: _Channel, gap: bool) -> None:
        while self._broadcast is None:
            await asyncio.sleep(_PULSE / 10)
        subscription = self._broadcast.subscribe(name)
        # Broadcaster loses a subscriber when two come to a channel at the same time.
        async with self._turn:
            subscriber = await subscription.__aenter__()
        try:
            channel.ready.set()
            if gap:
                self._offer(channel, Gap())
            while True:
                message = (await subscriber.get()).message
                try:
                    self._offer(channel, Envelope.model_validate_json(message))
                except ValidationError as error:
                    log.error("hub.garbage", channel=name, error=str(error))
        finally:
            async with self._turn:
                await subscription.__aexit__(None, None, None)

    @staticmethod
    def _offer(channel: _Channel, item: Envelope | Gap) -> None:
        for listener in channel.listeners:
            listener.offer(item)

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_PULSE)
            with suppress(RedisError, OSError):
                await self._redis.publish(self._pulse, b"1")
            if loop.time() - self._heard < _SILENCE:
                continue
            log.warning("hub.lost")
            try:
                await self._disconnect()
                await self._connect()
            except (RedisError, OSError) as error:
                log.warning("hub.unreachable", error=str(error))
                continue
            HUB_RECONNECTS.inc()
            log.info("hub.reconnected", channels=len(self._channels))

    async def _connect(self) -> None:
        broadcast = Broadcast(self._url)
        await broadcast.connect()
        self._broadcast = broadcast
        self._heard = asyncio.get_running_loop().time()
        self._pulses = asyncio.create_task(self._hear_pulses(broadcast), name="hub-pulses")
        for name, channel in self._channels.items():
            self._start_pump(name, channel, gap=True)

    async def _hear_pulses(self, broadcast: Broadcast) -> None:
        loop = asyncio.get_running_loop()
        async with broadcast.subscribe(self._pulse) as subscriber:
            while True:
                await subscriber.get()
                self._heard = loop.time()

    async def _disconnect(self) -> None:
        broadcast, self._broadcast = self._broadcast, None
        tasks: list[asyncio.Task[Any]] = [
            channel.pump for channel in self._channels.values() if channel.pump is not None
        ]
        if self._pulses is not None:
            tasks.append(self._pulses)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if broadcast is not None:
            # A listener that died with Redis raises its own error here; it is gone either way.
            with suppress(RedisError, OSError, asyncio.CancelledError):
                await broadcast.disconnect()

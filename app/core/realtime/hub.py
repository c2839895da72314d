"""One hub per process between Redis and those who listen.

It holds one connection, subscribes to a channel once however many listen to it, and hands them
every envelope. When it loses the connection it makes another, subscribes to everything anew,
and tells each listener that it may have missed something.

The connection is redis-py's, without its PubSub: that connects and subscribes again by itself
whenever it reads or writes, and nobody would learn that something was missed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import uniform

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from app.core.events import Envelope, TransientEvent
from app.core.logging import get_logger
from app.core.metrics import HUB_RECONNECTS, LISTENERS

# Seconds between two pings, and how many may pass in silence: a connection that hangs is
# noticed within three seconds.
_PULSE = 0.75
_SILENT_PULSES = 3
_CONNECT_SECONDS = 2.0
_SHORTEST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
# A connection that lived longer than this was no failed attempt.
_SOUND_SECONDS = 5.0

log = get_logger(__name__)


class Gap:
    """Told to a listener after the hub was away: read the database for what was missed."""


Hear = Callable[[Envelope | Gap], None]


class _Channel:
    """Who wants a channel, and what Redis knows of it.

    While a command is unanswered (`asking`) no other is sent, so that an answer always belongs
    to the last one; `ready` is set from the moment the subscription is confirmed until it is
    given up or lost.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.users = 0
        self.listeners: dict[object, Hear] = {}
        self.asking = False
        self.ready = asyncio.Event()

    @property
    def settled(self) -> bool:
        """Whether Redis has been told what there is to tell."""
        return self.asking or self.ready.is_set() == (self.users > 0)


class Hub:
    """Subscribes once per channel and hands every envelope to the channel's listeners."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._channels: dict[str, _Channel] = {}
        # What the writer has to do: channels that aren't settled, and a ping.
        self._due: set[_Channel] = set()
        self._ping_due = False
        self._changed = asyncio.Event()
        self._heard = False
        self._was_connected = False
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be connected from now on, as soon as Redis can be reached."""
        self._running = asyncio.create_task(self._run(), name="hub")

    async def stop(self) -> None:
        """Let go of the connection. Who still listens hears no more."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    @asynccontextmanager
    async def listen(self, channel: str, hear: Hear) -> AsyncIterator[None]:
        """Hear a channel from the moment the block begins until it ends.

        `hear` is called with each envelope, in order, and with a `Gap` when some may have been
        missed; it must neither block nor raise. Waits for Redis as long as that takes.
        """
        wanted = self._channels.setdefault(channel, _Channel(channel))
        wanted.users += 1
        self._settle(wanted)
        listener = object()
        LISTENERS.inc()
        try:
            while not wanted.ready.is_set():
                await wanted.ready.wait()
            wanted.listeners[listener] = hear
            yield
        finally:
            LISTENERS.dec()
            wanted.listeners.pop(listener, None)
            wanted.users -= 1
            self._settle(wanted)

    async def tell(self, event: TransientEvent) -> None:
        """Publish an event that isn't kept. Without Redis nobody hears it."""
        try:
            await self.publish(Envelope.of(event))
        except RedisError as error:
            log.warning("hub.untold", kind=event.kind, error=str(error))

    async def publish(self, envelope: Envelope) -> None:
        """Send an envelope to every process that listens to its stream."""
        await self._redis.publish(envelope.stream, envelope.model_dump_json())

    def _settle(self, channel: _Channel) -> None:
        if not channel.settled:
            self._due.add(channel)
            self._changed.set()
        elif not channel.users and not channel.asking:
            del self._channels[channel.name]

    async def _run(self) -> None:
        """Connect, serve the connection until it is lost, and begin again."""
        loop = asyncio.get_running_loop()
        pause = _SHORTEST_PAUSE
        while True:
            began = loop.time()
            # One that was lost is never used again: it would connect by itself.
            connection = self._redis.connection_pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                await self._serve(connection)
            except Exception as error:  # noqa: BLE001 - whatever it was, the hub comes back
                log.warning("hub.lost", error=str(error))
            finally:
                self._forget()
                await connection.disconnect(nowait=True)
            pause = min(2 * pause, _LONGEST_PAUSE)
            if loop.time() - began > _SOUND_SECONDS:
                pause = _SHORTEST_PAUSE
            # Many processes lose the same Redis: they don't all come back at the same time.
            await asyncio.sleep(uniform(pause / 2, pause))  # noqa: S311 - nothing secret

    async def _serve(self, connection: AbstractConnection) -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await connection.connect()  # type: ignore[no-untyped-call]
        if self._was_connected:
            HUB_RECONNECTS.inc()
            log.info("hub.reconnected", channels=len(self._channels))
        self._was_connected = True
        parts = (self._read(connection), self._write(connection), self._watch())
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            # Not a task group, which before Python 3.13 forgets that it was cancelled when a
            # task of its fails at the same time.
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self) -> None:
        """Nothing is subscribed any more, and everything that somebody wants is due."""
        for channel in list(self._channels.values()):
            channel.asking = False
            channel.ready.clear()
            self._settle(channel)

    async def _watch(self) -> None:
        """Raise when Redis is silent. Pulses are counted, not seconds: this process may sleep."""
        silent = 0
        while silent < _SILENT_PULSES:
            self._heard = False
            self._ping_due = True
            self._changed.set()
            await asyncio.sleep(_PULSE)
            silent = 0 if self._heard else silent + 1
        raise RedisConnectionError("Redis is silent.")

    async def _write(self, connection: AbstractConnection) -> None:
        """Send what is due, all that came in the meantime at once."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            commands = [*self._commands()]
            if not connection.is_connected:
                raise RedisConnectionError("The connection is closed.")
            await connection.send_packed_command(
                connection.pack_commands(commands), check_health=False
            )

    def _commands(self) -> list[tuple[str, ...]]:
        due, self._due = [channel for channel in self._due if not channel.settled], set()
        wanted = [channel.name for channel in due if channel.users]
        unwanted = [channel.name for channel in due if not channel.users]
        for channel in due:
            channel.asking = True
            channel.ready.clear()
        commands: list[tuple[str, ...]] = []
        if wanted:
            commands.append(("SUBSCRIBE", *wanted))
        if unwanted:
            commands.append(("UNSUBSCRIBE", *unwanted))
        if self._ping_due:
            self._ping_due = False
            commands.append(("PING",))
        return commands

    async def _read(self, connection: AbstractConnection) -> None:
        while True:
            answer = await connection.read_response(disconnect_on_error=False, push_request=True)
            self._heard = True
            match answer:
                case [b"message", name, data]:
                    self._deliver(name.decode(), data)
                case [b"subscribe" | b"unsubscribe" as kind, name, _]:
                    self._confirm(self._channels[name.decode()], ready=kind == b"subscribe")

    def _confirm(self, channel: _Channel, *, ready: bool) -> None:
        channel.asking = False
        if ready:
            channel.ready.set()
            # Who listened before the confirmation did so on a connection that was lost.
            self._tell(channel, Gap())
        self._settle(channel)

    def _deliver(self, name: str, data: bytes) -> None:
        channel = self._channels.get(name)
        if channel is None or not channel.listeners:
            return
        try:
            envelope = Envelope.model_validate_json(data)
        except ValidationError as error:
            reasons = [each["msg"] for each in error.errors(include_input=False)]
            log.error("hub.garbage", channel=name, errors=reasons)
            return
        self._tell(channel, envelope)

    @staticmethod
    def _tell(channel: _Channel, item: Envelope | Gap) -> None:
        for hear in tuple(channel.listeners.values()):
            try:
                hear(item)
            except Exception:
                log.exception("hub.listener_failed", channel=channel.name)

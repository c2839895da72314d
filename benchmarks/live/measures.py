"""What is measured of one server with one crowd."""

import asyncio
from time import monotonic_ns

import numpy as np

from benchmarks.live.crowd import Crowd
from benchmarks.live.publisher import Publisher
from benchmarks.live.servers import Server
from benchmarks.processes import cpu_seconds, memory_mb

# Events that may be under way when a server is given as many as it can take.
_WINDOW = 20
# How long what was sent may take to be delivered, when no more is sent.
GRACE_SECONDS = 10.0
# For this long nothing may be delivered before a trial event is taken for lost.
_STILL_SECONDS = 1.0
_TRIES = 20
_LOOK_SECONDS = 0.02
_SETTLE_SECONDS = 1.0
_SECOND = 1e9
_MILLISECOND = 1e6
_MICROSECONDS = 1e6

# By name, with its unit as the name's end.
Figures = dict[str, float]


class Measure:
    """One server, one crowd, and who sends messages to them."""

    def __init__(self, server: Server, crowd: Crowd, publisher: Publisher) -> None:
        self._server = server
        self._crowd = crowd
        self._publisher = publisher

    async def join(self) -> Figures:
        """Connect and subscribe all sockets."""
        cpu, started = self._cpu(), monotonic_ns()
        await self._crowd.join()
        joined = await self._try_out()
        return {
            "connects_per_second": self._crowd.size / (joined - started) * _SECOND,
            "connect_cpu_ms": (self._cpu() - cpu) / self._crowd.size * 1000,
        }

    async def grow(self) -> Figures:
        """Connect all sockets, then subscribe them, and watch the server's memory."""
        await asyncio.sleep(_SETTLE_SECONDS)
        cpu, before, started = self._cpu(), memory_mb(self._server.pid), monotonic_ns()
        acknowledged = await self._crowd.open()
        await asyncio.sleep(_SETTLE_SECONDS)
        connected, resumed = memory_mb(self._server.pid), monotonic_ns()
        await self._crowd.subscribe()
        lasted = acknowledged - started + await self._try_out() - resumed
        await asyncio.sleep(_SETTLE_SECONDS)
        subscribed = memory_mb(self._server.pid)
        size = self._crowd.size
        return {
            "connects_per_second": size / lasted * _SECOND,
            "connect_cpu_ms": (self._cpu() - cpu) / size * 1000,
            "connected_kb": (connected - before) / size * 1024,
            "subscribed_kb": (subscribed - before) / size * 1024,
        }

    async def saturate(self, seconds: float) -> Figures:
        """Send as fast as it is delivered."""
        crowd, before = self._crowd, self._crowd.events
        cpu, own = self._cpu(), cpu_seconds(self._crowd.pid)
        start = await crowd.count()
        sent = 0
        while monotonic_ns() < start.time + seconds * _SECOND:
            free = _WINDOW - sent + (crowd.events - before)
            if free > 0:
                await self._publisher.send(free, [self._server.wire])
                sent += free
            else:
                await self._told(before + sent - _WINDOW + 1)
        end = await crowd.count()
        cpu, own = self._cpu() - cpu, cpu_seconds(crowd.pid) - own
        await self._told(before + sent)
        count = end.deliveries - start.deliveries
        return {
            "deliveries_per_second": count / (end.time - start.time) * _SECOND,
            "cpu_us": cpu / count * _MICROSECONDS,
            "client_cpu_us": own / count * _MICROSECONDS,
        }

    async def pace(self, events_per_second: float, seconds: float) -> Figures:
        """Send at a steady rate; what isn't delivered in the end counts as late as it is then."""
        crowd, publisher = self._crowd, self._publisher
        before, first = crowd.events, len(publisher.published)
        count = round(events_per_second * seconds)
        loop = asyncio.get_running_loop()
        start = loop.time()
        crowd.sample()
        for number in range(count):
            await asyncio.sleep(start + number / events_per_second - loop.time())
            await publisher.send(1, [self._server.wire])
        await crowd.told(before + count, GRACE_SECONDS)
        numbers, times = await crowd.samples()
        published = np.array(publisher.published[first:])
        lacking = crowd.size - np.bincount(numbers - first, minlength=count)
        late = np.repeat(monotonic_ns() - published, lacking)
        latencies = np.concatenate((times - published[numbers - first], late)) / _MILLISECOND
        return {
            "p50_ms": float(np.percentile(latencies, 50)),
            "p99_ms": float(np.percentile(latencies, 99)),
            "undelivered": float(lacking.sum() / crowd.size / count),
        }

    async def _try_out(self) -> int:
        """Send events until one reaches every socket; says when that was sent."""
        for _ in range(_TRIES):
            before = (await self._crowd.count()).deliveries
            await self._publisher.send(1, [self._server.wire])
            if await self._delivered(before + self._crowd.size):
                await self._crowd.reset()
                return self._publisher.published[-1]
        raise RuntimeError(f"Not all sockets are told of anything by {self._server.name}.")

    async def _delivered(self, wanted: int) -> bool:
        """Wait until so much is delivered, or no more is."""
        last = changed = await self._crowd.count()
        while last.deliveries < wanted:
            if last.time - changed.time > _STILL_SECONDS * _SECOND:
                return False
            await asyncio.sleep(_LOOK_SECONDS)
            last = await self._crowd.count()
            if last.deliveries > changed.deliveries:
                changed = last
        return True

    async def _told(self, events: int) -> None:
        if not await self._crowd.told(events, GRACE_SECONDS):
            raise RuntimeError(f"{self._server.name} delivers no more.")

    def _cpu(self) -> float:
        return cpu_seconds(self._server.pid)

"""Rounds: every server in turn with one room, with many documents, and with many sockets.

The processes of the first two live as long as the benchmark; those with many sockets are new
each time, so that their memory can be compared. Who comes first changes from round to round.
"""

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from app.core.settings import get_settings
from benchmarks.live import agreement, data
from benchmarks.live.crowd import Plan, compiled, crowd
from benchmarks.live.documents import ROOM, distinct
from benchmarks.live.figures import DISTINCT, MANY, ONE, Results
from benchmarks.live.measures import Measure
from benchmarks.live.publisher import Publisher, publisher
from benchmarks.live.servers import GRAPHQL_WS, LIMIT, LYCEUM, NAMES, Server, started
from benchmarks.programs import install
from benchmarks.services import Services, services

_FEW_SOCKETS, _SOCKETS, _MANY_SOCKETS = 200, 1_000, 10_000
_EVENTS, _EVENTS_TO_MANY = 20, 5
# An idle JIT is slow to wake; before its first round it wants more.
_WARMING_SECONDS = 1.0
_FIRST_WARMING_SECONDS = 3.0
# A round's bursts, and the most that all else of it may take.
_BURSTS, _PAUSES_SECONDS = 14, 95.0


@dataclass(frozen=True)
class _Bench:
    services: Services
    programs: Path
    sockets: Path
    data: data.DataSet
    publisher: Publisher
    seconds: float
    results: Results

    @asynccontextmanager
    async def crowd(
        self, server: Server, size: int, documents: Sequence[str] = (ROOM,)
    ) -> AsyncIterator[Measure]:
        """Sockets that aren't connected yet, each viewer's as many as the others'."""
        plan = Plan(size, documents, self.data.room_id, self.data.viewers)
        async with crowd(self.sockets, server, plan, self.services.folder) as sockets:
            yield Measure(server, sockets, self.publisher)

    async def one_room(self, server: Server, warming: float) -> None:
        """Everybody has subscribed to the same."""
        async with self.crowd(server, _SOCKETS) as measure:
            found = await measure.join()
            await measure.saturate(warming)
            found |= await measure.saturate(self.seconds)
            found |= await measure.pace(_EVENTS, self.seconds)
        self.results.add(ONE, server.name, found)

    async def many_documents(self, server: Server, warming: float) -> None:
        """Every fiftieth has subscribed to the same."""
        async with self.crowd(server, _SOCKETS, distinct()) as measure:
            await measure.join()
            await measure.saturate(warming)
            self.results.add(DISTINCT, server.name, await measure.saturate(self.seconds))

    async def many_sockets(self, name: str) -> None:
        """A new process, which is warmed by a few sockets."""
        with started(name, self.services, self.programs) as server:
            async with self.crowd(server, _FEW_SOCKETS) as measure:
                await measure.join()
                await measure.saturate(_WARMING_SECONDS)
            async with self.crowd(server, _MANY_SOCKETS) as measure:
                found = await measure.grow()
                found |= await measure.pace(_EVENTS_TO_MANY, self.seconds)
            self.results.add(MANY, name, found)

    async def round(self, servers: Sequence[Server], number: int) -> None:
        """Everything once."""
        warming = _WARMING_SECONDS if number else _FIRST_WARMING_SECONDS
        first = number % len(servers)
        in_turn = [*servers[first:], *servers[:first]]
        for server in in_turn:
            await self.one_room(server, warming)
        for server in in_turn:
            if server.name != LIMIT:
                await self.many_documents(server, warming)
        for server in in_turn:
            if server.name in (LYCEUM, GRAPHQL_WS, LIMIT):
                await self.many_sockets(server.name)


def measure(rounds: int, seconds: float) -> Results:
    """The whole benchmark, about two minutes a round; bursts are of so many seconds."""
    console = Console(stderr=True)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with services() as own, ExitStack() as stack:
        console.print("Packages and data")
        programs = install(get_settings().data_dir, own.folder)
        sockets = compiled(get_settings().data_dir)
        known = data.fill(own.database_url)
        servers = [stack.enter_context(started(name, own, programs)) for name in NAMES]

        async def run() -> Results:
            async with publisher(own, known) as sending:
                console.print("Do all tell alike?")
                await agreement.check(servers, sending, known)
                bench = _Bench(own, programs, sockets, known, sending, seconds, Results())
                async with asyncio.timeout(rounds * (_PAUSES_SECONDS + _BURSTS * seconds)):
                    for number in range(rounds):
                        console.print(f"Round {number + 1} of {rounds}")
                        await bench.round(servers, number)
                return bench.results

        return asyncio.run(run())

"""Rounds of bursts: each operation at each server in turn, then the next operation.

All servers are up all the time, on one PostgreSQL. Each burst comes after a second of warming:
an idle JIT is slow to wake. Who comes first changes from round to round.
"""

from rich.console import Console

from app.core.settings import get_settings
from benchmarks.programs import install
from benchmarks.reads import agreement, data, memory
from benchmarks.reads.figures import FEW, MANY, Figures
from benchmarks.reads.load import Load, Requests, Target, load
from benchmarks.reads.operations import OPERATIONS, READS, Operation
from benchmarks.reads.servers import LIMIT, LYCEUM, Server, servers
from benchmarks.services import Services, services

_WARMING_SECONDS = 1.0
# Before the first round: JITs want some thousands of requests before they are themselves.
_FIRST_WARMING_SECONDS = 4.0


def measure(rounds: int, seconds: float) -> Figures:
    """The whole benchmark, about three minutes a round; bursts are of so many seconds."""
    console = Console(stderr=True)
    with services() as own:
        console.print("Packages and data")
        programs = install(get_settings().data_dir, own.folder)
        known = data.fill(own.database_url)
        with servers(own, programs, known) as every, load(programs) as generator:
            console.print("Do all answer alike?")
            agreement.check(every)
            data.restore(own.database_url, known)
            bench = _Bench(own, generator, every, known, seconds)
            console.print("Warming")
            bench.warm()
            for number in range(rounds):
                console.print(f"Round {number + 1} of {rounds}")
                bench.round(number)
            console.print("Memory")
            bench.watch_memory()
            return bench.figures


class _Bench:
    def __init__(
        self,
        own: Services,
        generator: Load,
        every: list[Server],
        known: data.DataSet,
        seconds: float,
    ) -> None:
        self.figures = Figures()
        self._own = own
        self._load = generator
        self._servers = every
        self._data = known
        self._seconds = seconds

    def warm(self) -> None:
        """Every operation at every server, unmeasured."""
        for operation in OPERATIONS:
            for server in self._servers:
                self._warm(operation, server, FEW, _FIRST_WARMING_SECONDS)

    def round(self, number: int) -> None:
        """Every operation at every server once."""
        first = number % len(self._servers)
        in_turn = self._servers[first:] + self._servers[:first]
        for operation in OPERATIONS:
            for server in in_turn:
                self._measure(operation, server, FEW)
            if operation in READS:
                for server in in_turn:
                    if server.name in (LYCEUM, LIMIT):
                        self._measure(operation, server, MANY)

    def _warm(self, operation: Operation, server: Server, connections: int, seconds: float) -> None:
        requests = self._requests(operation, server, connections)
        self._load.warm(self._target(server), requests, seconds)
        self._restore(operation)

    def _measure(self, operation: Operation, server: Server, connections: int) -> None:
        self._warm(operation, server, connections, _WARMING_SECONDS)
        requests = self._requests(operation, server, connections)
        burst = self._load.burst(self._target(server), requests, {"seconds": self._seconds})
        self._restore(operation)
        self.figures.add(operation, server.name, connections, burst)

    def _requests(self, operation: Operation, server: Server, connections: int) -> Requests:
        return Requests(server.requests(operation), operation.expected, connections)

    def _restore(self, operation: Operation) -> None:
        if operation.writes:
            data.restore(self._own.database_url, self._data)

    def _target(self, server: Server) -> Target:
        return Target(server.name, server.url, server.pid, self._own.postgres_pid)

    def watch_memory(self) -> None:
        """Lyceum's, with requests of many documents."""
        lyceum = next(server for server in self._servers if server.name == LYCEUM)
        self.figures.memory_mb = memory.watch(self._load, lyceum, self._target(lyceum), FEW)

"""What was measured, as tables and as one JSON object."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.reads.load import Burst
from benchmarks.reads.operations import OPERATIONS, READS, Operation
from benchmarks.reads.servers import LIMIT, LYCEUM, MERCURIUS

FEW, MANY = 16, 64
# Times are in milliseconds; the processors' are a request's, the server's and PostgreSQL's.
_COLUMNS = ("server", "rps", "p50 ms", "p99 ms", "CPU ms", "SQL CPU ms", "vs Mercurius")

# Each of the figures, by (operation, server, connections): one burst for each round.
Key = tuple[str, str, int]


class Figures:
    """Bursts by round. Ratios are taken within a round; what is told is the median of rounds."""

    def __init__(self) -> None:
        self._bursts: dict[Key, list[Burst]] = defaultdict(list)
        self.memory_mb: Sequence[float] = ()

    def add(self, operation: Operation, server: str, connections: int, burst: Burst) -> None:
        """One more round of this."""
        self._bursts[operation.name, server, connections].append(burst)

    def _median(self, key: Key, of: Callable[[Burst], float]) -> float:
        return statistics.median(of(burst) for burst in self._bursts[key])

    def _ratio(self, operation: Operation, server: str, other: str, connections: int) -> float:
        pairs = zip(
            self._bursts[operation.name, server, connections],
            self._bursts[operation.name, other, connections],
            strict=True,
        )
        return statistics.median(one.per_second / two.per_second for one, two in pairs)

    def _least(self, connections: int) -> float:
        return min(self._ratio(read, LYCEUM, LIMIT, connections) for read in READS)

    def as_json(self) -> dict[str, object]:
        """Ratios, then each server's figures; `memory_mb` is Lyceum's, along 100,000 requests."""
        ratios: dict[str, object] = {
            f"{operation.name}_vs_mercurius": round(
                self._ratio(operation, LYCEUM, MERCURIUS, FEW), 3
            )
            for operation in OPERATIONS
        }
        return ratios | {
            "reads_vs_limit_min": round(self._least(FEW), 3),
            "reads64_vs_limit_min": round(self._least(MANY), 3),
            "memory_growth_mb": round(self.memory_mb[-1] - self.memory_mb[0], 1),
            "memory_mb": [round(memory, 1) for memory in self.memory_mb],
            "bursts": [self._told(key) for key in self._bursts],
        }

    def _told(self, key: Key) -> dict[str, object]:
        operation, server, connections = key
        return {
            "operation": operation,
            "server": server,
            "connections": connections,
            "rps": round(self._median(key, lambda burst: burst.per_second), 1),
            "p50_ms": round(self._median(key, lambda burst: burst.p50), 2),
            "p99_ms": round(self._median(key, lambda burst: burst.p99), 2),
            "cpu_ms": round(self._median(key, lambda burst: burst.cpu), 3),
            "postgres_cpu_ms": round(self._median(key, lambda burst: burst.postgres_cpu), 3),
        }

    def print_tables(self) -> None:
        """A table for each operation, then how near the limit the reads come, then memory."""
        console = Console()
        for operation in OPERATIONS:
            console.print(self._table(operation))
        console.print(self._limits())
        steps = ", ".join(f"{memory:.0f}" for memory in self.memory_mb)
        console.print(f"{LYCEUM}'s memory along 100,000 requests: {steps} MB")

    def _table(self, operation: Operation) -> Table:
        table = Table(title=f"{operation.name}, {FEW} connections")
        for column in _COLUMNS:
            table.add_column(column, justify="left" if column == "server" else "right")
        for name, server, connections in self._bursts:
            if (name, connections) != (operation.name, FEW):
                continue
            key = name, server, connections
            table.add_row(
                server,
                f"{self._median(key, lambda burst: burst.per_second):,.0f}",
                f"{self._median(key, lambda burst: burst.p50):.2f}",
                f"{self._median(key, lambda burst: burst.p99):.2f}",
                f"{self._median(key, lambda burst: burst.cpu):.3f}",
                f"{self._median(key, lambda burst: burst.postgres_cpu):.3f}",
                f"{self._ratio(operation, server, MERCURIUS, FEW):.2f}",
            )
        return table

    def _limits(self) -> Table:
        table = Table(title=f"{LYCEUM}: part of the raw-SQL limit")
        table.add_column("operation")
        for connections in (FEW, MANY):
            table.add_column(f"{connections} connections", justify="right")
        for read in READS:
            ratios = (self._ratio(read, LYCEUM, LIMIT, each) for each in (FEW, MANY))
            table.add_row(read.name, *(f"{ratio:.2f}" for ratio in ratios))
        return table

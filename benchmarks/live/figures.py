"""What was measured, as tables and as one JSON object."""

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.live.measures import Figures
from benchmarks.live.servers import GRAPHQL_WS, LYCEUM, NAMES

# What the sockets of a crowd do.
ONE, DISTINCT, MANY = "one", "distinct50", "sockets10k"

_DELIVERIES, _P99 = "deliveries_per_second", "p99_ms"
_TITLES: Mapping[str, str] = {
    ONE: "1,000 sockets of one room; times at 20 events a second",
    DISTINCT: "1,000 sockets of one room, 50 documents",
    MANY: "10,000 sockets of one room; times at 5 events a second",
}
# Name, what it is, format. Kilobytes have 1,024 bytes.
_ROWS: Sequence[tuple[str, str, str]] = (
    ("connects_per_second", "sockets connected a second", ",.0f"),
    ("connect_cpu_ms", "server's CPU for each, ms", ".2f"),
    (_DELIVERIES, "deliveries a second", ",.0f"),
    ("cpu_us", "server's CPU for each, µs", ".1f"),
    ("client_cpu_us", "all clients' CPU for each, µs", ".1f"),
    ("p50_ms", "p50, ms", ",.1f"),
    (_P99, "p99, ms", ",.1f"),
    ("undelivered", "not delivered in the end", ".0%"),
    ("connected_kb", "server's kB for a connected socket", ".1f"),
    ("subscribed_kb", "server's kB for a subscribed socket", ".1f"),
)


class Results:
    """Figures by round. Ratios are taken within a round; what is told is the median of rounds."""

    def __init__(self) -> None:
        self._figures: dict[tuple[str, str], list[Figures]] = defaultdict(list)

    def add(self, crowd: str, server: str, figures: Figures) -> None:
        """One more round of this."""
        self._figures[crowd, server].append(figures)

    def _median(self, crowd: str, server: str, figure: str) -> float:
        return statistics.median(each[figure] for each in self._figures[crowd, server])

    def _ratio(self, crowd: str, server: str, figure: str) -> float:
        """To graphql-ws."""
        pairs = zip(self._figures[crowd, server], self._figures[crowd, GRAPHQL_WS], strict=True)
        return statistics.median(one[figure] / two[figure] for one, two in pairs)

    def as_json(self) -> dict[str, object]:
        """What Lyceum must reach, then each server's figures."""
        return {
            "deliveries_vs_graphql_ws": round(self._ratio(ONE, LYCEUM, _DELIVERIES), 3),
            "p99_vs_graphql_ws": round(self._ratio(ONE, LYCEUM, _P99), 3),
            "sockets10k_p99_ms": round(self._median(MANY, LYCEUM, _P99), 1),
            "distinct50_vs_graphql_ws": round(self._ratio(DISTINCT, LYCEUM, _DELIVERIES), 3),
            "kb_per_idle_socket": round(self._median(MANY, LYCEUM, "subscribed_kb"), 2),
            "crowds": [self._told(crowd, server) for crowd, server in self._figures],
        }

    def _told(self, crowd: str, server: str) -> dict[str, object]:
        names = self._figures[crowd, server][0]
        medians = {name: round(self._median(crowd, server, name), 4) for name in names}
        return {"crowd": crowd, "server": server, **medians}

    def print_tables(self) -> None:
        """A table for each crowd."""
        console = Console()
        for crowd in _TITLES:
            console.print(self._table(crowd))

    def _table(self, crowd: str) -> Table:
        servers = [name for name in NAMES if (crowd, name) in self._figures]
        known = self._figures[crowd, servers[0]][0]
        table = Table(title=_TITLES[crowd])
        table.add_column()
        for server in servers:
            table.add_column(server, justify="right")
        for figure, what, form in _ROWS:
            if figure in known:
                medians = (self._median(crowd, server, figure) for server in servers)
                table.add_row(what, *(format(median, form) for median in medians))
            if figure in known and figure in (_DELIVERIES, _P99):
                ratios = (self._ratio(crowd, server, figure) for server in servers)
                table.add_row(f"… to {GRAPHQL_WS}'s", *(f"{ratio:.2f}" for ratio in ratios))
        return table

"""Whether memory stays flat: many requests, of many documents."""

import random
from collections.abc import Iterator
from typing import Any

from benchmarks.processes import memory_mb
from benchmarks.reads.load import Load, Requests, Target
from benchmarks.reads.operations import SINGLE
from benchmarks.reads.servers import Server

_REQUESTS = 100_000
_STEPS = 4
_DOCUMENTS = 500
_VARIANTS = 4


def watch(load: Load, server: Server, target: Target, connections: int) -> list[float]:
    """The server's memory in megabytes: before, and after each quarter of the requests."""
    found = [memory_mb(server.pid)]
    for step in range(_STEPS):
        requests = list(_requests(server, random.Random(step)))
        load.burst(
            target,
            Requests(requests, SINGLE.expected, connections),
            {"amount": _REQUESTS // _STEPS},
        )
        found.append(memory_mb(server.pid))
    return found


def _requests(server: Server, chance: random.Random) -> Iterator[dict[str, Any]]:
    """Documents that differ in an alias, each for several objects and viewers."""
    data = server.asking.data
    for number in range(_DOCUMENTS):
        for _ in range(_VARIANTS):
            variables = SINGLE.variables(server.asking, chance)
            body = server.body(SINGLE, variables).replace("course(id", f"course{number}: course(id")
            viewer = chance.choice(data.viewers)
            yield {"headers": server.headers(viewer), "body": body}

"""The load generator: autocannon in one Node process, which lives as long as the benchmark."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from app.core.embedded.lifeline import lifeline
from benchmarks.processes import cpu_seconds
from benchmarks.programs import node


@dataclass(frozen=True)
class Burst:
    """What came of a burst: times in milliseconds, processor time in milliseconds a request."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    postgres_cpu: float


@dataclass(frozen=True)
class Target:
    """What is loaded: the address, the server's process, PostgreSQL's."""

    name: str
    url: str
    pid: int
    postgres_pid: int


@dataclass(frozen=True)
class Requests:
    """What is sent, each with headers and body, and a piece of text that every answer has."""

    requests: Sequence[dict[str, Any]]
    expected: str
    connections: int


class Load:
    """Sends requests for a while, or so many of them."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def warm(self, target: Target, requests: Requests, seconds: float) -> None:
        """A burst of which nothing is told; `RuntimeError` if any answer isn't a good one."""
        self._send(target, requests, {"seconds": seconds})

    def burst(self, target: Target, requests: Requests, amount: dict[str, float]) -> Burst:
        """A burst of an amount in `seconds`, or of so many requests (`amount`).

        `RuntimeError` if any answer isn't a good one, or if there is none.
        """
        own, postgres = cpu_seconds(target.pid), cpu_seconds(target.postgres_pid)
        came = self._send(target, requests, amount)
        count = came["requests"]
        if count < amount.get("amount", 1):
            raise RuntimeError(f"{target.name} answered {count} requests.")
        return Burst(
            per_second=count / came["seconds"],
            p50=came["p50"],
            p99=came["p99"],
            cpu=(cpu_seconds(target.pid) - own) * 1000 / count,
            postgres_cpu=(cpu_seconds(target.postgres_pid) - postgres) * 1000 / count,
        )

    def _send(self, target: Target, requests: Requests, amount: dict[str, float]) -> dict[str, Any]:
        came = self._ask({"url": target.url, **asdict(requests), **amount})
        if came["failure"] is not None:
            raise RuntimeError(f"{target.name} failed under load: {came['failure']}")
        return came

    def _ask(self, wanted: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(orjson.dumps(wanted) + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The load generator died.")
        came: dict[str, Any] = orjson.loads(line)
        return came


@contextmanager
def load(programs: Path) -> Iterator[Load]:
    """The load generator, for a while."""
    with subprocess.Popen(
        [node(programs), str(programs / "load.mjs")],
        env={**os.environ, "NODE_ENV": "production"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
        preexec_fn=lifeline(signal.SIGTERM),  # noqa: PLW1509 - one system call
    ) as process:
        try:
            yield Load(process)
        finally:
            process.terminate()

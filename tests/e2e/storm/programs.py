"""Lyceum's processes, to be killed and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from app.core.embedded import EmbeddedValkey
from app.core.embedded.lifeline import lifeline
from tests.waiting import eventually

_READY_SECONDS = 60
# Below those that connections get by themselves: nobody takes it while the server is away.
_PORTS = (20_000, 30_000)


class Killable(Protocol):
    """Something that is killed with SIGKILL, and comes back at its address."""

    async def kill(self) -> None:
        """At once."""

    async def start(self) -> None:
        """Until it does its work."""


class Program:
    """A process; `ready` says whether it does its work, from what it has written."""

    def __init__(
        self,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        log: Path,
        ready: Callable[[str], bool],
    ) -> None:
        self.log = log
        self._command = (sys.executable, "-m", *command)
        self._environment = dict(environment)
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it without waiting."""
        with self.log.open("ab") as output:
            self._written = output.tell()
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=lifeline(signal.SIGKILL),  # noqa: PLW1509 - one system call
            )

    async def start(self) -> None:
        if self._process is None:
            self.launch()
        await eventually(self._is_ready, _READY_SECONDS)

    async def kill(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        assert process.poll() is None, f"it ended by itself: see {self.log}"
        process.kill()
        await eventually(lambda: process.poll() is not None)

    def hold_up(self) -> None:
        """Have it do nothing until it is let go."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def let_go(self) -> None:
        """Have it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"it ended by itself: see {self.log}"
        return self._ready(self.log.read_bytes()[self._written :].decode())


class Valkey:
    """A Valkey that comes back without its memory."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedValkey(folder, durable=False)
        self._server.port = free_port()
        self.url = self._server.start()

    async def kill(self) -> None:
        assert self._server.pid is not None
        os.kill(self._server.pid, signal.SIGKILL)
        await eventually(lambda: not self._server.alive())

    async def start(self) -> None:
        assert self._server.restart() == self.url

    def end(self) -> None:
        """Leave nothing behind."""
        self._server.stop(force=True)


def api(number: int, environment: Mapping[str, str], folder: Path) -> tuple[Program, str]:
    """A process that serves, and its URL."""
    port = free_port()

    def serves(_: str) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = ("app.cli", "serve", "--port", str(port))
    log = folder / f"api-{number}.log"
    return Program(command, environment, log, serves), f"http://127.0.0.1:{port}"


def relay(environment: Mapping[str, str], folder: Path) -> Program:
    """The process that empties the outbox."""
    said = {**environment, "LYCEUM_LOG_LEVEL": "INFO"}
    log = folder / "relay.log"
    return Program(("workers.clock",), said, log, lambda said: "clock.leading" in said)


def free_port() -> int:
    """A port that nobody listens on."""
    for _ in range(100):
        port = random.randrange(*_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("every port is taken")

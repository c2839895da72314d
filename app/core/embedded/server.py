"""What the embedded services share: a folder of their own, a port, a start and a stop."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from app.core.embedded.account import ServiceError, as_account, own_folder, service_account
from app.core.embedded.lifeline import command_of, end_leftover, lifeline
from app.core.filelock import FileLock

__all__ = ["EmbeddedServer", "ServiceError"]

_PORT_TRIES = 3
_POLL_SECONDS = 0.01
_FULL_BYTES = 32 * 1024**2


class EmbeddedServer(ABC):
    """A database server on 127.0.0.1 that lives no longer than this process.

    Everything it keeps lies in `folder`: its `data`, its `password`, its log. It must be
    started from the main thread (see `lifeline`).
    """

    name: ClassVar[str]
    gentle: ClassVar[signal.Signals]
    quick: ClassVar[signal.Signals]

    def __init__(self, folder: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.durable = durable
        self.log = log or self.folder / "server.log"
        self.port = 0
        self._lock = FileLock(self.folder / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients reach the running server, with its password."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The server's program and arguments, for `self.port`."""

    @abstractmethod
    def _pid_file(self) -> Path:
        """The file in which the server keeps its process id on its first line."""

    @abstractmethod
    def _ready(self) -> bool:
        """Whether the server answers."""

    def _configuration(self) -> bytes:
        """What the server reads from its standard input."""
        return b""

    def _initialise(self) -> None:
        """Make the data folder when there is none."""
        own_folder(self.data, self.account)

    def start(self) -> str:
        """Start the server, wait until it answers, and give its URL."""
        self.launch()
        return self.wait()

    def launch(self) -> None:
        """Start the server without waiting for it; the first time, make its data folder.

        Raises `ServiceError` when the folder can't be used or another process uses it.
        """
        try:
            self.account = service_account()
            own_folder(self.folder, self.account)
            self._lock_folder()
            self._settle_leftovers()
            self.password = self._keep_password()
            self._initialise()
            self._spawn()
        except OSError as error:
            self._lock.release()
            raise ServiceError(f"{self.name} can't use {self.folder}: {error.strerror}.") from error
        except ServiceError:
            self._lock.release()
            raise

    def wait(self, seconds: float = 60) -> str:
        """Wait until the launched server answers; a port that was snatched is chosen anew.

        Replaying what a crash left can take a while: hence the patience.
        """
        deadline = time.monotonic() + seconds
        tries = 1
        while True:
            assert self._process is not None, "launch() comes first"
            if self._process.poll() is not None:
                if tries == _PORT_TRIES or not self._port_was_taken():
                    raise self._failure()
                tries += 1
                self.port = 0
                self._spawn()
            elif self._ready():
                return self.url
            elif time.monotonic() > deadline:
                raise self._failure()
            time.sleep(_POLL_SECONDS)

    def alive(self) -> bool:
        """Whether the server's process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self.alive() else None

    def restart(self) -> str:
        """Start a server that died again, at the same address."""
        self._settle_leftovers()
        self._spawn()
        return self.wait()

    def stop(self, *, force: bool = False, seconds: float = 15) -> None:
        """Stop the server, gently unless forced, and let go of its folder. Safe to repeat."""
        process, self._process = self._process, None
        steps = [(self.quick, 5.0)] if force else [(self.gentle, seconds), (self.quick, 5.0)]
        for number, patience in (*steps, (signal.SIGKILL, 5.0)):
            if process is None or process.poll() is not None:
                break
            process.send_signal(number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        self._lock.release()

    def _lock_folder(self) -> None:
        if not self._lock.acquire(wait=False):
            raise ServiceError(
                f"{self.name}'s folder {self.folder} is in use by another running Lyceum: "
                "stop that one, or set LYCEUM_DATA_DIR to another folder."
            )

    def _spawn(self) -> None:
        self.port = self.port if _is_free(self.port) else _free_port()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                # A Ctrl-C goes to the whole foreground group, and services stop last.
                process_group=0,
                preexec_fn=lifeline(self.gentle),  # noqa: PLW1509 - one system call
                **as_account(self.account),
            )
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(self._configuration())
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it ended at once: wait() says why

    def _settle_leftovers(self) -> None:
        """See to a server whose parent was killed, and to its stale pid file.

        A process id from before a reboot, or from another container, may belong to anybody
        now, and PostgreSQL would then refuse to start.
        """
        pid_file = self._pid_file()
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        end_leftover(pid, str(self.data), self.gentle, 10)
        if command_of(pid):
            pid_file.unlink(missing_ok=True)

    def _keep_password(self) -> str:
        path = self.folder / "password"
        if not path.exists():
            scratch = path.with_suffix(".new")
            scratch.unlink(missing_ok=True)
            with os.fdopen(
                os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write(secrets.token_hex(32))
            if self.account is not None:
                os.chown(scratch, self.account.uid, self.account.gid)
            scratch.rename(path)
        return path.read_text()

    def _output(self) -> list[str]:
        """The lines that the server wrote since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace").splitlines()

    def _port_was_taken(self) -> bool:
        return any("address already in use" in line.lower() for line in self._output())

    def _failure(self) -> ServiceError:
        reason = self._reason(self._output())
        self.stop(force=True)
        return ServiceError(f"{self.name} did not start: {reason} (see {self.log}).")

    def _reason(self, output: list[str]) -> str:
        """Why a program failed, in the words of its first fatal line, else of its last."""
        if shutil.disk_usage(self.folder).free < _FULL_BYTES:
            return f"the disk of {self.folder} is full"
        lines = [line.strip() for line in output if line.strip()]
        for line in lines:
            for word in ("FATAL:", "PANIC:", "error:"):
                if word in line:
                    return line.partition(word)[2].strip().rstrip(".")
        return lines[-1].rstrip(".") if lines else "it said nothing"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    if port == 0:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

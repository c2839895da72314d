"""Programs that are started, watched, started again and stopped in order.

Everything happens in the main thread, by polling: children are bound to the life of the thread
that starts them, and a signal handler then has nothing to race with.
"""

import math
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.cli.logs import LogPump, keep_previous
from app.core.embedded.lifeline import lifeline
from app.core.startup import StartupError

_POLL_SECONDS = 0.05
_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 30.0
# A child that lived this long had started well: its next death begins a new series.
_STEADY_SECONDS = 60.0


@dataclass(frozen=True)
class Program:
    """A command to keep running. Lower stages stop first; `grace` is from SIGTERM to SIGKILL."""

    name: str
    command: tuple[str, ...]
    stage: int
    grace: float


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    pump: LogPump | None = None
    started_at: float = 0.0
    due_at: float = math.inf
    deaths: int = 0


class Interrupts:
    """Ctrl-C and SIGTERM. The first asks to stop, the second no longer waits.

    While `raising`, the first one is a KeyboardInterrupt wherever the program is.
    """

    def __init__(self) -> None:
        self.count = 0
        self.raising = True

    def install(self) -> None:
        """Take both signals over; must run in the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    @property
    def forced(self) -> bool:
        """Whether the person asked twice."""
        return self.count > 1

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.count += 1
        if self.raising and self.count == 1:
            raise KeyboardInterrupt


class Supervisor:
    """Keeps programs running until they are stopped.

    `say` gets one line for each death; `changed` is called when process ids change.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        log_folder: Path,
        say: Callable[[str], None],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._environment = dict(environment)
        self._log_folder = log_folder
        self._say = say
        self._changed = changed

    def start(self, *stages: int) -> None:
        """Start the programs of these stages, which then are kept running."""
        for child in self._children:
            if child.program.stage in stages:
                keep_previous(self._log_path(child))
                self._spawn(child)
        self._changed()

    def pids(self) -> dict[str, int]:
        """The process ids of the programs that run now."""
        return {
            child.program.name: child.process.pid
            for child in self._children
            if child.process is not None and child.process.poll() is None
        }

    def deaths(self, name: str) -> int:
        """How often in a row a program has died soon after its start."""
        return next(child.deaths for child in self._children if child.program.name == name)

    def last_words(self, name: str) -> str:
        """The last line that a program wrote."""
        child = next(child for child in self._children if child.program.name == name)
        return child.pump.last_words if child.pump is not None else ""

    def tick(self) -> None:
        """See to the dead, and start again those whose pause is over. Call it often."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            elif child.process is None and now >= child.due_at:
                self._spawn(child)
                self._changed()

    def stop(self, forced: Callable[[], bool] = lambda: False) -> None:
        """Stop stage after stage; as soon as `forced()` says so, kill what still runs."""
        for stage in sorted({child.program.stage for child in self._children}):
            children = [child for child in self._children if child.program.stage == stage]
            for child in children:
                if child.process is not None and child.process.poll() is None:
                    child.process.terminate()
            asked_at = time.monotonic()
            for child in children:
                self._await_end(child, asked_at + child.program.grace, forced)
        self._changed()

    def _await_end(self, child: _Child, deadline: float, forced: Callable[[], bool]) -> None:
        process, child.process = child.process, None
        if process is None:
            return
        while process.poll() is None and time.monotonic() < deadline and not forced():
            time.sleep(_POLL_SECONDS)
        if process.poll() is None and not forced():
            self._say(f"{child.program.name} did not stop in {child.program.grace:g} s: killed.")
        _kill_group(process.pid)
        process.wait()
        if child.pump is not None:
            child.pump.finish(1)

    def _bury(self, child: _Child, now: float) -> None:
        process, child.process = child.process, None
        assert process is not None
        _kill_group(process.pid)  # what it had started itself
        assert child.pump is not None
        child.pump.finish(1)
        child.deaths = 1 if now - child.started_at > _STEADY_SECONDS else child.deaths + 1
        delay = min(_FIRST_DELAY_SECONDS * 2.0 ** (child.deaths - 1), _LONGEST_DELAY_SECONDS)
        child.due_at = now + delay
        words = f", its last words: {child.pump.last_words}" if child.pump.last_words else ""
        self._say(
            f"{child.program.name} stopped ({_ending(process.returncode)}){words}; "
            f"starting it again in {delay:g} s."
        )
        self._changed()

    def _spawn(self, child: _Child) -> None:
        program = child.program
        try:
            process = subprocess.Popen(
                program.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches only the supervisor, which stops in order.
                process_group=0,
                preexec_fn=lifeline(signal.SIGTERM),  # noqa: PLW1509 - one system call
            )
        except OSError as error:
            raise StartupError(
                f"{program.name} can't be started: {error.strerror} ({program.command[0]})."
            ) from error
        assert process.stdout is not None
        child.process, child.started_at = process, time.monotonic()
        child.pump = LogPump(program.name, process.stdout, self._log_path(child), self._say)

    def _log_path(self, child: _Child) -> Path:
        return self._log_folder / f"{child.program.name}.log"


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)

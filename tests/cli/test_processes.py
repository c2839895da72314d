"""Supervision, with small real programs."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli.processes import Program, Supervisor
from app.core.embedded.lifeline import command_of
from app.core.startup import StartupError

_SLEEP = "import time\ntime.sleep(60)"
_STUBBORN = f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up')\n{_SLEEP}"
# Says when it is told to stop, into the file that its first argument names.
_WITNESS = """
import signal, sys, time
def stop(*_):
    with open(sys.argv[1], "a") as file:
        file.write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
time.sleep(60)
"""


def program(name: str, code: str, *arguments: str, stage: int = 1, grace: float = 10) -> Program:
    return Program(name, (sys.executable, "-u", "-c", code, *arguments), stage, grace)


class Case:
    """Supervisors that are stopped when the test ends, and what they said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self._made: list[Supervisor] = []

    def start(self, *programs: Program) -> Supervisor:
        supervisor = Supervisor(
            programs, environment=os.environ, log_folder=self.folder, say=self.said.append
        )
        self._made.append(supervisor)
        supervisor.start(*{program.stage for program in programs})
        return supervisor

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def end(self) -> None:
        for supervisor in self._made:
            supervisor.stop(lambda: True)


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    made.end()


def until(
    condition: Callable[[], bool], supervisor: Supervisor | None = None, seconds: float = 20
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        if supervisor is not None:
            supervisor.tick()
        time.sleep(0.01)


class TestRestart:
    def test_the_dead_is_started_again_and_it_is_said_in_one_line(self, case: Case) -> None:
        supervisor = case.start(program("api", f"print('hello')\n{_SLEEP}"))
        until(lambda: "hello" in case.log("api"))
        first = supervisor.pids()["api"]
        os.kill(first, signal.SIGKILL)
        until(lambda: supervisor.pids().get("api", first) != first, supervisor)
        assert case.said == [
            "api stopped (signal SIGKILL), its last words: hello; starting it again in 0.5 s."
        ]

    def test_the_pause_doubles(self, case: Case) -> None:
        supervisor = case.start(program("api", "import sys\nsys.exit(3)"))
        until(lambda: supervisor.deaths("api") == 3, supervisor)
        assert case.said == [
            f"api stopped (exit code 3); starting it again in {pause} s."
            for pause in ("0.5", "1", "2")
        ]

    def test_what_the_dead_had_started_dies_too(self, case: Case) -> None:
        parent = (
            f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {_SLEEP!r}, 'x'])\n"
        )
        supervisor = case.start(program("worker", f"{parent}print('up')\n{_SLEEP}"))
        until(lambda: "up" in case.log("worker"))
        leader = supervisor.pids()["worker"]
        group = group_of(leader)
        assert len(group) == 2
        os.kill(leader, signal.SIGKILL)
        until(lambda: not any(command_of(pid) for pid in group), supervisor)

    def test_a_program_that_is_none(self, case: Case) -> None:
        with pytest.raises(StartupError, match=r"^api can't be started: No such file .*/no/such"):
            case.start(Program("api", ("/no/such",), 1, 1))


class TestStop:
    def test_stage_after_stage(self, case: Case, tmp_path: Path) -> None:
        order = tmp_path / "order"
        supervisor = case.start(
            *(
                program(name, _WITNESS, str(order), name, stage=stage)
                for name, stage in (("clock", 3), ("api", 1), ("worker", 2))
            )
        )
        until(lambda: all(case.log(name) == "up\n" for name in ("api", "worker", "clock")))
        supervisor.stop()
        assert order.read_text().split() == ["api", "worker", "clock"]
        assert supervisor.pids() == {}
        assert case.said == []

    def test_after_its_grace_it_is_killed(self, case: Case) -> None:
        supervisor = case.start(program("worker", _STUBBORN, grace=0.2))
        until(lambda: "up" in case.log("worker"))
        pid = supervisor.pids()["worker"]
        supervisor.stop()
        assert command_of(pid) == ""
        assert case.said == ["worker did not stop in 0.2 s: killed."]

    def test_forced_waits_for_nothing(self, case: Case) -> None:
        supervisor = case.start(program("worker", _STUBBORN, grace=600))
        until(lambda: "up" in case.log("worker"))
        pid = supervisor.pids()["worker"]
        supervisor.stop(lambda: True)
        assert command_of(pid) == ""

    def test_the_last_lines_are_in_the_log(self, case: Case) -> None:
        code = _WITNESS.replace("sys.exit(0)", "print('bye', flush=True); sys.exit(0)")
        supervisor = case.start(program("api", code, os.devnull, "api"))
        until(lambda: "up" in case.log("api"))
        supervisor.stop()
        assert case.log("api") == "up\nbye\n"


class TestLogs:
    def test_warnings_are_shown_and_the_last_run_is_kept(self, case: Case) -> None:
        line = '{"level": "warning", "event": "slow", "seconds": 3, "timestamp": "now"}'
        info = '{"level": "info", "event": "fine"}'
        loud = program("api", f"print({info!r})\nprint({line!r})\n{_SLEEP}")
        until(lambda: case.said == ["api: warning: slow (seconds=3)"], case.start(loud))
        assert case.log("api") == f"{info}\n{line}\n"
        quiet = program("api", f"print('second')\n{_SLEEP}")
        case.start(quiet)
        until(lambda: case.log("api") == "second\n")
        assert (case.folder / "api.log.1").read_text() == f"{info}\n{line}\n"


def group_of(leader: int) -> list[int]:
    """The processes of a process group."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == leader:
                found.append(int(entry.name))
        except ProcessLookupError:
            continue
    return found

"""`lyceum dev` as a whole: real services and real processes, small programs in place of ours."""

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli import record
from app.core.caught import Letters
from app.core.embedded.lifeline import command_of
from app.core.mail import Mail

# `python -c` of this is a `dev` whose programs are stand-ins and which fetches nothing.
_DEV = """
import sys
from app.cli import dev
from app.cli.processes import Program
from app.core.settings import get_settings

API = '''
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
HTTPServer(("127.0.0.1", int(os.environ["LYCEUM_PORT"])), Ready).serve_forever()
'''
def program(name, code, stage):
    return Program(name, (sys.executable, "-c", code), stage, 5)
dev.programs = lambda: (
    program("api", API, 1),
    program("worker", "import time\\ntime.sleep(600)", 2),
)
dev.fetch_files = lambda settings: None
dev._Dev._migrate = lambda self: None
dev._seed = lambda environment, watch: "Student  ana@example.org  password"
sys.exit(dev.run(get_settings()))
"""


class Dev:
    """A data folder, and the `dev`s that are started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._started: list[subprocess.Popen[str]] = []

    def start(self, code: str = _DEV) -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
        process = subprocess.Popen(
            [sys.executable, "-c", code, "dev"],
            env={
                **inherited,
                "LYCEUM_DATA_DIR": str(self.folder),
                "LYCEUM_PORT": str(self.port),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def ready(self, process: subprocess.Popen[str]) -> record.Running:
        until(lambda: process.poll() is not None or self._is_ready())
        running = record.current(self.folder)
        assert running is not None, process.stdout and process.stdout.read()
        return running

    def _is_ready(self) -> bool:
        running = record.current(self.folder)
        return running is not None and running.ready

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()
        running = record.last(self.folder)
        if running is not None:
            until(lambda: not any(map(command_of, running.processes.values())))


@pytest.fixture
def dev(services_folder: Path, request: pytest.FixtureRequest) -> Iterator[Dev]:
    folder = services_folder / request.node.name
    folder.mkdir()
    made = Dev(folder)
    yield made
    made.end()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """All that it says up to the line with these words."""
    assert process.stdout is not None
    said = ""
    while words not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


def test_start_record_and_clean_stop(dev: Dev) -> None:
    process = dev.start()
    running = dev.ready(process)
    assert (running.url, running.pid) == (f"http://127.0.0.1:{dev.port}", process.pid)
    assert sorted(running.processes) == ["PostgreSQL", "Valkey", "api", "worker"]
    for name in ("dev.json", "secret_key"):
        assert stat.S_IMODE((dev.folder / name).stat().st_mode) == 0o600
    # It is ready before it says so: an interrupt between the two would leave nothing to read.
    banner = said_until(process, "Ctrl-C stops everything.")
    assert f"  GraphiQL   http://127.0.0.1:{dev.port}/graphql\n" in banner
    assert "    Student  ana@example.org  password\n" in banner
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert process.stdout is not None
    assert "Traceback" not in banner + process.stdout.read()
    assert not any(map(command_of, running.processes.values()))
    assert record.last(dev.folder) is None


def test_a_letter_that_is_kept_is_told(dev: Dev) -> None:
    letters = Letters.below(dev.folder)
    asyncio.run(letters.send(Mail(to="ana@example.com", subject="Old", text="x"), "k1"))
    process = dev.start()
    dev.ready(process)
    asyncio.run(letters.send(Mail(to="ana@example.com", subject="Your code", text="x"), "k2"))
    told = "Letter to ana@example.com: Your code (read it with `lyceum letters`)\n"
    assert "Old" not in said_until(process, told)


def test_sigterm_stops_it_too_and_the_key_stays(dev: Dev) -> None:
    keys = []
    for _ in range(2):
        process = dev.start()
        dev.ready(process)
        keys.append((dev.folder / "secret_key").read_text())
        process.terminate()
        process.communicate(timeout=30)
        assert process.returncode == 0
    assert keys[0] == keys[1]
    assert len(keys[0]) == 64


def test_a_second_interrupt_waits_no_longer(dev: Dev) -> None:
    ignore = "import signal, time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    stubborn = _DEV.replace("import time\\n", ignore + "print(1, flush=True)\\n")
    assert stubborn != _DEV
    process = dev.start(stubborn.replace("stage, 5)", "stage, 600)"))
    running = dev.ready(process)
    until(lambda: (dev.folder / "logs" / "worker.log").read_text() == "1\n")
    process.send_signal(signal.SIGINT)
    until(lambda: command_of(running.processes["api"]) == "")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not any(map(command_of, running.processes.values()))


def test_a_dead_service_comes_back_at_its_address(dev: Dev) -> None:
    process = dev.start()
    before = dev.ready(process)
    for name in ("PostgreSQL", "Valkey", "worker"):
        os.kill(before.processes[name], signal.SIGKILL)

    def all_new() -> bool:
        now = record.last(dev.folder)
        assert now is not None
        return len(now.processes) == 4 and all(
            now.processes[name] != before.processes[name]
            for name in ("PostgreSQL", "Valkey", "worker")
        )

    until(all_new)
    after = dev.ready(process)
    assert (after.database_url, after.redis_url) == (before.database_url, before.redis_url)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_killed_one_leaves_no_orphans_and_the_next_starts(dev: Dev) -> None:
    killed = dev.start()
    before = dev.ready(killed)
    killed.kill()
    killed.wait()
    process = dev.start()
    until(lambda: (now := record.last(dev.folder)) is not None and now.pid == process.pid)
    after = dev.ready(process)
    assert not any(map(command_of, before.processes.values()))
    assert set(after.processes.values()).isdisjoint(before.processes.values())


def test_a_second_one_is_refused_and_the_first_stays(dev: Dev) -> None:
    first = dev.start()
    dev.ready(first)
    second = dev.start()
    out, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"Lyceum already runs at http://127.0.0.1:{dev.port} (process {first.pid})" in out
    assert json.loads((dev.folder / "dev.json").read_text())["pid"] == first.pid
    assert first.poll() is None

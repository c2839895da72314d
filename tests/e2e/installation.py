"""A whole installation, as a newcomer starts it."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cli import record
from app.cli.dev import build_sandbox
from app.core import graphiql, weights
from app.core.settings import get_settings

READY_SECONDS, STOP_SECONDS = 90, 45


@dataclass
class Dev:
    """A running `lyceum dev`."""

    process: subprocess.Popen[str]
    folder: Path
    environment: dict[str, str]

    def pid_of(self, program: str) -> int:
        running = record.current(self.folder)
        assert running is not None
        return running.processes[program]

    def demo(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app.cli", "demo", "--json", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def developing(folder: Path) -> Iterator[Dev]:
    """A `lyceum dev` with data of its own; models and GraphiQL's page are this machine's."""
    shared = get_settings().data_dir
    for purpose, model in weights.configured(get_settings()).items():
        weights.ensure(model, purpose=purpose)
    graphiql.ensure_built(lambda _: None)
    build_sandbox(get_settings(), lambda _: None)
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)
    for name in ("models", "sandbox", "web"):
        (folder / name).symlink_to(shared / name)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL")
    } | {"LYCEUM_DATA_DIR": str(folder), "LYCEUM_PORT": str(_free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "dev"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    try:
        _await_ready(process)
        yield Dev(process, folder, environment)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _await_ready(process: subprocess.Popen[str]) -> None:
    """Read until it says so, and then keep the pipe empty."""
    said: list[str] = []
    timer = threading.Timer(READY_SECONDS, process.kill)
    timer.start()
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C stops everything" in line:
            break
    timer.cancel()
    assert "is ready" in "".join(said), "".join(said)
    threading.Thread(target=process.stdout.read, daemon=True).start()

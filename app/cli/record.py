"""What a running `lyceum dev` tells other commands, and what a killed one leaves behind."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.embedded.lifeline import command_of
from app.core.filelock import FileLock


@dataclass(frozen=True)
class Running:
    """A running `lyceum dev`: its address, its services, and its processes by name.

    `ready` once it has told the person so: the API answers and the samples are in.
    """

    url: str
    pid: int
    ready: bool
    database_url: str
    redis_url: str
    processes: dict[str, int]


def lock_of(data_dir: Path) -> FileLock:
    """The lock that a `lyceum dev` holds while it runs."""
    return FileLock(data_dir / "dev.lock")


def write(data_dir: Path, running: Running) -> None:
    """Keep the record, readable by its owner only: the URLs carry passwords."""
    scratch = data_dir / "dev.json.new"
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(running), file, indent=2)
    scratch.rename(_path(data_dir))


def remove(data_dir: Path) -> None:
    """Forget the record."""
    _path(data_dir).unlink(missing_ok=True)


def last(data_dir: Path) -> Running | None:
    """The record, whether or not its writer still runs."""
    try:
        return Running(**json.loads(_path(data_dir).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def current(data_dir: Path) -> Running | None:
    """The record of a `lyceum dev` that runs now."""
    running = last(data_dir)
    alive = running is not None and "dev" in command_of(running.pid).split()
    return running if alive else None


def leftovers(running: Running, marks: Iterable[str]) -> list[int]:
    """Process ids of the record that still run a command of ours (one holding a mark)."""
    return [
        pid for pid in running.processes.values() if any(mark in command_of(pid) for mark in marks)
    ]


def _path(data_dir: Path) -> Path:
    return data_dir / "dev.json"

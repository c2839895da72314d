"""Every failure at the start is one sentence on standard error, and exit code 1."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import record
from app.cli.failures import sentence


def lyceum(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LYCEUM_") and name not in ("DATABASE_URL", "REDIS_URL")
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield listener.getsockname()[1]


@pytest.fixture
def closed() -> Iterator[int]:
    """A port that nobody can listen on, and nobody does."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


class TestDev:
    def test_a_port_in_use(self, taken: int, tmp_path: Path) -> None:
        assert lyceum("dev", "--port", str(taken), LYCEUM_DATA_DIR=str(tmp_path)) == (
            1,
            "",
            (
                f"lyceum: Port {taken} on 127.0.0.1 is in use by another program: stop that one, "
                "or choose another port with --port or LYCEUM_PORT.\n"
            ),
        )
        assert not (tmp_path / "postgres").exists()

    def test_an_unreachable_database(self, closed: int, tmp_path: Path) -> None:
        code, out, err = lyceum(
            "dev",
            LYCEUM_PORT=str(free_port()),
            LYCEUM_DATA_DIR=str(tmp_path),
            DATABASE_URL=f"postgresql+asyncpg://me:secret@127.0.0.1:{closed}/x",
        )
        assert (code, out) == (1, "")
        assert err == (
            f"lyceum: PostgreSQL at 127.0.0.1:{closed} (DATABASE_URL) can't be reached: "
            "connection refused.\n"
        )

    def test_an_unreachable_redis(self, closed: int, tmp_path: Path, postgres_url: str) -> None:
        code, out, err = lyceum(
            "dev",
            LYCEUM_PORT=str(free_port()),
            LYCEUM_DATA_DIR=str(tmp_path),
            DATABASE_URL=postgres_url,
            REDIS_URL=f"redis://:secret@127.0.0.1:{closed}/0",
        )
        assert (code, out) == (1, "")
        assert err == (
            f"lyceum: Redis at 127.0.0.1:{closed} (REDIS_URL) can't be reached: "
            "connection refused.\n"
        )

    def test_a_wrong_password(self, tmp_path: Path, postgres_url: str) -> None:
        user, _, place = postgres_url.rpartition("@")
        code, _, err = lyceum(
            "dev",
            LYCEUM_PORT=str(free_port()),
            LYCEUM_DATA_DIR=str(tmp_path),
            DATABASE_URL=f"{user}wrong@{place}",
        )
        host = place.partition("/")[0]
        assert (code, err) == (
            1,
            (
                f"lyceum: PostgreSQL at {host} (DATABASE_URL) says: password authentication failed "
                'for user "lyceum".\n'
            ),
        )

    def test_it_runs_already(self, tmp_path: Path) -> None:
        record.write(tmp_path, record.Running("http://127.0.0.1:8000", 42, True, "", "", {}))
        with record.lock_of(tmp_path):
            code, out, err = lyceum("dev", LYCEUM_DATA_DIR=str(tmp_path))
        assert (code, out) == (1, "")
        assert err == (
            "lyceum: Lyceum already runs at http://127.0.0.1:8000 (process 42) with the data "
            f"folder {tmp_path}: stop it first, or set LYCEUM_DATA_DIR to another folder.\n"
        )
        assert record.last(tmp_path) is not None

    def test_a_data_folder_that_is_a_file(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("")
        code, out, err = lyceum("dev", LYCEUM_DATA_DIR=str(path))
        assert (code, out) == (1, "")
        assert err == (
            f"lyceum: The data folder {path} can't be used (Not a directory): set "
            "LYCEUM_DATA_DIR to a folder that can be written.\n"
        )

    def test_a_setting_that_makes_no_sense(self) -> None:
        code, out, err = lyceum("dev", LYCEUM_PORT="eighty")
        assert (code, out) == (1, "")
        assert err.startswith("lyceum: The setting LYCEUM_PORT is wrong: Input should be a valid")
        assert err.count("\n") == 1


def test_a_server_without_its_settings() -> None:
    code, out, err = lyceum("serve", REDIS_URL="redis://127.0.0.1:1/0")
    assert (code, out, err) == (
        1,
        "",
        "lyceum: DATABASE_URL, LYCEUM_SECRET_KEY must be set (`lyceum dev` needs none of them).\n",
    )


def test_a_damaged_model_is_found_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "ggml-tiny.bin").write_bytes(b"lmgg")
    code, out, err = lyceum("models", "--check", LYCEUM_DATA_DIR=str(tmp_path))
    assert (code, err) == (1, "")
    assert [line.split()[:3] for line in out.splitlines()] == [
        ["speech", "whisper-tiny", "damaged"],
        ["language", "smollm2-135m-instruct", "missing"],
    ]


def test_the_command_line_starts_at_once() -> None:
    """Nothing heavy is imported before a command runs."""
    heavy = ("pydantic", "sqlalchemy", "strawberry", "httpx", "asyncpg", "redis", "numpy", "rich")
    code = f"import app.cli, sys; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(28, "No space left on device"), "There is no space left on the disk."),
        (PermissionError(13, "Permission denied", "/x"), "/x can't be used: Permission denied."),
        (ValueError("two\nlines"), "ValueError: two lines (set LYCEUM_DEBUG=1 to see where)."),
    ],
)
def test_unforeseen_failures(error: Exception, expected: str) -> None:
    assert sentence(error) == expected


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

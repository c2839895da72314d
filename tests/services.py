"""The real services for the tests: embedded ones, or those that the environment names.

A pytest plugin: `pytest_plugins = ["tests.services"]` in the root's conftest.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedPostgres, EmbeddedValkey
from app.core.filelock import FileLock

_PREFIX = "lyceum-test-"


@pytest.fixture(scope="session")
def services_folder() -> Iterator[Path]:
    """A folder for the embedded services; what a killed run left behind goes first.

    Not pytest's own: that is closed to the user that PostgreSQL runs as under root.
    """
    base = Path(tempfile.gettempdir())
    for old in base.glob(f"{_PREFIX}*"):
        if old.stat().st_uid == os.geteuid():
            lock = FileLock(old / "lock")
            if lock.acquire(wait=False):
                shutil.rmtree(old, ignore_errors=True)
                lock.release()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o711)
    with FileLock(folder / "lock"):
        yield folder
        # A run that begins now may take it for left behind, once its lock is deleted.
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(services_folder: Path) -> Iterator[str]:
    """An empty database, its owner a superuser; TEST_DATABASE_URL names another."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = EmbeddedPostgres(services_folder / "postgres", durable=False)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def redis_url(services_folder: Path) -> Iterator[str]:
    """An empty Valkey; TEST_REDIS_URL names another."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    server = EmbeddedValkey(services_folder / "valkey", durable=False)
    try:
        yield server.start()
    finally:
        server.stop()

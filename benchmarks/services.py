"""PostgreSQL and Valkey of the benchmark's own, for as long as it runs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.embedded import EmbeddedPostgres, EmbeddedValkey


@dataclass(frozen=True)
class Services:
    """Where they are, and a folder for what the servers write."""

    folder: Path
    database_url: str
    redis_url: str
    postgres_pid: int


@contextmanager
def services() -> Iterator[Services]:
    """Empty ones in a folder that goes afterwards.

    Nothing waits for the disk: it would be the same wait for every server, and would hide
    what they do themselves.
    """
    folder = Path(tempfile.mkdtemp(prefix="lyceum-benchmark-"))
    # PostgreSQL gives up root's rights and has to pass through.
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder / "postgres", durable=False)
    valkey = EmbeddedValkey(folder / "valkey", durable=False)
    try:
        database_url, redis_url = postgres.start(), valkey.start()
        assert postgres.pid is not None
        yield Services(folder, database_url, redis_url, postgres.pid)
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder)

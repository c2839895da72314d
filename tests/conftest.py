"""The real database, the real Valkey and the real server, for every test.

Migrating and seeding happen once, in a template. A test finds the work database as the
template is: deleting what the last test left takes a millisecond, cloning takes a hundred.
A test that changes the system's own data (roles, prompts) takes a clone of its own.
"""

import asyncio
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import uvicorn
from dramatiq.brokers.stub import StubBroker
from redis.asyncio import Redis
from sqlalchemy import event

from app.core.db import Database
from app.core.jobs import QUEUES
from app.core.memory import keep_what_is_there
from app.core.migrate import upgrade
from app.core.resources import Resources, open_resources
from app.core.serving.options import OPTIONS
from app.core.settings import Settings, get_settings
from app.main import create_app
from app.seed import seed_system
from tests.client import Api
from tests.lending import Lending
from tests.waiting import eventually
from workers.outbox import relay as run_relay

pytest_plugins = ["tests.services", "tests.people"]

SECRET = "a key for tests that is long enough"

_SYSTEM_TABLES = (
    "alembic_version",
    "permission",
    "role",
    "role_permission",
    "prompt_template",
    "retention_policy",
)
_OUR_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = 'public'::regnamespace AND relname <> ALL ($1)
"""
_numbers = count(1)
# Reading the machine's certificates takes 20 ms, and nobody here speaks TLS.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def pytest_collection_finish() -> None:
    """Collect garbage as the server does, which has the schema in memory as well."""
    keep_what_is_there()


class Databases:
    """Clones of the template."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._template = f"lyceum_template_{os.getpid()}"

    def url(self, name: str) -> str:
        """The address of a database of this server."""
        return f"{self._server_url.rsplit('/', 1)[0]}/{name}"

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def make_template(self) -> None:
        """Migrate and seed, once."""
        await self._do(f"CREATE DATABASE {self._template}")
        url = self.url(self._template)
        await asyncio.to_thread(upgrade, url)
        database = Database(url, pool_size=1)
        await seed_system(database)
        await database.close()

    @asynccontextmanager
    async def clone(self) -> AsyncIterator[str]:
        """The address of a database as the template is."""
        name = f"lyceum_clone_{os.getpid()}_{next(_numbers)}"
        await self._do(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY FILE_COPY")
        yield self.url(name)
        await self._do(f"DROP DATABASE {name} WITH (FORCE)")

    async def drop_template(self) -> None:
        """Leave the server as it was."""
        await self._do(f"DROP DATABASE {self._template} WITH (FORCE)")


@pytest.fixture(scope="session")
async def databases(postgres_url: str) -> AsyncIterator[Databases]:
    """The server with its template."""
    made = Databases(postgres_url)
    await made.make_template()
    yield made
    await made.drop_template()


class WorkDatabase:
    """The database that tests share one after the other, and what cleans it."""

    def __init__(self, url: str, connection: Any, names: Sequence[str]) -> None:
        self.url = url
        self._connection = connection
        statements = ["SET LOCAL lock_timeout = '5s'"]
        # As a replica the server checks no foreign keys, so that the order doesn't matter.
        statements += ["SET LOCAL session_replication_role = replica"]
        statements += [f'DELETE FROM "{name}"' for name in names]  # noqa: S608 - names of tables
        self._clean = "; ".join(statements)

    async def clean(self) -> None:
        """Leave it as the template is."""
        async with self._connection.transaction():
            await self._connection.execute(self._clean)


@pytest.fixture(scope="session")
async def work_database(databases: Databases) -> AsyncIterator[WorkDatabase]:
    """The work database, whose connections are kept from test to test."""
    async with databases.clone() as url:
        connection = await asyncpg.connect(url)
        names = [row[0] for row in await connection.fetch(_OUR_TABLES, _SYSTEM_TABLES)]
        lending = Lending(url)
        with pytest.MonkeyPatch.context() as patch:
            lending.install(patch)
            yield WorkDatabase(url, connection, names)
        await lending.close()
        await connection.close()


@pytest.fixture
async def database_url(work_database: WorkDatabase) -> str:
    """A database as the template is."""
    await work_database.clean()
    return work_database.url


@pytest.fixture
async def own_database_url(databases: Databases) -> AsyncIterator[str]:
    """A database that this test alone ever uses: it may change the system's data."""
    async with databases.clone() as url:
        yield url


@pytest.fixture
async def clean_redis_url(redis_url: str) -> str:
    """A Valkey without keys."""
    redis = Redis.from_url(redis_url)
    await redis.flushdb()
    await redis.aclose()
    return redis_url


@pytest.fixture
def settings(database_url: str, clean_redis_url: str, tmp_path: Path) -> Settings:
    """The settings of a server whose rate limits are out of the way."""
    return Settings(
        database_url=database_url,
        redis_url=clean_redis_url,
        data_dir=tmp_path,
        secret_key=SECRET,
        limit_scale=1000,
        log_level="WARNING",
        turn_urls=["turn:turn.example.org:3478"],
        turn_secret="shared with coturn",
    )


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """What a process holds: another process than the server's."""
    async with open_resources(settings) as opened:
        yield opened


@asynccontextmanager
async def serve(settings: Settings) -> AsyncIterator[Api]:
    """The real server on a port of its own."""
    app = create_app(settings)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="on", timeout_graceful_shutdown=3, **OPTIONS)
    )
    # Its parts instead of `serve`, whose loop looks ten times a second for a reason to stop.
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listening])
    assert server.started, "the server didn't start"
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(
            base_url=url, timeout=20, trust_env=False, verify=_NO_CERTIFICATES
        ) as http:
            yield Api(url, http, app)
        await eventually(lambda: not (server.server_state.connections or server.server_state.tasks))
    finally:
        # Its parts again: `shutdown` gives connections a tenth of a second, and there are none.
        for each in server.servers:
            each.close()
        listening.close()
        await server.lifespan.shutdown()


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Api]:
    """The real server, and a client of it."""
    async with serve(settings) as made:
        yield made


@pytest.fixture
def broker() -> StubBroker:
    """A broker that keeps the jobs that it is given."""
    made = StubBroker(middleware=[])
    for queue in QUEUES:
        made.declare_queue(queue)
    return made


@pytest.fixture
async def relay(resources: Resources, broker: StubBroker) -> AsyncIterator[None]:
    """The relay, running; it looks as soon as a transaction says so."""
    woken = asyncio.Event()
    connection = await asyncpg.connect(resources.database.url)
    await connection.add_listener("outbox", lambda *_: woken.set())
    running = asyncio.create_task(run_relay(resources, broker, woken))
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await connection.close()


@pytest.fixture(scope="session")
def worker_environment(databases: Databases, redis_url: str) -> Iterator[None]:
    """What `workers.broker` reads when it is imported."""
    assert "workers.broker" not in sys.modules, "the broker was imported before it knew its Valkey"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", databases.url("nobody_connects"))
        patch.setenv("REDIS_URL", redis_url)
        patch.setenv("LYCEUM_SECRET_KEY", SECRET)
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


Counting = Callable[[Resources], AbstractContextManager[list[str]]]


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """What the database is sent by a process while a `with` block runs, as a list of SQL."""

    @contextmanager
    def counting(resources: Resources) -> Iterator[list[str]]:
        seen: list[str] = []
        database, readers = resources.database, resources.readers
        fetch, write = readers.fetch, readers.write

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        async def noting(sql: str, parameters: Sequence[Any]) -> Any:
            seen.append(sql)
            return await fetch(sql, parameters)

        async def noting_write(sql: str, *more: Any) -> Any:
            seen.append(sql)
            return await write(sql, *more)

        # Readers' engine is derived from the other before anybody listens, and asks only then.
        database._reader.sync_engine._has_events = True
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        with monkeypatch.context() as patch:
            patch.setattr(readers, "fetch", noting)
            patch.setattr(readers, "write", noting_write)
            yield seen
        event.remove(engine, "before_cursor_execute", note)

    return counting

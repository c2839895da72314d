"""The readers' connections: lost, stale, interrupted, all taken, closed."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import pytest

from app.core.embedded import EmbeddedPostgres
from app.core.graph.read import pool
from app.core.graph.read.pool import Readers
from tests.engine.gates import PASS, Watch, watching
from tests.waiting import eventually

_SIZE = 3
_PID = "SELECT pg_backend_pid()"
# One of a million for each statement, so that no answer is taken for another's.
_ECHO = "SELECT $1::int, pg_backend_pid()"
_STOP = f"SELECT $1::int, {PASS}"

_numbers = count(1)


@pytest.fixture
async def database_url(own_database_url: str) -> str:
    """Nobody else's connections are counted."""
    return own_database_url


@pytest.fixture
async def watch(database_url: str) -> AsyncIterator[Watch]:
    async with watching(database_url) as made:
        yield made


@pytest.fixture
async def readers(database_url: str, watch: Watch) -> AsyncIterator[Readers]:
    made = Readers(database_url, size=_SIZE)
    yield made
    await made.close()
    await watch.until_backends(0)


async def _echo(readers: Readers) -> int:
    """Read a number; the process that answered."""
    number = next(_numbers)
    [row] = await readers.fetch(_ECHO, [number])
    assert row[0] == number
    pid: int = row[1]
    return pid


async def _fill(readers: Readers, watch: Watch) -> set[int]:
    """Open as many connections as there may be."""
    await watch.close_gate()
    tasks = [asyncio.create_task(readers.fetch(_STOP, [number])) for number in range(_SIZE)]
    backends = await watch.until_stopped(_SIZE)
    await watch.open_gate()
    assert [rows[0][0] for rows in await asyncio.gather(*tasks)] == list(range(_SIZE))
    return backends


class TestUse:
    async def test_one_after_the_other_uses_one(self, readers: Readers, watch: Watch):
        assert len({await _echo(readers) for _ in range(20)}) == 1
        assert len(await watch.backends()) == 1

    async def test_never_more_than_its_size(self, readers: Readers, watch: Watch):
        backends = await _fill(readers, watch)
        await watch.close_gate()
        tasks = [asyncio.create_task(readers.fetch(_STOP, [number])) for number in range(20)]
        assert await watch.until_stopped(_SIZE) == backends
        assert await watch.backends() == backends
        await watch.open_gate()
        assert [rows[0][0] for rows in await asyncio.gather(*tasks)] == list(range(20))
        assert await watch.backends() == backends

    async def test_who_waits_longest_is_next(self, database_url: str):
        readers, done = Readers(database_url, size=1), []

        async def ask(number: int) -> None:
            await readers.fetch(_ECHO, [number])
            done.append(number)
            if number < 50:
                # Whoever comes back at once takes its place at the end.
                await readers.fetch(_ECHO, [number])
                done.append(number + 100)

        await asyncio.gather(*[ask(number) for number in range(100)])
        assert done == [*range(100), *range(100, 150)]
        await readers.close()

    async def test_is_set_up_for_reading(self, readers: Readers):
        settings = {
            name: (await readers.fetch(f"SHOW {name}", []))[0][0]
            for name in ("application_name", "jit", "statement_timeout", "plan_cache_mode")
        }
        assert settings == {
            "application_name": "lyceum-read",
            "jit": "off",
            "statement_timeout": "30s",
            "plan_cache_mode": "force_generic_plan",
        }

    async def test_keeps_so_many_statements(
        self, readers: Readers, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(pool, "_PREPARED", 5)
        for number in range(20):
            [row] = await readers.fetch(f"SELECT {number} + $1::int", [1])
            assert row[0] == number + 1
        # The one that counts is itself prepared; one more is closed by the next statement.
        [row] = await readers.fetch("SELECT count(*)::int FROM pg_prepared_statements", [])
        assert 5 <= row[0] <= 6


class TestLost:
    async def test_while_nothing_ran(self, readers: Readers, watch: Watch):
        old = await _fill(readers, watch)
        await watch.kill(old)
        answers = await asyncio.gather(*[_echo(readers) for _ in range(30)])
        assert old.isdisjoint(answers)
        assert len(await watch.backends()) <= _SIZE

    async def test_before_a_write(self, readers: Readers, watch: Watch):
        old = await _fill(readers, watch)
        await watch.kill(old)
        await watch.until_backends(0)
        [row] = await readers.write(_PID, [])
        assert row[0] not in old

    async def test_in_the_middle_of_a_statement(self, readers: Readers, watch: Watch):
        await watch.close_gate()
        tasks = [asyncio.create_task(readers.fetch(_STOP, [number])) for number in range(9)]
        first = await watch.until_stopped(_SIZE)
        await watch.kill(first)

        async def others() -> bool:
            found = await watch.stopped()
            return len(found) == _SIZE and found.isdisjoint(first)

        await eventually(others)
        await watch.open_gate()
        assert [rows[0][0] for rows in await asyncio.gather(*tasks)] == list(range(9))
        assert len(await watch.backends()) <= _SIZE

    async def test_twice_is_told(self, readers: Readers, watch: Watch):
        await watch.close_gate()
        task = asyncio.create_task(readers.fetch(_STOP, [1]))
        first = await watch.until_stopped(1)
        await watch.kill(first)

        async def again() -> bool:
            found = await watch.stopped()
            return len(found) == 1 and found.isdisjoint(first)

        await eventually(again)
        await watch.kill(await watch.stopped())
        with pytest.raises(asyncpg.PostgresConnectionError):
            await task
        await watch.open_gate()
        await _echo(readers)
        assert len(await watch.backends()) == 1

    async def test_with_the_server(self, services_folder: Path):
        server = EmbeddedPostgres(services_folder / "restarted", durable=False)
        readers = Readers(server.start(), size=_SIZE)
        try:
            await asyncio.gather(*[_echo(readers) for _ in range(9)])
            address = server.url
            process = server._process
            assert process is not None
            process.send_signal(server.quick)
            process.wait(10)
            for _ in range(2):
                with pytest.raises(OSError, match="Connect"):
                    await _echo(readers)
            assert server.restart() == address
            await asyncio.gather(*[_echo(readers) for _ in range(9)])
            async with watching(server.url) as watch:
                assert 1 <= len(await watch.backends()) <= _SIZE
        finally:
            await readers.close()
            server.stop()

    async def test_storm(self, readers: Readers, watch: Watch):
        """Whatever dies, is cancelled or fails, answers are their own and places come back."""
        rng, seen = Random(5), {"right": 0, "lost": 0, "cancelled": 0, "wrong": 0}

        async def ask(kind: str) -> None:
            try:
                if kind == "wrong":
                    await readers.fetch("SELECT 1 / $1::int", [0])
                await _echo(readers)
                seen["right"] += 1
            except asyncpg.DivisionByZeroError:
                seen["wrong"] += 1
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
                seen["lost"] += 1

        for _ in range(15):
            tasks = [
                asyncio.create_task(ask(rng.choice(("right", "right", "wrong")))) for _ in range(20)
            ]
            for task in rng.sample(tasks, 5):
                asyncio.get_running_loop().call_later(rng.random() / 100, task.cancel)
            await watch.kill(rng.sample(sorted(found := await watch.backends()), len(found) // 2))
            results = await asyncio.gather(*tasks, return_exceptions=True)
            seen["cancelled"] += sum(isinstance(each, BaseException) for each in results)
            kinds = {type(each) for each in results}
            assert kinds <= {type(None), asyncio.CancelledError}, results
        assert seen["right"] > 100
        assert seen["wrong"] > 30
        assert (readers._places, len(readers._waiting)) == (_SIZE, 0)
        assert len(await _fill(readers, watch)) == _SIZE
        await watch.until_backends(_SIZE)


class TestInterrupted:
    async def test_leaves_no_broken_connection(self, readers: Readers, watch: Watch):
        await watch.close_gate()
        tasks = [asyncio.create_task(readers.fetch(_STOP, [number])) for number in range(_SIZE)]
        interrupted = await watch.until_stopped(_SIZE)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in results] == [asyncio.CancelledError] * _SIZE
        answers = await asyncio.gather(*[_echo(readers) for _ in range(30)])
        assert interrupted.isdisjoint(answers)
        await watch.open_gate()

        async def gone() -> bool:
            return interrupted.isdisjoint(await watch.backends())

        await eventually(gone)
        assert len(await watch.backends()) <= _SIZE

    async def test_ends_the_statement_at_the_server(self, readers: Readers, watch: Watch):
        """What nobody waits for any more costs nothing, and places aren't exceeded for long."""
        await watch.close_gate()
        task = asyncio.create_task(readers.fetch(_STOP, [1]))
        await watch.until_stopped(1)
        task.cancel()
        await watch.until_backends(0)

    async def test_while_it_waits_for_a_place(self, readers: Readers, watch: Watch):
        await watch.close_gate()
        tasks = [asyncio.create_task(readers.fetch(_STOP, [number])) for number in range(9)]
        await watch.until_stopped(_SIZE)
        for task in tasks[_SIZE::2]:
            task.cancel()
        await watch.open_gate()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        answered = [each[0][0] for each in results if not isinstance(each, BaseException)]
        assert answered == [0, 1, 2, 4, 6, 8]
        assert readers._places == _SIZE

    async def test_as_its_turn_comes(self, database_url: str, watch: Watch):
        """The place that it was just given goes to the next."""
        readers = Readers(database_url, size=1)
        await watch.close_gate()
        first = asyncio.create_task(readers.fetch(_STOP, [1]))
        await watch.until_stopped(1)
        second, third = [asyncio.create_task(readers.fetch(_ECHO, [n])) for n in (2, 3)]
        await eventually(lambda: len(readers._waiting) == 2)
        waiter = readers._waiting[0]
        waiter.add_done_callback(lambda _: second.cancel())
        await watch.open_gate()
        assert (await first)[0][0] == 1
        assert (await third)[0][0] == 3
        with pytest.raises(asyncio.CancelledError):
            await second
        assert readers._places == 1
        await readers.close()

    async def test_one_that_takes_too_long_runs_once(
        self, database_url: str, watch: Watch, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(pool, "_STATEMENT_SECONDS", 0.2)
        monkeypatch.setattr(pool, "_SETTINGS", pool._SETTINGS | {"statement_timeout": "0"})
        await watch.execute("CREATE SEQUENCE runs")
        readers = Readers(database_url, size=1)
        try:
            await watch.close_gate()
            with pytest.raises(TimeoutError):
                await readers.fetch(f"SELECT nextval('runs'), {PASS}", [])
            await watch.open_gate()
            assert await watch.value("SELECT last_value FROM runs") == 1
            await _echo(readers)
        finally:
            await readers.close()
            await watch.execute("DROP SEQUENCE runs")


class TestFailing:
    @pytest.mark.parametrize(
        ("sql", "parameter", "error"),
        [
            ("SELECT 1 / $1::int", 0, asyncpg.DivisionByZeroError),
            ("SELECT $1::text FROM nowhere", "", asyncpg.UndefinedTableError),
            ("SELECT $1::text FROM", "", asyncpg.PostgresSyntaxError),
        ],
    )
    async def test_costs_no_connection(
        self, readers: Readers, sql: str, parameter: Any, error: type[Exception]
    ):
        pid = await _echo(readers)
        for _ in range(3):
            with pytest.raises(error):
                await readers.fetch(sql, [parameter])
            assert await _echo(readers) == pid

    @pytest.mark.parametrize("parameter", [2**31, "1", None.__class__])
    async def test_of_a_wrong_parameter_costs_no_connection(self, readers: Readers, parameter: Any):
        pid = await _echo(readers)
        with pytest.raises(asyncpg.DataError, match="invalid input for query"):
            await readers.fetch("SELECT $1::int", [parameter])
        assert await _echo(readers) == pid

    async def test_to_connect_gives_the_place_back(self, database_url: str):
        readers = Readers(database_url + "_that_is_not_there", size=1)
        results = await asyncio.gather(
            *[readers.fetch(_ECHO, [number]) for number in range(5)], return_exceptions=True
        )
        assert {type(each) for each in results} == {asyncpg.InvalidCatalogNameError}
        assert readers._places == 1


@pytest.mark.usefixtures("table")
class TestStale:
    """What is prepared outlives changes of what it reads."""

    @pytest.fixture
    async def table(self, watch: Watch) -> AsyncIterator[None]:
        await watch.execute("CREATE TABLE thing (id int PRIMARY KEY, size int, name text)")
        await watch.execute("INSERT INTO thing SELECT n, n, 'n' || n FROM generate_series(1, 9) n")
        await watch.execute("CREATE INDEX thing_size ON thing (size)")
        yield
        await watch.execute("DROP TABLE thing")

    @pytest.mark.parametrize(
        "change",
        [
            "ALTER TABLE thing ADD COLUMN more text DEFAULT 'x'",
            "DROP INDEX thing_size; CREATE INDEX thing_size ON thing (size DESC)",
            "DROP INDEX thing_size",
            "ALTER TABLE thing ALTER COLUMN size TYPE bigint",
            "ALTER TABLE thing ALTER COLUMN size TYPE numeric",
            "ALTER TABLE thing ALTER COLUMN name TYPE varchar(9)",
            "ALTER TABLE thing RENAME TO old; CREATE TABLE thing AS TABLE old; DROP TABLE old",
            "ANALYZE thing",
        ],
    )
    @pytest.mark.parametrize("columns", ["id, size, name", "*"])
    async def test_after(self, readers: Readers, watch: Watch, change: str, columns: str):
        sql = f"SELECT {columns} FROM thing WHERE size = $1"  # noqa: S608 - of the test's own
        pids = await _fill(readers, watch)
        for number in range(1, 9):
            [row] = await readers.fetch(sql, [number])
            assert tuple(row)[:3] == (number, number, f"n{number}")
        await watch.execute(change)
        for number in range(1, 9):
            [row] = await readers.fetch(sql, [number])
            assert tuple(row)[:3] == (number, number, f"n{number}")
        assert await watch.backends() == pids

    @pytest.mark.parametrize("more", [0, 1])
    async def test_a_write_after(self, readers: Readers, watch: Watch, more: int):
        sql = "UPDATE thing SET size = size + 1 WHERE id = $1 RETURNING *"
        after = [("UPDATE thing SET size = size + 10 WHERE id = $1 RETURNING *", [1])] * more
        for added in (1, 2):
            [row] = await readers.write(sql, [1], *after)
            assert row["size"] == 1 + added + 10 * more * (added - 1)
            await watch.execute(f"ALTER TABLE thing ADD COLUMN more{added} text")
        [row] = await readers.fetch("SELECT size FROM thing WHERE id = $1", [1])
        assert row["size"] == 3 + 20 * more

    async def test_after_a_column_went_and_came(self, readers: Readers, watch: Watch):
        sql = "SELECT name FROM thing WHERE id = $1"
        assert (await readers.fetch(sql, [1]))[0][0] == "n1"
        pid = await _echo(readers)
        await watch.execute("ALTER TABLE thing RENAME COLUMN name TO title")
        with pytest.raises(asyncpg.UndefinedColumnError):
            await readers.fetch(sql, [1])
        await watch.execute("ALTER TABLE thing RENAME COLUMN title TO name")
        assert (await readers.fetch(sql, [1]))[0][0] == "n1"
        assert await _echo(readers) == pid

    async def test_after_it_was_forgotten_at_the_server(self, readers: Readers):
        pid = await _echo(readers)
        await readers.fetch("DEALLOCATE ALL", [])
        assert await _echo(readers) == pid

    async def test_after_an_enum_was_made_anew(self, readers: Readers, watch: Watch):
        await watch.execute("CREATE TYPE mood AS ENUM ('SAD', 'GLAD')")
        await watch.execute("ALTER TABLE thing ADD mood mood DEFAULT 'SAD'")
        sql = "SELECT id, mood FROM thing WHERE mood = 'SAD' AND id = $1"
        pid = await _echo(readers)
        assert tuple((await readers.fetch(sql, [1]))[0]) == (1, "SAD")
        await watch.execute(
            "ALTER TABLE thing ALTER mood DROP DEFAULT; CREATE TYPE new AS ENUM ('GLAD', 'SAD');"
            "ALTER TABLE thing ALTER mood TYPE new USING mood::text::new;"
            "DROP TYPE mood; ALTER TYPE new RENAME TO mood"
        )
        assert tuple((await readers.fetch(sql, [1]))[0]) == (1, "SAD")
        assert await _echo(readers) == pid
        await watch.execute("ALTER TABLE thing DROP mood; DROP TYPE mood")


class TestClose:
    async def test_closes_all(self, database_url: str, watch: Watch):
        readers = Readers(database_url, size=_SIZE)
        await _fill(readers, watch)
        await readers.close()
        await watch.until_backends(0)
        await readers.close()

    async def test_while_statements_run(self, database_url: str, watch: Watch):
        readers = Readers(database_url, size=_SIZE)
        await watch.close_gate()
        tasks = [asyncio.create_task(readers.fetch(_STOP, [number])) for number in range(9)]
        await watch.until_stopped(_SIZE)
        await readers.close()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, Exception) for each in results), results
        await watch.until_backends(0)
        await watch.open_gate()

    async def test_without_connections(self, database_url: str):
        await Readers(database_url, size=_SIZE).close()

    async def test_of_lost_ones(self, database_url: str, watch: Watch):
        readers = Readers(database_url, size=_SIZE)
        await watch.kill(await _fill(readers, watch))
        await readers.close()
        await watch.until_backends(0)

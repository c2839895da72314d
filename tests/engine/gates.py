"""Statements that stop in the middle for as long as a test wants."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.waiting import eventually

_KEY = 7301
# What a statement selects beside its data to stop at the gate; an SQL term.
PASS = f"pg_advisory_xact_lock_shared({_KEY})"

_BACKENDS = """
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'lyceum-read' AND datname = current_database()
"""


class Watch:
    """A connection of the test's own: it looks at those of `Readers`, and holds the gate."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def execute(self, sql: str) -> None:
        """Do something that is committed at once."""
        await self._connection.execute(sql)

    async def value(self, sql: str, *parameters: Any) -> Any:
        """The first column of the first row."""
        return await self._connection.fetchval(sql, *parameters)

    async def backends(self) -> set[int]:
        """The server's processes for `Readers`' connections."""
        return {row[0] for row in await self._connection.fetch(_BACKENDS)}

    async def close_gate(self) -> None:
        """Statements with `PASS` stop from now on."""
        await self.execute(f"SELECT pg_advisory_lock({_KEY})")

    async def open_gate(self) -> None:
        """Statements go on."""
        await self.execute(f"SELECT pg_advisory_unlock({_KEY})")

    async def stopped(self) -> set[int]:
        """The processes that stand at the gate."""
        rows = await self._connection.fetch(f"{_BACKENDS} AND wait_event = 'advisory'")
        return {row[0] for row in rows}

    async def until_stopped(self, number: int) -> set[int]:
        """Wait until so many statements stand at the gate."""

        async def all_there() -> bool:
            return len(await self.stopped()) == number

        await eventually(all_there)
        return await self.stopped()

    async def until_backends(self, number: int) -> None:
        """Wait until the server has so many processes left."""

        async def as_many() -> bool:
            return len(await self.backends()) == number

        await eventually(as_many)

    async def kill(self, backends: Sequence[int] | set[int]) -> None:
        """End the server's processes, as an administrator does."""
        for pid in backends:
            await self.execute(f"SELECT pg_terminate_backend({pid}, 5000)")


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Watch]:
    """A watch on a database."""
    connection = await asyncpg.connect(url)
    try:
        yield Watch(connection)
    finally:
        await connection.close()

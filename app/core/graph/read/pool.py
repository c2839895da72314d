"""Connections for reading: prepared once per statement, never reset in between.

The driver's own pool sends a reset with every release, which costs as much as a small read. So
nothing here may leave anything behind in a session: no SET, no LISTEN, no advisory locks, no
transaction. The viewer is a parameter.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg

_PREPARED = 500
_CONNECT_SECONDS = 5
_CLOSED = "The readers are closed."
_STATEMENT_SECONDS = 30
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What the driver says between a connection's last words and its end.
    asyncpg.InternalClientError,
    OSError,
)
_STALE = (asyncpg.InvalidCachedStatementError, asyncpg.InvalidSQLStatementNameError)
_SETTINGS = {
    "application_name": "lyceum-read",
    # Compiling a plan costs more than the short statements of this program.
    "jit": "off",
    "statement_timeout": f"{_STATEMENT_SECONDS}s",
    # A statement whose reader was interrupted ends, rather than run on for nobody.
    "client_connection_check_interval": "1s",
    # A statement is planned once: planning takes longer than running it.
    "plan_cache_mode": "force_generic_plan",
}


class _Reader:
    """One connection and what is prepared on it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._prepared: OrderedDict[str, Any] = OrderedDict()

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The rows."""
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = self._prepared[sql] = await self.connection.prepare(sql)
            if len(self._prepared) > _PREPARED:
                # The driver closes it at the server once nothing refers to it.
                self._prepared.popitem(last=False)
        else:
            self._prepared.move_to_end(sql)
        return await prepared.fetch(*parameters)

    async def change(
        self, sql: str, parameters: Sequence[Any], after: Sequence[tuple[str, Sequence[Any]]]
    ) -> Any:
        """The rows of a statement, in one transaction with those that come after it."""
        if not after:
            return await self.fetch(sql, parameters)
        async with self.connection.transaction():
            rows = await self.fetch(sql, parameters)
            for each in after if rows else ():
                await self.fetch(*each)
        return rows

    def forget(self) -> None:
        """The tables have changed: prepare anew."""
        self._prepared.clear()


class Readers:
    """A few connections, opened when they are first needed; the last one used is used first."""

    def __init__(self, url: str, *, size: int) -> None:
        self._url = url
        self._free: list[_Reader] = []
        self._places = size
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._open: set[_Reader] = set()
        self._closed = False

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> Any:
        """The rows of one statement; tried again if the connection turns out to be lost."""
        reader = await self._take()
        alive = False
        try:
            rows = await reader.fetch(sql, parameters)
            alive = True
        except _STALE:
            reader.forget()
            rows = await reader.fetch(sql, parameters)
            alive = True
        except TimeoutError:
            # An `OSError`, but what took too long once isn't tried again.
            raise
        except _LOST:
            self._drop(reader)
            reader = await self._connect()
            rows = await reader.fetch(sql, parameters)
            alive = True
        except asyncpg.PostgresError:
            alive = True
            raise
        finally:
            # One that was interrupted in the middle of an answer is no good any more.
            self._give_back(reader, alive=alive)
        return rows

    async def write(
        self, sql: str, parameters: Sequence[Any], *after: tuple[str, Sequence[Any]]
    ) -> Any:
        """The rows of one statement that changes something; never tried again if it was begun.

        With others, which come `after` it if it has rows, it is one transaction.
        """
        reader = await self._take()
        alive = False
        try:
            rows = await reader.change(sql, parameters, after)
            alive = True
        except _STALE:
            # Its plan was refused, so it wasn't begun, or was taken back.
            reader.forget()
            rows = await reader.change(sql, parameters, after)
            alive = True
        except asyncpg.PostgresError:
            alive = True
            raise
        finally:
            self._give_back(reader, alive=alive)
        return rows

    async def _take(self) -> _Reader:
        if self._places == 0:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._release()
                raise
        else:
            self._places -= 1
        while self._free:
            reader = self._free.pop()
            if not reader.connection.is_closed():
                return reader
            # The server ended it while nobody used it.
            self._drop(reader)
        try:
            return await self._connect()
        except BaseException:
            self._release()
            raise

    async def _connect(self) -> _Reader:
        if self._closed:
            raise asyncpg.InterfaceError(_CLOSED)
        connection = await asyncpg.connect(
            self._url,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            # Without its cache the driver leaves statements unnamed, and sends them every time.
            statement_cache_size=1,
            server_settings=_SETTINGS,
        )
        reader = _Reader(connection)
        if self._closed:
            self._drop(reader)
            raise asyncpg.InterfaceError(_CLOSED)
        self._open.add(reader)
        return reader

    def _give_back(self, reader: _Reader, *, alive: bool) -> None:
        if alive and not reader.connection.is_closed():
            self._free.append(reader)
        else:
            self._drop(reader)
        self._release()

    def _release(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._places += 1

    def _drop(self, reader: _Reader) -> None:
        self._open.discard(reader)
        reader.connection.terminate()

    async def close(self) -> None:
        """Close every connection; what runs or waits fails."""
        self._closed = True
        self._free.clear()
        for reader in list(self._open):
            self._open.discard(reader)
            with suppress(*_LOST, TimeoutError):
                await reader.connection.close(timeout=2)

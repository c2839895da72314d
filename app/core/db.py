"""The database: short read sessions, and write sessions for units of work.

They are separate types, so that a write through a reader doesn't pass the type checker.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable, Result, Select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlmodel import SQLModel
from sqlmodel.sql.expression import SelectOfScalar

T = TypeVar("T")


class ReadSession:
    """Statements that only read. Sibling coroutines must not share one."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self, statement: SelectOfScalar[T]) -> list[T]:
        """Every row of a statement that selects one thing."""
        return list((await self._session.scalars(statement)).all())

    async def first(self, statement: SelectOfScalar[T]) -> T | None:
        """The first row, or None."""
        return (await self._session.scalars(statement)).first()

    async def value(self, statement: SelectOfScalar[T]) -> T:
        """The one row that there must be."""
        return (await self._session.scalars(statement)).one()

    async def rows(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        """Every row of a statement that selects several things."""
        return (await self._session.execute(statement)).all()

    async def get(self, table: type[T], key: Any) -> T | None:
        """A row by its key, or None."""
        return await self._session.get(table, key)


class WriteSession(ReadSession):
    """One transaction."""

    def add(self, *rows: object) -> None:
        """Rows to insert at the next flush."""
        self._session.add_all(rows)

    async def insert(self, rows: Iterable[SQLModel]) -> None:
        """Insert rows, those first that others of them refer to.

        A flush of all at once would take the tables in any order.
        """
        by_table: dict[str, list[SQLModel]] = {}
        for row in rows:
            by_table.setdefault(str(row.__tablename__), []).append(row)
        for table in SQLModel.metadata.sorted_tables:
            if table.name in by_table:
                self.add(*by_table[table.name])
                await self.flush()

    async def delete(self, row: object) -> None:
        """A row to delete at the next flush."""
        await self._session.delete(row)

    async def flush(self) -> None:
        """Send what is pending, so that constraints speak now."""
        await self._session.flush()

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Any statement; what was added before it is flushed first."""
        await self._session.flush()
        return await self._session.execute(statement, parameters)

    async def changed(self, statement: Executable) -> int:
        """How many rows a statement changed."""
        result = await self.execute(statement)
        return result.rowcount if isinstance(result, CursorResult) else 0

    async def refresh(self, row: object) -> None:
        """Read a row again."""
        await self._session.refresh(row)

    async def commit(self) -> None:
        """End the transaction. Only the unit of work calls this."""
        await self._session.commit()


def driver_url(url: str) -> str:
    """A `postgresql://` address, as SQLAlchemy wants it for asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


class Database:
    """The pool of connections to one PostgreSQL."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        self.url = url
        self.engine = create_async_engine(
            driver_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args={
                "timeout": 5,
                "server_settings": {
                    "application_name": "lyceum",
                    # Compiling a plan costs more than the short statements of this program.
                    "jit": "off",
                    "statement_timeout": "30s",
                    "idle_in_transaction_session_timeout": "60s",
                },
            },
        )
        # Without a transaction a read costs one round trip instead of three.
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadSession]:
        """A short read; hold none across an await on anything but the database."""
        async with AsyncSession(self._reader, expire_on_commit=False) as session:
            yield ReadSession(session)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteSession]:
        """A transaction, rolled back unless it is committed."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield WriteSession(session)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

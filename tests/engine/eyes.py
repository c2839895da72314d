"""All rows of a world, and somebody who looks at them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import SQLModel

from app.core.clock import now

Row = Mapping[str, Any]

# Who sees a row as an object of a type: `oracle` and the rooms say it.
SEES: "dict[str, Callable[[Eyes, Row], bool]]" = {}


@dataclass(frozen=True)
class Rows:
    """All rows of a world, by table, as they were at a time."""

    tables: Mapping[str, list[Row]]
    time: datetime

    @classmethod
    async def read(cls, url: str) -> "Rows":
        """From the database."""
        connection = await asyncpg.connect(url)
        try:
            names = [table.name for table in SQLModel.metadata.sorted_tables]
            tables = {
                name: [_zoned(row) for row in await connection.fetch(f'TABLE "{name}"')]
                for name in names
            }
            return cls(tables, now())
        finally:
            await connection.close()

    @cached_property
    def _keys(self) -> dict[tuple[str, UUID], Row]:
        return {
            (table, row["id"]): row
            for table, rows in self.tables.items()
            for row in rows
            if "id" in row
        }

    def one(self, table: str, key: UUID | None) -> Row | None:
        """The row with this key."""
        return None if key is None else self._keys.get((table, key))

    def where(self, table: str, **values: Any) -> list[Row]:
        """The rows with these values."""
        return [
            row
            for row in self.tables[table]
            if all(row[name] == value for name, value in values.items())
        ]


def _zoned(row: Row) -> Row:
    """The row; the driver gives infinite times without their zone."""
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


@dataclass(frozen=True)
class Eyes:
    """Somebody who looks; `me` is None for nobody signed in."""

    rows: Rows
    me: UUID | None

    @cached_property
    def _permissions(self) -> set[str]:
        return {
            given["permission_key"]
            for role in self.rows.where("user_role", user_id=self.me)
            if role["expires_at"] is None or role["expires_at"] > self.rows.time
            for given in self.rows.where("role_permission", role_id=role["role_id"])
        }

    @cached_property
    def _conversations(self) -> set[UUID]:
        mine = self.rows.where("conversation_member", user_id=self.me, left_at=None)
        return {row["conversation_id"] for row in mine}

    @cached_property
    def _sessions(self) -> set[UUID]:
        mine = self.rows.where("session_participant", user_id=self.me)
        return {row["session_id"] for row in mine if row["status"] != "DECLINED"}

    def may(self, permission: str) -> bool:
        """Whether a role that hasn't expired gives it."""
        return permission in self._permissions

    def chats_in(self, conversation: UUID) -> bool:
        """Whether they are in it and haven't left."""
        return conversation in self._conversations

    def takes_part(self, session: UUID) -> bool:
        """Whether they were invited, or came, and didn't decline."""
        return session in self._sessions

    def sees(self, kind: str, row: Row | None) -> bool:
        """Whether they may see a row as an object of a type."""
        return row is not None and SEES[kind](self, row)


def everybody(_: Eyes, __: Row) -> bool:
    """Whoever comes to it sees it."""
    return True


def edge(table: str, column: str) -> Callable[[Rows, Row], Row | None]:
    """The row of a table whose key a column has."""
    return lambda rows, row: rows.one(table, row[column])


def below(table: str, column: str, key: str = "id") -> Callable[[Rows, Row], list[Row]]:
    """The rows of a table whose column has this row's key."""
    return lambda rows, row: rows.where(table, **{column: row[key]})

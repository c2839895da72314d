"""A change of the master key: every column marked `SEALED`, sealed anew.

Only the keys inside the envelopes are. A page of rows is one transaction, what is sealed by the
current master key already is passed over, and a row that somebody changed meanwhile is left to
them: they sealed it by the current key. So it may be stopped at any time and begun again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, and_, literal, select, tuple_, update
from sqlmodel import SQLModel

from app.core.db import Database
from app.core.envelope import Envelope

_PAGE = 200


@dataclass
class Rotated:
    """What became of one column: how many secrets were sealed anew, and how many had been."""

    table: str
    column: str
    renewed: int = 0
    current: int = 0


def sealed_columns() -> list[Column[Any]]:
    """Every column that holds what `Envelope` sealed."""
    return [
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.info.get("sealed")
    ]


async def rotate(database: Database, envelope: Envelope, column: Column[Any]) -> Rotated:
    """Seal a column anew. `KeyError` if a master key that sealed some of it is gone."""
    done = Rotated(column.table.name, column.name)
    last: Sequence[Any] | None = None
    while (last := await _page(database, envelope, column, last, done)) is not None:
        pass
    return done


async def _page(
    database: Database,
    envelope: Envelope,
    column: Column[Any],
    after: Sequence[Any] | None,
    done: Rotated,
) -> Sequence[Any] | None:
    """Seal the next rows; gives the key of the last one, or None at the end."""
    keys = list(column.table.primary_key.columns)
    rows = select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(_PAGE)
    if after is not None:
        last = [literal(value, key.type) for value, key in zip(after, keys, strict=True)]
        rows = rows.where(tuple_(*keys) > tuple_(*last))
    async with database.read() as reading:
        found = await reading.rows(rows)
    stale = [row for row in found if not envelope.is_current(row[-1])]
    renewed = [(row, await envelope.renew(row[-1])) for row in stale]
    done.current += len(found) - len(stale)
    async with database.write() as session:
        for row, sealed in renewed:
            done.renewed += await session.changed(_renewal(column, row, sealed))
        await session.commit()
    return found[-1][:-1] if found else None


def _renewal(column: Column[Any], row: Sequence[Any], sealed: bytes) -> Any:
    table = column.table
    *key, before = row
    same = [each == value for each, value in zip(table.primary_key.columns, key, strict=True)]
    # Nobody changed anything: times of change stay.
    kept = {each.name: each for each in table.columns if each.onupdate is not None}
    return update(table).where(and_(column == before, *same)).values({**kept, column.name: sealed})

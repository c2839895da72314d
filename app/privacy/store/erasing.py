"""Giving up rows: erased, or emptied and nobody's. A page is one short transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    select,
    text,
    true,
    update,
)

from app.core import personal
from app.core.db import WriteSession
from app.core.jobs import Job
from app.core.personal import Fate, Owner
from app.privacy.store.owned import PAGE, Person, keys, leads_to, page, these

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class GivenUp:
    """The keys of a page of rows (fewer than `PAGE` at the end), and what they leave elsewhere.

    `objects` of the store are to be deleted before the commit, `jobs` enqueued with it.
    """

    keys: Sequence[tuple[Any, ...]] = ()
    objects: Sequence[str] = ()
    jobs: Sequence[Job] = ()


async def give_up(
    session: WriteSession, column: Column[Any], person: Person, after: Sequence[Any] | None
) -> GivenUp:
    """Do to the next rows what the mark on a column says."""
    mark = personal.mark(column)
    assert mark is not None
    table = column.table
    # A text that may name them anywhere is looked for without an index.
    await session.execute(text("SET LOCAL statement_timeout = '10min'"))
    where = leads_to(column, person)
    rows = await _held(session, table, where, after)
    found = [tuple(row[: len(keys(table))]) for row in rows]
    if not found:
        return GivenUp()
    chosen = these(table, found)
    gone = chosen & _erased(mark)
    given_up = GivenUp(
        found, await _objects(session, table, gone), await _endings(session, table, gone)
    )
    if mark.fate is Fate.UNNAME:
        await session.execute(update(table).where(chosen).values(_unnamed(column, person)))
    else:
        await session.execute(delete(table).where(gone))
    if mark.fate is Fate.ANONYMISE:
        await _anonymise(session, column, mark, chosen)
    return given_up


async def _held(
    session: WriteSession, table: Table, where: ColumnElement[bool], after: Sequence[Any] | None
) -> Sequence[Any]:
    return await session.rows(
        page(table, keys(table), where, after, size=PAGE).with_for_update(of=table)
    )


def _erased(mark: Owner) -> ColumnElement[bool]:
    """Which of the rows go altogether."""
    if mark.fate is Fate.ERASE:
        return true()
    condition: Any = text(f"({mark.erased_if or 'false'})")
    return and_(true(), condition)


async def _objects(session: WriteSession, table: Table, where: ColumnElement[bool]) -> list[str]:
    columns = personal.files(table)
    if not columns:
        return []
    rows = await session.rows(select(*columns).where(where))
    return [name for row in rows for name in row if name]


async def _endings(session: WriteSession, table: Table, where: ColumnElement[bool]) -> list[Job]:
    jobs = []
    for column, job in personal.endings(table):
        rows = await session.rows(select(column).where(where))
        jobs += [job(name) for (name,) in rows if name]
    return jobs


async def _anonymise(
    session: WriteSession, column: Column[Any], mark: Owner, chosen: ColumnElement[bool]
) -> None:
    table = column.table
    if mark.along:
        [key] = table.c[mark.along].foreign_keys
        other = key.column.table
        reached = select(table.c[mark.along]).where(chosen)
        values = _emptied(personal.personal(other))
        await session.execute(update(other).where(key.column.in_(reached)).values(values))
    names = mark.empties
    empties = [each for each in personal.personal(table) if names is None or each.name in names]
    values = _emptied(empties) | {name: text(sql) for name, sql in mark.then.items()}
    target = personal.target(column)
    if target is not None and personal.is_user(target):
        values[column.name] = None
    if values:
        await session.execute(update(table).where(chosen).values(values))


def _emptied(columns: Sequence[Column[Any]]) -> dict[str, Any]:
    """The values of columns that say nothing any more."""
    values: dict[str, Any] = {}
    for column in columns:
        if column.nullable:
            values[column.name] = None
        else:
            values[column.name] = text("DEFAULT") if column.server_default is not None else ""
    return values


def _unnamed(column: Column[Any], person: Person) -> dict[str, Any]:
    """A column without a person's key: nobody's stands where it can't be left out."""
    target = personal.target(column)
    if target is None:
        without = func.replace(cast(column, Text), str(person.id), str(NOBODY))
        return {column.name: cast(without, column.type)}
    if isinstance(column.type, ARRAY):
        return {column.name: func.array_remove(column, person.id)}
    return {column.name: None}

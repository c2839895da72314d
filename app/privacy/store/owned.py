"""Which rows are somebody's, by the marks on columns (`app.core.personal`), page by page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    Text,
    Uuid,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlmodel import SQLModel

from app.core import personal
from app.core.personal import Fate

PAGE = 500
_USER = "user_account"


@dataclass(frozen=True)
class Person:
    """Whose rows are meant, and how texts may name them."""

    id: UUID
    email: str = ""
    username: str = ""

    def named(self, patterns: Sequence[str]) -> list[str]:
        """The texts of a mark's `names`."""
        return [
            pattern.format(
                id=self.id, email=self.email.casefold(), username=self.username.casefold()
            )
            for pattern in patterns
        ]


def is_anywhere(column: Column[Any]) -> bool:
    """Whether a marked column may name the user at any place of what it holds."""
    mark = personal.mark(column)
    return mark is not None and personal.target(column) is None and not mark.names


def leads_to(column: Column[Any], person: Person) -> ColumnElement[bool]:
    """The rows whose marked column leads to a person."""
    mark, target = personal.mark(column), personal.target(column)
    assert mark is not None
    if target is not None:
        return _has_key(column, target, person)
    if mark.names:
        return column.in_(person.named(mark.names))
    if isinstance(column.type, LargeBinary):
        named = func.convert_to(literal(str(person.id), Text), "UTF8")
        return func.position(named.op("in")(column)) > 0
    return cast(column, Text).contains(str(person.id))


def _has_key(column: Column[Any], target: Column[Any], person: Person) -> ColumnElement[bool]:
    several = isinstance(column.type, ARRAY)
    if personal.is_user(target):
        return column.contains([person.id]) if several else column == person.id
    parents = select(target).where(theirs(target.table, person))
    if not several:
        return column.in_(parents)
    key = func.unnest(column, type_=Uuid()).column_valued("key")
    return exists(select(key).where(key.in_(parents)))


def theirs(table: Table, person: Person, *, exported: bool = False) -> ColumnElement[bool]:
    """The rows of a table that are a person's; with `exported`, those for their archive."""
    if table.name == _USER:
        key: ColumnElement[bool] = table.c.id == person.id
        return key
    marks = [(column, personal.mark(column)) for column in personal.owners(table)]
    found = [
        leads_to(column, person)
        for column, mark in marks
        if mark and mark.fate is not Fate.UNNAME and (mark.exported or not exported)
    ]
    return or_(false(), *found)


@cache
def tables() -> tuple[Table, ...]:
    """Every table with marks; what rests on others' rows comes before them."""
    rests: dict[str, set[str]] = {}
    for table in SQLModel.metadata.sorted_tables:
        for column in personal.owners(table):
            target = personal.target(column)
            before = rests.setdefault(table.name, set())
            if target is not None and target.table.name not in (_USER, table.name):
                before.add(target.table.name)
            mark = personal.mark(column)
            if mark is not None and mark.after:
                rests.setdefault(mark.after, set()).add(table.name)
    # A sorter gives what others rest on first.
    order = [name for name in TopologicalSorter(rests).static_order() if name in rests]
    return tuple(SQLModel.metadata.tables[name] for name in reversed(order))


def marked() -> Iterator[Column[Any]]:
    """Every marked column, in the order in which rows can be given up."""
    for table in tables():
        yield from personal.owners(table)


def exported() -> list[Table]:
    """The tables of an archive, the account itself first."""
    found = [
        table
        for table in sorted(tables(), key=lambda each: each.name)
        if any(
            mark.exported and mark.fate is not Fate.UNNAME
            for column in personal.owners(table)
            if (mark := personal.mark(column))
        )
    ]
    return [SQLModel.metadata.tables[_USER], *found]


def keys(table: Table) -> list[Column[Any]]:
    """The columns of a table's primary key."""
    return list(table.primary_key.columns)


def page(
    table: Table,
    columns: Sequence[Any],
    where: ColumnElement[bool],
    after: Sequence[Any] | None,
    *,
    size: int = PAGE,
) -> Select[*tuple[Any, ...]]:
    """The next rows in the order of their keys, after a key."""
    found = select(*columns).where(where).order_by(*keys(table)).limit(size)
    if after is not None:
        last = [literal(value, key.type) for value, key in zip(after, keys(table), strict=True)]
        found = found.where(tuple_(*keys(table)) > tuple_(*last))
    return found


def these(table: Table, found: Sequence[Sequence[Any]]) -> ColumnElement[bool]:
    """The rows with these keys."""
    columns = keys(table)
    if len(columns) == 1:
        return columns[0].in_([key[0] for key in found])
    return tuple_(*columns).in_([tuple(key) for key in found])

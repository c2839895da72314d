"""Keyset pages: a cursor is the place of a row in its list's order, not a count."""

import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, literal, tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.core.db import ReadSession
from app.core.errors import BadRequest, InvalidCursor
from app.core.tables import Table

MAX_PAGE = 100
DEFAULT_PAGE = 20

T = TypeVar("T", bound=Table)


@dataclass(frozen=True)
class PageArguments:
    """Either `first` after a cursor, or `last` before one."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise BadRequest("Ask for the first or the last of a list, not for both.")
        if self.before is not None and not self.backward:
            raise BadRequest("'before' goes with 'last'.")
        if self.after is not None and self.backward:
            raise BadRequest("'after' goes with 'first'.")
        if not 1 <= self.size <= MAX_PAGE:
            raise BadRequest(f"A page has 1 to {MAX_PAGE} items; {self.size} were asked for.")

    @property
    def backward(self) -> bool:
        """Whether the page is counted from the end."""
        return self.last is not None

    @property
    def size(self) -> int:
        """How many items at most."""
        wanted = self.last if self.last is not None else self.first
        return DEFAULT_PAGE if wanted is None else wanted


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page in the list's order, with what the client needs to go on."""

    items: Sequence[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    count: Callable[[ReadSession], Awaitable[int]]


class Keyset(Generic[T]):
    """An order of a table: the sort column, then the key, so that no two rows are equal."""

    def __init__(self, name: str, table: type[T], column: str = "id", *, ascending: bool) -> None:
        self._name = name
        self._table = table
        self._columns = [column] if column == "id" else [column, "id"]
        self._ascending = ascending
        annotations: list[Any] = [table.model_fields[name].annotation for name in self._columns]
        self._adapters = [TypeAdapter[Any](annotation) for annotation in annotations]

    def cursor(self, row: T) -> str:
        """The opaque place of a row."""
        values = [str(getattr(row, column)) for column in self._columns]
        return base64.urlsafe_b64encode(json.dumps([self._name, *values]).encode()).decode()

    def _place(self, cursor: str) -> list[Any]:
        try:
            name, *values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
            if name != self._name or len(values) != len(self._columns):
                raise InvalidCursor
            return [
                adapter.validate_python(value)
                for adapter, value in zip(self._adapters, values, strict=True)
            ]
        except (ValueError, TypeError):
            raise InvalidCursor from None

    def _beyond(self, cursor: str, ascending: bool) -> ColumnElement[bool]:
        place = tuple_(*[literal(value) for value in self._place(cursor)])
        columns = tuple_(*[getattr(self._table, column) for column in self._columns])
        return columns > place if ascending else columns < place

    async def page(
        self, session: ReadSession, statement: SelectOfScalar[T], arguments: PageArguments
    ) -> Page[T]:
        """One page of what the statement selects."""
        ascending = self._ascending != arguments.backward
        cursor = arguments.before if arguments.backward else arguments.after
        wanted = statement
        if cursor is not None:
            wanted = wanted.where(self._beyond(cursor, ascending))
        order = [getattr(self._table, column) for column in self._columns]
        wanted = wanted.order_by(*[c.asc() if ascending else c.desc() for c in order])
        found = await session.all(wanted.limit(arguments.size + 1))
        more = len(found) > arguments.size
        items = found[: arguments.size]
        if arguments.backward:
            items.reverse()

        async def count(other: ReadSession) -> int:
            return await other.value(
                select(func.count()).select_from(
                    statement.with_only_columns(col(self._table.id)).subquery()
                )
            )

        return Page(
            items=items,
            cursors=[self.cursor(row) for row in items],
            has_next=cursor is not None if arguments.backward else more,
            has_previous=more if arguments.backward else cursor is not None,
            count=count,
        )

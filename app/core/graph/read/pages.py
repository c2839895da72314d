"""Keyset pages: a cursor is the place of a row in its list's order, not a count."""

import base64
import inspect
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any, cast

import orjson
import strawberry
from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, DateTime, func, literal_column, tuple_

from app.core.errors import BadRequest, InvalidCursor
from app.core.graph.printing import print_time

MAX_PAGE = 100
DEFAULT_PAGE = 20

_First = Annotated[
    int | None, strawberry.argument(description="How many from the start: 1 to 100, 20 by default.")
]
_After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
_Last = Annotated[int | None, strawberry.argument(description="How many from the end: 1 to 100.")]
_Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]

PAGE_ARGUMENTS = {
    name: inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )
    for name, annotation in (
        ("first", _First),
        ("after", _After),
        ("last", _Last),
        ("before", _Before),
    )
}


@dataclass(frozen=True)
class Order:
    """An order without ties: `name` of the list in its cursors, columns that are never null."""

    name: str
    columns: tuple[str, ...] = ("id",)
    descending: bool = False

    def values_of(self, table: Any) -> list[ColumnElement[Any]]:
        """The columns of a table's class, or of the rows of a function."""
        columns = getattr(table, "c", table)
        return [getattr(columns, name) for name in self.columns]

    def terms(self, table: Any, *, backward: bool = False) -> list[ColumnElement[Any]]:
        """What ORDER BY says, from the front or from the back."""
        found = self.values_of(table)
        descending = self.descending != backward
        return [each.desc() if descending else each.asc() for each in found]

    def beyond(
        self, table: Any, place: Sequence[Any], *, backward: bool = False
    ) -> ColumnElement[bool]:
        """The rows that follow a place, or precede it."""
        columns = tuple_(*self.values_of(table))
        descending = self.descending != backward
        return columns < tuple_(*place) if descending else columns > tuple_(*place)

    def place(self, columns: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
        """A row's place as JSON: what a cursor encodes."""
        values = [func.to_json(_finite(each)) for each in columns]
        template = f'["{self.name}",{",".join(["%s"] * len(values))}]'
        return func.format(literal_column(f"'{template}'"), *values)

    def cursor(self, values: Sequence[Any]) -> str:
        """The cursor of the row with these values."""
        printed = [print_time(each) if isinstance(each, datetime) else each for each in values]
        text = orjson.dumps([self.name, *printed], default=str)
        return base64.urlsafe_b64encode(text).decode()

    def values(self, cursor: str, table: type[Any]) -> list[Any]:
        """The values of the row that a cursor is the place of; `InvalidCursor` if it isn't one."""
        try:
            name, *given = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
            adapters = [_adapter(cast("Hashable", table), each) for each in self.columns]
            values = [
                adapter.validate_python(value)
                for adapter, value in zip(adapters, given, strict=True)
            ]
            # Only what this list would print is one of its cursors.
            if None in values or name != self.name or self.cursor(values) != cursor:
                raise InvalidCursor
        except (ValueError, TypeError, OverflowError):
            raise InvalidCursor from None
        return values


@cache
def _adapter(table: Hashable, name: str) -> TypeAdapter[Any]:
    fields: Any = table.model_fields  # type: ignore[attr-defined]
    return TypeAdapter(fields[name].annotation)


def _finite(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """A time as the driver reads it: infinite ones are the first and the last that Python has."""
    if not isinstance(value.type, DateTime):
        return value
    first: ColumnElement[Any] = literal_column("'0001-01-01 00:00:00+00'::timestamptz")
    last: ColumnElement[Any] = literal_column("'9999-12-31 23:59:59.999999+00'::timestamptz")
    return func.least(func.greatest(value, first), last)


def encode_cursor(place: Any) -> ColumnElement[str]:
    """The cursor of a place, made by the database: base64 for URLs, without line breaks."""
    encoded = func.encode(func.convert_to(place, "UTF8"), "base64")
    return func.translate(encoded, literal_column("E'+/\\n'"), literal_column("'-_'"))


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

    @property
    def cursor(self) -> str | None:
        """Where the page begins, if not at the end of the list."""
        return self.before if self.backward else self.after

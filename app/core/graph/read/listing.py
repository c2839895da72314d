"""The rows of a list: which, in which order, from where on. Both executions read lists by it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Label,
    Select,
    Text,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased, outerjoin

from app.core.graph.read.declare import Rows
from app.core.graph.read.emit import Expression, Json, choose, joined, quoted, truth
from app.core.graph.read.pages import Order, PageArguments, encode_cursor

# Tables to join, each with its condition.
Joins = list[tuple[Any, ColumnElement[bool]]]

# The rows of a list are called `r` by what makes JSON of them, their numbers `n`.
_NUMBER: ColumnElement[int] = literal_column("r.n", Integer())
_NO_KEY: ColumnElement[Any] = literal_column("'00000000-0000-0000-0000-000000000000'::uuid")
_FIRST = literal_column("1", Integer())


class Listing:
    """A list, or one page of it.

    `size` and `place` are values or SQL parameters. A page is read from its near end: backward
    from the end of the list, and then turned round.
    """

    def __init__(self, rows: Rows, table: Any, where: ColumnElement[bool], size: Any) -> None:
        self.rows = rows
        self.table = table
        self.where = where
        self.size = size
        self.page = PageArguments()
        self.place: Sequence[Any] = ()

    @property
    def order(self) -> Order:
        """The list's order."""
        return self.rows.order

    def turn_to(self, page: PageArguments, place: Sequence[Any]) -> None:
        """Read a page instead of the whole list: from a place on, if there is one."""
        self.page, self.place = page, place

    def select(self, columns: Sequence[Any], *, surplus: bool) -> Select[Any]:
        """The rows' columns; with `surplus` one row more, which tells whether there are more."""
        statement = select(*columns).select_from(self.table).where(self.where)
        if self.place:
            beyond = self.rows.order.beyond(self.table, self.place, backward=self.page.backward)
            statement = statement.where(beyond)
        elif self.rows.around is not None:
            first = func.coalesce(self._before_middle(), _NO_KEY)
            statement = statement.where(self._key() > first)
        size = self.size + _FIRST if surplus else self.size
        return statement.order_by(*self.terms()).limit(size).correlate_except(self.table)

    def terms(self) -> list[ColumnElement[Any]]:
        """What ORDER BY says, from the page's near end."""
        return self.rows.order.terms(self.table, backward=self.page.backward)

    def _key(self) -> Any:
        (name,) = self.rows.order.columns
        return getattr(self.table, name)

    def _before_middle(self) -> Any:
        """The key of the row before a page with the row `around` in its middle; null at the top."""
        key = self._key()
        return (
            select(key)
            .select_from(self.table)
            .where(self.where, key < self.rows.around)
            .order_by(key.desc())
            .offset(self.size // literal_column("2", Integer()))
            .limit(1)
            .correlate_except(self.table)
            .scalar_subquery()
        )

    def precedes(self) -> ColumnElement[bool] | bool:
        """Whether the list has rows on the side from which the page is read."""
        if self.rows.around is not None:
            known: ColumnElement[bool] = self._before_middle().is_not(None)
            return known
        return bool(self.place)

    def total(self) -> Expression:
        """How many rows the whole list has."""
        counted = select(func.count()).select_from(self.table).where(self.where)
        return cast(counted.correlate_except(self.table).scalar_subquery(), Integer)


class JsonListing:
    """A list as JSON: what is made of each row is a column of a subquery, aggregated outside.

    `infos` are the fields of `pageInfo` that are asked for: they say what has to be known. With
    an `entity`, the class of the rows, the page is read first, and what its edges lead to is
    joined to it (`joins`): as the planner sees fit, where a subquery would look up one by one.
    """

    def __init__(self, listing: Listing, infos: set[str], entity: Any) -> None:
        self._listing = listing
        self._backward = listing.page.backward
        self._surplus = ("hasPreviousPage" if self._backward else "hasNextPage") in infos
        self._placed = not infos.isdisjoint(("startCursor", "endCursor"))
        self._columns: list[Label[Any]] = []
        self.joins: Joins | None = None
        self.table = listing.table
        self._page: Any = None
        if entity is not None:
            self.joins = []
            number = func.row_number().over(order_by=listing.terms()).label("n")
            page = listing.select([listing.table, number], surplus=self._surplus)
            self._page = page.subquery()
            self.table = aliased(entity, self._page)

    def answer(self, made: Json) -> Expression:
        """The expression whose parts were made by the other methods."""
        if not (self._columns or self._surplus or self._placed):
            # Nothing is said about rows: without an aggregate there would be one answer for each.
            return made.expression()
        columns = [*self._columns]
        if self._placed:
            columns += [
                each.label(f"p{number}")
                for number, each in enumerate(self._listing.order.values_of(self.table))
            ]
        rows = self._joined(columns) if self.joins is not None else self._plain(columns)
        return select(made.expression()).select_from(rows.subquery("r")).scalar_subquery()

    def _plain(self, columns: list[Any]) -> Select[Any]:
        return self._listing.select(columns or [_FIRST], surplus=self._surplus)

    def _joined(self, columns: list[Any]) -> Select[Any]:
        joined: Any = self.table
        for table, condition in self.joins or ():
            joined = outerjoin(joined, table, condition)
        rows = select(*columns, self._page.c.n.label("n")).select_from(joined)
        inside = [self.table, *[table for table, _ in self.joins or ()]]
        return rows.correlate_except(self._page, *inside)

    def list_of(self, made: Expression) -> Json:
        """A list of what is made of each row."""
        name = f"c{len(self._columns)}"
        self._columns.append(made.label(name))
        column: ColumnElement[str] = literal_column(f"r.{name}", Text())
        order = None if self.joins is None else _NUMBER
        if not self._surplus and not self._backward:
            return joined(column, order=order)
        rows = self._array(column)
        if self._surplus:
            rows = rows[_FIRST : self._listing.size]
        if self._backward:
            rows = func.array_reverse(rows)
        listed = func.array_to_string(rows, quoted(","), type_=Text())
        return Json("[", func.coalesce(listed, quoted(""), type_=Text()), "]")

    def _array(self, column: ColumnElement[Any]) -> Any:
        """A column of all rows: they come from the page's near end, unless joins change that."""
        by: Any = column if self.joins is None else aggregate_order_by(column, _NUMBER)
        return func.array_agg(by, type_=ARRAY(column.type))

    def total(self) -> Json:
        """`totalCount`."""
        return Json(self._listing.total())

    def cursor(self) -> Json:
        """A row's cursor, for what is made of it."""
        order = self._listing.order
        return Json('"', encode_cursor(order.place(order.values_of(self.table))), '"')

    def info(self, name: str) -> Json:
        """A field of `pageInfo`."""
        if name in ("startCursor", "endCursor"):
            return Json(self._end(name))
        if (name == "hasNextPage") is self._backward:
            known = self._listing.precedes()
            return Json(str(known).lower() if isinstance(known, bool) else truth(known))
        return Json(truth(func.count() > self._listing.size))

    def _end(self, name: str) -> Expression:
        """The cursor of the page's first or last row."""
        count: Any = func.count()
        last = func.least(count, self._listing.size) if self._surplus else count
        number = _FIRST if (name == "startCursor") is not self._backward else last
        order = self._listing.order
        values = [
            self._array(literal_column(f"r.p{column}", each.type))[number]
            for column, each in enumerate(order.values_of(self._listing.table))
        ]
        quote = quoted('"')
        return choose(count > 0, quote.concat(encode_cursor(order.place(values))).concat(quote))

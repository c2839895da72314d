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

from app.core.graph.read.declare import Rows
from app.core.graph.read.emit import Expression, Json, joined, or_null, quoted, truth
from app.core.graph.read.pages import Order, PageArguments, encode_cursor

# The rows of a list are called `r` by what makes JSON of them, their numbers `n`.
_NUMBER: ColumnElement[int] = literal_column("r.n", Integer())
_PLACE: ColumnElement[str] = literal_column("r.place", Text())
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
            .offset(self.size / literal_column("2", Integer()))
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

    `infos` are the fields of `pageInfo` that are asked for: they say what has to be known.
    """

    def __init__(self, listing: Listing, infos: set[str]) -> None:
        self._listing = listing
        self._backward = listing.page.backward
        self._surplus = ("hasPreviousPage" if self._backward else "hasNextPage") in infos
        self._placed = not infos.isdisjoint(("startCursor", "endCursor"))
        self._numbered = self._surplus or self._placed or self._backward
        self._columns: list[Label[Any]] = []

    def answer(self, made: Json) -> Expression:
        """The expression whose parts were made by the other methods."""
        if not (self._columns or self._surplus or self._placed):
            # Nothing is said about rows: without an aggregate there would be one answer for each.
            return made.expression()
        columns = [*self._columns]
        if self._numbered:
            order = self._listing.terms()
            columns.append(func.row_number().over(order_by=order).label("n"))
        if self._placed:
            columns.append(self._listing.order.place(self._listing.table).label("place"))
        rows = self._listing.select(columns, surplus=self._surplus).subquery("r")
        return select(made.expression()).select_from(rows).scalar_subquery()

    def list_of(self, made: Expression) -> Json:
        """A list of what is made of each row."""
        name = f"c{len(self._columns)}"
        self._columns.append(made.label(name))
        # Rows come in their order, unless another aggregate beside this one asks for its own.
        order = (_NUMBER.desc() if self._backward else _NUMBER) if self._numbered else None
        return joined(literal_column(f"r.{name}", Text()), order=order, where=self._within())

    def _within(self) -> ColumnElement[bool] | None:
        return self._listing.size >= _NUMBER if self._surplus else None

    def total(self) -> Json:
        """`totalCount`."""
        return Json(self._listing.total())

    def cursor(self) -> Json:
        """A row's cursor, for what is made of it."""
        place = self._listing.order.place(self._listing.table)
        return Json('"', encode_cursor(place), '"')

    def info(self, name: str) -> Json:
        """A field of `pageInfo`."""
        if name in ("startCursor", "endCursor"):
            return Json(or_null(self._end(name)))
        if (name == "hasNextPage") is self._backward:
            known = self._listing.precedes()
            return Json(str(known).lower() if isinstance(known, bool) else truth(known))
        return Json(truth(func.count() > self._listing.size))

    def _end(self, name: str) -> Expression:
        """The cursor of the page's first or last row: rows are numbered from the near end."""
        near = (name == "startCursor") is not self._backward
        order = aggregate_order_by(_PLACE, _NUMBER if near else _NUMBER.desc())
        places: Any = func.array_agg(order, type_=ARRAY(Text))
        within = self._within()
        if within is not None:
            places = places.filter(within)
        quote = quoted('"')
        return quote.concat(encode_cursor(places[_FIRST])).concat(quote)

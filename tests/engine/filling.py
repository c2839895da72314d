"""Rows for every table, from its metadata: keys, references, uniqueness, types, nulls.

A table that lands is filled without a line here. What a type reads in a certain shape, and
what decides who sees what, has its rule in `rules.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import CITEXT, JSONB, TSVECTOR
from sqlalchemy.types import TypeDecorator, TypeEngine

from tests.engine import values

Row = dict[str, Any]
Rule = Callable[["Filling", Row], Any]
T = TypeVar("T")

_NULLS = 0.3
_ATTEMPTS = 20
# What PostgreSQL still puts into an index, with four bytes for a character.
_LONGEST_KEY = 120


@dataclass
class Filling:
    """Rows by table, made in the order of the references; the same ones for the same seed.

    `rules` make a column's values, by `table.column`; a rule sees the row as far as it is.
    """

    rng: Random
    base: datetime
    rules: Mapping[str, Rule]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    times: list[datetime] = field(default_factory=list)
    _used: dict[tuple[str, ...], set[tuple[Any, ...]]] = field(default_factory=dict)

    def key(self) -> UUID:
        """A UUIDv7 of the first day of `base`'s month, as partitions want it."""
        moment = int(self.base.timestamp() * 1000) + self.rng.randrange(86_400_000)
        low = self.rng.getrandbits(62) | 2 << 62
        return UUID(int=moment << 80 | 7 << 76 | self.rng.getrandbits(12) << 64 | low)

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.rng.random() < probability

    def one(self, found: Sequence[T]) -> T:
        """One of these, the first ones far more often than the last."""
        return found[int(len(found) * self.rng.random() ** 2)]

    def past(self) -> datetime:
        """Before now, in whole milliseconds."""
        return self.base - timedelta(milliseconds=self.rng.randrange(1_000_000_000))

    def future(self) -> datetime:
        """After now, whenever in its month now is."""
        return self.base + timedelta(days=40, milliseconds=self.rng.randrange(10**10))

    def fill(self, table: Table, given: Iterable[Row], count: int) -> None:
        """Rows with these values, and others up to `count`; fewer if uniqueness leaves no more."""
        made = self.rows.setdefault(table.name, [])
        for start in given:
            self._add(table, made, start)
        for _ in range(count - len(made)):
            self._add(table, made, {})

    def _add(self, table: Table, made: list[Row], start: Row) -> None:
        for _ in range(_ATTEMPTS):
            row = self._row(table, dict(start))
            taken = [(self._used.setdefault(k, set()), v) for k, v in _unique(table, row)]
            if not any(value in used for used, value in taken):
                for used, value in taken:
                    used.add(value)
                made.append(row)
                return

    def _row(self, table: Table, row: Row) -> Row:
        for column in table.columns:
            if column.computed is None and column.name not in row:
                rule = self.rules.get(f"{table.name}.{column.name}")
                row[column.name] = rule(self, row) if rule else self._value(table, column)
        return row

    def value_of(self, column: Column[Any]) -> Any:
        """A value of a column's type, never null."""
        return self._of_type(column.type, None)

    def _value(self, table: Table, column: Column[Any]) -> Any:
        if column.nullable and self.chance(_NULLS):
            return None
        for reference in column.foreign_keys:
            found = self.rows.get(reference.column.table.name)
            if found:
                return self.one(found)[reference.column.name]
        longest = _LONGEST_KEY if _indexed(table, column) else None
        return self._of_type(column.type, longest)

    def _of_type(self, kind: TypeEngine[Any], longest: int | None) -> Any:
        rng = self.rng
        if isinstance(kind, ARRAY):
            size = rng.choice((0, 0, 1, 2, 3, 8))
            return [self._of_type(kind.item_type, longest) for _ in range(size)]
        if isinstance(kind, TypeDecorator):
            return self._of_type(kind.impl_instance, longest)
        for known, make in self._makers(longest):
            if isinstance(kind, known):
                return make(kind)
        raise TypeError(f"{kind!r} needs a rule")

    def _makers(
        self, longest: int | None
    ) -> Sequence[tuple[type[TypeEngine[Any]], Callable[[Any], Any]]]:
        rng = self.rng
        return (
            (Enum, lambda kind: rng.choice(list(kind.enum_class))),
            (Boolean, lambda _: self.chance(0.5)),
            (Integer, lambda _: values.integer(rng)),
            (Float, lambda _: values.number(rng)),
            (Numeric, lambda _: rng.randint(0, 10_000) / 100),
            (DateTime, lambda _: self.time()),
            (Date, lambda _: self.time().date()),
            (Uuid, lambda _: self.key()),
            (LargeBinary, lambda _: rng.randbytes(16)),
            (CITEXT, lambda _: values.text(rng, longest)),
            (String, lambda kind: values.text(rng, min(kind.length or 10**6, longest or 10**6))),
            (JSONB, lambda _: {values.text(rng, 20): values.text(rng, 20)}),
        )

    def time(self) -> datetime:
        """A time; the same one twice now and then, so that orders have ties."""
        made = values.time(self.rng, self.base, self.times)
        self.times.append(made)
        return made


def _unique(table: Table, row: Row) -> Iterable[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """The row's values of each set of columns that tells rows apart."""
    sets = [list(table.primary_key.columns)]
    sets += [list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint)]
    sets += [list(index.columns) for index in table.indexes if index.unique]
    for columns in sets:
        found = tuple(_folded(row.get(column.name)) for column in columns)
        if None not in found:
            yield (table.name, *(column.name for column in columns)), found


def _folded(value: Any) -> Any:
    return value.upper().casefold() if isinstance(value, str) else value


def _indexed(table: Table, column: Column[Any]) -> bool:
    whole = [index for index in table.indexes if column.name in index.columns]
    tied = [c for c in table.constraints if column.name in getattr(c, "columns", ())]
    return bool(whole or tied or isinstance(column.type, TSVECTOR))

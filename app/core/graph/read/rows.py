"""Rows as the ordinary execution reads them, and the objects that it makes of them."""

from dataclasses import dataclass
from enum import Enum
from itertools import chain
from typing import Any

from graphql import GraphQLEnumType, get_named_type
from sqlalchemy import literal_column, true

from app.core.graph.read.declare import Column, Computed, Edge, GlobalId, One, Rows
from app.core.graph.read.reading import ReadField, Reading, ReadType
from app.core.graph.read.viewing import Terms


def computed_name(field: ReadField) -> str:
    """Where a computed value stands in a row, and in the object that is made of it."""
    # Two kinds of one table can have fields of the same name.
    return f"computed__{field.parent.name}_{field.attribute}"


@dataclass(frozen=True)
class RowReader:
    """How the rows of a type are read and made into its objects."""

    kind: ReadType
    computed: tuple[ReadField, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, kind: ReadType, reading: Reading, wanted: set[str]) -> "RowReader":
        """The columns that are declared, and the computed values among the wanted names."""
        names = dict.fromkeys(need for each in kind.objects for need in each.source.needs)
        for needed in (kind.source.key, kind.source.told_by, *kind.source.beside):
            if needed:
                names[needed] = None
        computed = []
        for field in chain(*(reading.fields_of[each.graphql.name] for each in kind.objects)):
            read = field.declaration.read
            if isinstance(read, Column):
                names[read.name or field.attribute] = None
            elif isinstance(read, GlobalId | Edge):
                names[read.name] = None
            elif isinstance(read, Computed) and field.name in wanted:
                computed.append(field)
        return cls(kind, tuple(computed), tuple(names))

    def columns(self, viewer: Terms, table: Any) -> list[Any]:
        """What to select."""
        # A selection may want nothing of a row but that it is there.
        found: list[Any] = [literal_column("1").label("there__")]
        found += [getattr(table, name).label(name) for name in self.names]
        for field in self.computed:
            read = field.declaration.read
            assert isinstance(read, Computed)
            found.append(read.sql(viewer, table).label(computed_name(field)))
        return found

    def visible(self, viewer: Terms, table: Any) -> Any:
        """Who sees the rows."""
        visible = self.kind.source.visible
        return true() if visible is None else visible(viewer, table)

    def seen(self, rows: Rows, viewer: Terms, table: Any) -> Any:
        """Who sees the rows of a list."""
        return self.visible(viewer, table) if rows.visible is None else rows.visible

    def led(self, read: One, viewer: Terms, table: Any) -> Any:
        """Who sees the row that a field leads to."""
        return self.visible(viewer, table) if read.visible is None else read.visible

    def make(self, row: Any) -> Any:
        """The object of a row."""
        mapping = row._mapping  # noqa: SLF001 - SQLAlchemy's name for it is public
        made = object.__new__(self._kind_of(mapping).origin)
        values = vars(made)
        for name in self.names:
            values[name] = mapping[name]
        for field in self.computed:
            values[computed_name(field)] = _enum(field, mapping[computed_name(field)])
        return made

    def _kind_of(self, row: Any) -> ReadType:
        if not self.kind.kinds:
            return self.kind
        told = row[self.kind.source.told_by]
        return next(each for each in self.kind.kinds if each.source.kind == told)


def _enum(field: ReadField, value: Any) -> Any:
    """A computed enum's member, or a list of them.

    The database gives their names; of a column's own type, SQLAlchemy has made members, which
    are strings as well.
    """
    kind: Any = get_named_type(field.definition.type)
    if value is None or not isinstance(kind, GraphQLEnumType):
        return value
    members = kind.extensions["strawberry-definition"].wrapped_cls
    if isinstance(value, list):
        return [_member(members, each) for each in value]
    return _member(members, value)


def _member(members: type[Enum], value: Any) -> Any:
    return members[value] if isinstance(value, str) and not isinstance(value, Enum) else value

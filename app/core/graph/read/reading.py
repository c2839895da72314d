"""A schema as the read engine sees it: every declared field with its target."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
)
from sqlalchemy import BigInteger
from sqlalchemy.orm import aliased

from app.core.graph.read.declare import (
    Column,
    Computed,
    Declaration,
    Items,
    Pages,
    Source,
    declaration_of,
    source_of,
)
from app.core.graph.read.emit import can_print
from app.core.graph.read.pages import Order
from app.core.graph.read.viewing import Terms

_DEFINITION = "strawberry-definition"


def origin_of(kind: GraphQLNamedType) -> Any:
    """The Python class of an object type."""
    definition = (kind.extensions or {}).get(_DEFINITION)
    return getattr(definition, "origin", None)


@dataclass(eq=False)
class ReadType:
    """An object type over a table's rows, or an interface whose `kinds` are the rows' types."""

    graphql: GraphQLObjectType | GraphQLInterfaceType
    origin: Any
    source: Source
    kinds: tuple["ReadType", ...] = ()

    @property
    def objects(self) -> tuple["ReadType", ...]:
        """The object types that its rows can have: itself, or its kinds."""
        return self.kinds or (self,)

    @property
    def prefix(self) -> str:
        """What its global ids begin with."""
        found: str = self.origin.prefix
        return found

    @cached_property
    def alias(self) -> Any:
        """The table under a name of its own."""
        return aliased(self.source.table)


@dataclass(eq=False)
class ReadField:
    """A declared field."""

    name: str
    attribute: str
    definition: GraphQLField
    declaration: Declaration
    parent: GraphQLObjectType
    reading: "Reading"
    _orders: dict[Any, Order] = field(default_factory=dict)

    @property
    def required(self) -> bool:
        """Whether null is no value of it."""
        return isinstance(self.definition.type, GraphQLNonNull)

    @cached_property
    def target(self) -> ReadType:
        """The type of the rows that it leads to."""
        kind = get_named_type(self.definition.type)
        if isinstance(self.declaration.read, Pages):
            assert isinstance(kind, GraphQLObjectType)
            kind = get_named_type(kind.fields["nodes"].type)
        return self.reading.types[kind.name]

    @property
    def table(self) -> Any:
        """The table that it leads to."""
        read = self.declaration.read
        replaced = read.of if isinstance(read, Pages) else None
        return replaced or self.target.source.table

    @cached_property
    def alias(self) -> Any:
        """The same under a name of its own: what is made of one alias is made once."""
        return aliased(self.table)

    @cached_property
    def above(self) -> Any:
        """The parent's table under a name of its own; None for a root field."""
        parent = self.reading.types.get(self.parent.name)
        return None if parent is None else aliased(parent.source.table)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The names of the types that what it gives can have."""
        kind = get_named_type(self.definition.type)
        return frozenset(each.name for each in self.reading.possible(kind))

    def rows(self, viewer: Terms, table: Any, parent: Any, given: dict[str, Any]) -> Any:
        """What the declaration's function says: root fields have no parent's table."""
        read: Any = self.declaration.read
        function = read.rows if isinstance(read, Items | Pages) else read.where
        above = () if parent is None else (parent,)
        return function(viewer, table, *above, **given)

    def order(self, shape: Any, given: dict[str, Any]) -> Order:
        """The order of a connection; it can depend on the shape of the arguments."""
        found = self._orders.get(shape)
        if found is None:
            above = self.reading.types.get(self.parent.name)
            parent = above.source.table if above else None
            rows = self.rows(Terms(None), self.table, parent, given)
            found = self._orders[shape] = rows.order
        return found


def _check(field: ReadField, source: Source | None) -> None:
    """Refuse, when the schema is made, a leaf that the database couldn't print."""
    read, output = field.declaration.read, field.definition.type
    where = f"{field.parent.name}.{field.name}"
    if isinstance(read, Column | Computed) and not can_print(output):
        raise TypeError(f"{where}: nothing prints {output} in SQL, see read/emit.py")
    if isinstance(read, Column) and source is not None and "Int" in str(output):
        column = source.table.__table__.c[read.name or field.attribute]
        if isinstance(column.type, BigInteger):
            raise TypeError(f"{where}: a bigint can be beyond what Int holds")


class Reading:
    """The declared types and fields of a schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.types: dict[str, ReadType] = {}
        self.fields: dict[tuple[str, str], ReadField] = {}
        self.fields_of: dict[str, list[ReadField]] = {}
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLObjectType):
                self._add(kind)
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLInterfaceType):
                self._add_interface(kind)
        for each in self.fields.values():
            self._check_target(each)
        self.by_prefix: dict[str, ReadType] = {}
        for read in self.types.values():
            # A global id of one of several kinds says only that it is one of them.
            if hasattr(read.origin, "prefix") and read.source.kind is None:
                self._add_prefix(read)

    def _add(self, kind: GraphQLObjectType) -> None:
        origin = origin_of(kind)
        source = source_of(origin) if origin is not None else None
        if source is not None:
            self.types[kind.name] = ReadType(kind, origin, source)
        for name, definition in kind.fields.items():
            declared = (definition.extensions or {}).get(_DEFINITION)
            declaration = declaration_of(declared)
            if declared is not None and declaration is not None:
                field = ReadField(name, declared.python_name, definition, declaration, kind, self)
                _check(field, source)
                self.fields[kind.name, name] = field
                self.fields_of.setdefault(kind.name, []).append(field)

    def _add_interface(self, kind: GraphQLInterfaceType) -> None:
        origin = origin_of(kind)
        source = source_of(origin) if origin is not None else None
        if source is not None:
            kinds = tuple([self.types[each.name] for each in self.possible(kind)])
            self.types[kind.name] = ReadType(kind, origin, source, kinds)

    def _add_prefix(self, kind: ReadType) -> None:
        """Refuse a prefix that another type has: `node` would give the one for the other."""
        other = self.by_prefix.setdefault(kind.prefix, kind)
        if other is not kind:
            names = f"{other.graphql.name} and {kind.graphql.name}"
            raise TypeError(f"{names}: ids of both would start with {kind.prefix}")

    def _check_target(self, field: ReadField) -> None:
        """Refuse a link to one of several kinds: it is the interface that says who sees them."""
        kind = self.types.get(get_named_type(field.definition.type).name)
        if kind is not None and kind.source.kind is not None:
            raise TypeError(f"{field.parent.name}.{field.name}: lead to the interface instead")

    def possible(self, kind: GraphQLNamedType) -> list[GraphQLObjectType]:
        """The object types that a value of a type can have."""
        if isinstance(kind, GraphQLObjectType):
            return [kind]
        if is_abstract_type(kind):
            return list(self.schema.get_possible_types(kind))
        return []

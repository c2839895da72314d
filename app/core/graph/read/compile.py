"""A selection as one SQL expression: the finished JSON.

`Compiler` goes through a selection once for a statement and never again: what it makes of a
root field is a scalar subquery whose parameters are the viewer and the arguments.
"""

from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, GraphQLNonNull, GraphQLObjectType, get_named_type
from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.core.graph.read.arguments import IDS, Values, as_terms, put, sql_type
from app.core.graph.read.declare import (
    ById,
    Column,
    Computed,
    Edge,
    GlobalId,
    Items,
    One,
    OwnId,
    Pages,
    Rows,
)
from app.core.graph.read.emit import (
    COUNTED,
    Expression,
    Json,
    choose,
    global_id,
    joined,
    leaf,
    named,
    or_null,
    quoted,
    required,
)
from app.core.graph.read.listing import Joins, JsonListing, Listing
from app.core.graph.read.operation import Arguments
from app.core.graph.read.pages import Order
from app.core.graph.read.reading import ReadField, Reading, ReadType
from app.core.graph.read.selection import Selected, Selecting
from app.core.graph.read.viewing import Terms, call_name, parameter

TYPENAME = "__typename"


@dataclass
class Call:
    """A field with arguments: `number` finds them in each request."""

    name: str
    number: int

    def put(self, values: Values, parameters: dict[str, Any]) -> None:
        """Put the values of the statement's parameters."""
        for name, value in values.given.items():
            put(value, f"{self.name}_{name}", parameters)
        if values.page is not None:
            parameters[f"{self.name}_size"] = values.page.size
            for number, value in enumerate(values.place or ()):
                parameters[f"{self.name}_place_{number}"] = value
        else:
            parameters[f"{self.name}_prefixes"] = values.prefixes


class Compiler:
    """Makes the expressions of one statement."""

    def __init__(
        self, reading: Reading, selecting: Selecting, arguments: Arguments, viewer: Terms
    ) -> None:
        self.reading = reading
        self.selecting = selecting
        self.viewer = viewer
        self.arguments = arguments
        self.calls: dict[int, Call] = {}

    def root(self, field: ReadField, nodes: list[FieldNode]) -> Expression:
        """The JSON of a root field."""
        return self._linked(field, nodes, None)

    def below(self, field: ReadField, nodes: list[FieldNode], source: Any) -> Expression:
        """The JSON of a link of a Python object; null where there is nothing, required or not."""
        read = field.declaration.read
        if isinstance(read, Edge):
            return or_null(self._edge(field, read, nodes, getattr(source, read.name)))
        assert isinstance(read, One)
        return or_null(self._found(field, read, nodes, source))

    def _by_key(self, target: ReadType, nodes: list[FieldNode], key: Expression) -> Expression:
        """The same, but nothing at all if the viewer can't see it."""
        table = aliased(target.source.table)
        made = self.row(target, nodes, table).expression()
        condition = getattr(table, target.source.key) == key
        return self._one(made, table, condition, self._visible(target, table))

    def row(
        self, kind: ReadType, nodes: list[FieldNode], table: Any, joins: Joins | None = None
    ) -> Json:
        """A row as an object; what its edges lead to is joined, where `joins` are taken."""
        if not kind.kinds:
            return self._object(kind, nodes, table, joins)
        told = getattr(table, kind.source.told_by)
        objects = [
            (told == each.source.kind, self._object(each, nodes, table, joins).expression())
            for each in kind.kinds
        ]
        return Json(required(case(*objects)))

    def _object(
        self, kind: ReadType, nodes: list[FieldNode], table: Any, joins: Joins | None
    ) -> Json:
        members = [
            (key, self._member(kind, below, table, joins))
            for key, below in self._selected(kind, nodes).items()
        ]
        return Json(COUNTED, named(members))

    def _selected(self, kind: ReadType, nodes: list[FieldNode]) -> Selected:
        assert isinstance(kind.graphql, GraphQLObjectType)
        return self.selecting.below(kind.graphql, nodes)

    def _member(
        self, kind: ReadType, nodes: list[FieldNode], table: Any, joins: Joins | None
    ) -> Json:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Json(f'"{kind.graphql.name}"')
        field = self.reading.fields[kind.graphql.name, name]
        read = field.declaration.read
        if isinstance(read, OwnId):
            key = getattr(table, kind.source.key)
            return global_id(kind.prefix, key, needed=True, certain=True)
        if isinstance(read, GlobalId):
            value, certain = getattr(table, read.name), _is_certain(kind, read.name)
            return global_id(read.prefix, value, needed=field.required, certain=certain)
        if isinstance(read, Column | Computed):
            return self._leaf(kind, field, read, table)
        if isinstance(read, Edge) and joins is not None:
            return Json(self._joined(field, read, nodes, getattr(table, read.name), joins))
        return Json(self._linked(field, nodes, table))

    def _leaf(self, kind: ReadType, field: ReadField, read: Column | Computed, table: Any) -> Json:
        output = field.definition.type
        if isinstance(read, Computed):
            return leaf(output, read.sql(self.viewer, table), certain=False)
        name = read.name or field.attribute
        return leaf(output, getattr(table, name), certain=_is_certain(kind, name))

    def _joined(
        self, field: ReadField, read: Edge, nodes: list[FieldNode], key: Expression, joins: Joins
    ) -> Expression:
        target = field.target
        table = aliased(target.source.table)
        own = getattr(table, target.source.key)
        joins.append((table, and_(own == key, self._led(read, target, table))))
        made = self.row(target, nodes, table, joins).expression()
        found = case((own.is_not(None), made))
        return required(found) if field.required else or_null(found)

    def has_edges(self, kind: ReadType, nodes: list[FieldNode]) -> bool:
        """Whether an object has an edge to one other."""
        found = (
            self.reading.fields.get((each.graphql.name, below[0].name.value))
            for each in kind.objects
            for below in self._selected(each, nodes).values()
        )
        return any(each is not None and isinstance(each.declaration.read, Edge) for each in found)

    def _linked(self, field: ReadField, nodes: list[FieldNode], parent: Any) -> Expression:
        read = field.declaration.read
        if isinstance(read, Edge):
            found = self._edge(field, read, nodes, getattr(parent, read.name))
            made = required(found) if field.required else or_null(found)
        elif isinstance(read, One):
            found = self._found(field, read, nodes, parent)
            made = required(found) if field.required else or_null(found)
        elif isinstance(read, Items):
            made = self._items(field, read, nodes, parent)
        elif isinstance(read, Pages):
            made = self._pages(field, nodes, parent)
        else:
            assert isinstance(read, ById)
            made = self._nodes(field, read, nodes)
        return made

    def _one(self, made: Expression, table: Any, *conditions: ColumnElement[bool]) -> Expression:
        return select(made).select_from(table).where(*conditions).limit(1).scalar_subquery()

    def _visible(self, kind: ReadType, table: Any) -> ColumnElement[bool]:
        visible = kind.source.visible
        return true() if visible is None else visible(self.viewer, table)

    def _led(self, read: Edge | One, kind: ReadType, table: Any) -> ColumnElement[bool]:
        return self._visible(kind, table) if read.visible is None else read.visible

    def _seen(self, rows: Rows, kind: ReadType, table: Any) -> ColumnElement[bool]:
        return self._visible(kind, table) if rows.visible is None else rows.visible

    def _edge(
        self, field: ReadField, read: Edge, nodes: list[FieldNode], key: Expression
    ) -> Expression:
        """The object, or nothing at all."""
        target = field.target
        table = aliased(target.source.table)
        made = self.row(target, nodes, table).expression()
        condition = getattr(table, target.source.key) == key
        return self._one(made, table, condition, self._led(read, target, table))

    def _found(
        self, field: ReadField, read: One, nodes: list[FieldNode], parent: Any
    ) -> Expression:
        """The object, or nothing at all."""
        target = field.target
        table = aliased(target.source.table)
        given = self._given(nodes)
        condition = field.rows(self.viewer, table, parent, given)
        made = self.row(target, nodes, table).expression()
        return self._one(made, table, condition, self._led(read, target, table))

    def _call(self, nodes: list[FieldNode]) -> tuple[Call, Values]:
        number = id(nodes[0])
        call = self.calls.get(number)
        if call is None:
            call = self.calls[number] = Call(call_name(len(self.calls)), number)
        return call, self.arguments[number]

    def _given(self, nodes: list[FieldNode]) -> dict[str, Any]:
        """The arguments as SQL parameters."""
        # One that has to be there is asked for even if it isn't selected.
        if not nodes or id(nodes[0]) not in self.arguments:
            return {}
        call, values = self._call(nodes)
        return {
            name: as_terms(value, f"{call.name}_{name}") for name, value in values.given.items()
        }

    def _items(
        self, field: ReadField, read: Items, nodes: list[FieldNode], parent: Any
    ) -> Expression:
        target = field.target
        table = read.rows_of(parent) if read.rows_of else aliased(target.source.table)
        given = self._given(nodes)
        rows = field.rows(self.viewer, table, parent, given)
        where = and_(rows.where, self._seen(rows, target, table))
        size = literal_column(str(read.most), Integer())
        entity = target.source.table if self.has_edges(target, nodes) else None
        listing = JsonListing(Listing(rows, table, where, size), set(), entity)
        made = self.row(target, nodes, listing.table, listing.joins).expression()
        return listing.answer(listing.list_of(made))

    def _pages(self, field: ReadField, nodes: list[FieldNode], parent: Any) -> Expression:
        target = field.target
        table = aliased(field.table)
        given = self._given(nodes)
        call, values = self._call(nodes)
        rows = field.rows(self.viewer, table, parent, given)
        where = and_(rows.where, self._seen(rows, target, table))
        size = parameter(f"{call.name}_size", Integer())
        listing = Listing(rows, table, where, size)
        assert values.page is not None
        listing.turn_to(values.page, _place(rows.order, call, values, table))
        kind = get_named_type(field.definition.type)
        assert isinstance(kind, GraphQLObjectType)
        made = Page(self, kind, field, listing).json(nodes)
        return made if rows.exists is None else choose(rows.exists, made)

    def _nodes(self, field: ReadField, read: ById, nodes: list[FieldNode]) -> Expression:
        call, values = self._call(nodes)
        keys, prefixes = values.given[IDS], values.prefixes
        asked = parameter(f"{call.name}_{IDS}", sql_type(keys))
        if not read.many:
            found = self._by_key(self.reading.by_prefix[prefixes[0]], nodes, asked)
            return required(found) if field.required else or_null(found)
        kinds = parameter(f"{call.name}_prefixes", ARRAY(Text))
        each = (
            func.unnest(asked, kinds).table_valued("key", "prefix", name="asked").render_derived()
        )
        objects = [
            (each.c.prefix == quoted(prefix), self._by_key(kind, nodes, cast(each.c.key, Uuid)))
            for prefix, kind in sorted(self.reading.by_prefix.items())
            if prefix in prefixes
        ]
        if not objects:
            return quoted("[]")
        one: Expression = case(*objects)
        made = joined(required(one) if _has_all(field) else or_null(one))
        return select(made.expression()).select_from(each).scalar_subquery()


def _has_all(field: ReadField) -> bool:
    """Whether null is no item of a list."""
    kind: Any = field.definition.type
    listed = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(listed.of_type, GraphQLNonNull)


def _place(order: Order, call: Call, values: Values, table: Any) -> list[Expression]:
    """The parameters for the place that a page begins at."""
    return [
        parameter(f"{call.name}_place_{number}", getattr(table, name).type)
        for number, name in enumerate(order.columns)
        if values.place is not None
    ]


class Page:
    """The connection, its edges and its page info, as far as they are selected."""

    def __init__(
        self, compiler: Compiler, kind: GraphQLObjectType, field: ReadField, listing: Listing
    ) -> None:
        self._compiler = compiler
        self._kind = kind
        self._target = field.target
        self._entity = field.table
        self._listing = listing
        self._selecting = compiler.selecting

    def json(self, nodes: list[FieldNode]) -> Expression:
        """The connection."""
        selected = self._selecting.below(self._kind, nodes)
        infos = {
            below[0].name.value
            for chosen in selected.values()
            if chosen[0].name.value == "pageInfo"
            for below in self._selecting.below(self._type_of("pageInfo"), chosen).values()
        }
        entity = self._entity if self._has_edges(selected) else None
        listing = JsonListing(self._listing, infos, entity)
        members = [(key, self._member(listing, each)) for key, each in selected.items()]
        return listing.answer(named(members))

    def _type_of(self, name: str) -> GraphQLObjectType:
        kind = get_named_type(self._kind.fields[name].type)
        assert isinstance(kind, GraphQLObjectType)
        return kind

    def _member(self, listing: JsonListing, nodes: list[FieldNode]) -> Json:
        name = nodes[0].name.value
        if name == TYPENAME:
            return Json(f'"{self._kind.name}"')
        if name == "totalCount":
            return Json(COUNTED, listing.total())
        if name == "nodes":
            return listing.list_of(self._node(listing, nodes).expression())
        kind = self._type_of(name)
        selected = self._selecting.below(kind, nodes)
        members = []
        for key, below in selected.items():
            inner = below[0].name.value
            if inner == TYPENAME:
                member = Json(f'"{kind.name}"')
            elif name == "pageInfo":
                member = listing.info(inner)
            else:
                member = listing.cursor() if inner == "cursor" else self._node(listing, below)
            members.append((key, member))
        made = named(members)
        return made if name == "pageInfo" else listing.list_of(made.expression())

    def _node(self, listing: JsonListing, nodes: list[FieldNode]) -> Json:
        return self._compiler.row(self._target, nodes, listing.table, listing.joins)

    def _has_edges(self, selected: Selected) -> bool:
        """Whether any of the lists shows objects with edges."""
        for nodes in selected.values():
            name = nodes[0].name.value
            shown = [nodes] if name == "nodes" else []
            if name == "edges":
                below = self._selecting.below(self._type_of(name), nodes)
                shown = [each for each in below.values() if each[0].name.value == "node"]
            for each in shown:
                if self._compiler.has_edges(self._target, each):
                    return True
        return False


def _is_certain(kind: ReadType, name: str) -> bool:
    """Whether a column of a type's table is never null."""
    table = kind.source.table
    columns = getattr(table, "__table__", None)
    return columns is not None and not columns.c[name].nullable

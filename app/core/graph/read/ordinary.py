"""The ordinary execution of declarations: resolvers derived from them, a loader for each edge.

It reads the same rows through the same functions and conditions as the compiled one, but a
level at a time, and makes the values in Python.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    Visitor,
    visit,
)
from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.graph.connections import Connection, PageInfo
from app.core.graph.connections import Edge as PageEdge
from app.core.graph.context import Context
from app.core.graph.read.arguments import IDS, Values, values_of
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
)
from app.core.graph.read.listing import Listing
from app.core.graph.read.reading import ReadField, Reading, ReadType
from app.core.graph.read.rows import RowReader, computed_name
from app.core.graph.read.viewing import Terms
from app.core.ids import to_global

_PARENT, _EXISTS, _PRECEDES = "parent__", "exists__", "precedes__"
_PLACE = "place__"

Resolver = Callable[..., Any]


def install(reading: Reading) -> None:
    """Give every declared field its resolver."""
    for field in reading.fields.values():
        field.definition.resolve = _resolver(field)


def _resolver(field: ReadField) -> Resolver:
    read = field.declaration.read
    if isinstance(read, OwnId):
        kind = field.reading.types[field.parent.name]
        return lambda source, _: to_global(kind.prefix, getattr(source, kind.source.key))
    if isinstance(read, GlobalId):
        return lambda source, _: _global_id(read.prefix, vars(source)[read.name])
    if isinstance(read, Column):
        name = read.name or field.attribute
        return lambda source, _: vars(source)[name]
    if isinstance(read, Computed):
        return lambda source, _: vars(source)[computed_name(field)]
    resolve = _LINKS[type(read)]

    async def linked(source: Any, info: GraphQLResolveInfo[Any], **given: Any) -> Any:
        context: Context = info.context
        declaration = field.declaration
        if declaration.access is not None:
            await context.admit(declaration.access, *declaration.limits)
        arguments = {
            name: (argument, given.get(argument.out_name or name))
            for name, argument in field.definition.args.items()
        }
        values = values_of(field, arguments)
        return await resolve(Reader(field, info), source, values)

    return linked


def _global_id(prefix: str, key: Any) -> str | None:
    return None if key is None else to_global(prefix, key)


class _Names(Visitor):
    """The names of all fields below a selection, whether or not they apply."""

    def __init__(self, fragments: Any) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._fragments = fragments
        self._seen: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.found.add(node.name.value)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        name = node.name.value
        if name not in self._seen:
            self._seen.add(name)
            visit(self._fragments[name], self)


class Reader:
    """Reads one field for a level of objects."""

    def __init__(self, field: ReadField, info: GraphQLResolveInfo[Any]) -> None:
        self.field = field
        self.info = info
        self.context: Context = info.context
        names = _Names(info.fragments)
        for node in info.field_nodes:
            if node.selection_set is not None:
                visit(node.selection_set, names)
        self.wanted = names.found

    def viewer(self) -> Terms:
        """Who asks."""
        return Terms(self.context.viewer)

    def rows_of(self, kind: ReadType) -> RowReader:
        """How a type's rows are read for this selection."""
        return RowReader.of(kind, self.field.reading, self.wanted)

    async def by_key(self, kind: ReadType, key: Any, visible: Any = None) -> Any:
        """An object by its key, if the viewer can see it, or under a condition of the edge."""
        reader = self.rows_of(kind)

        async def batch(keys: Sequence[Any]) -> dict[Any, Any]:
            viewer, table = self.viewer(), kind.alias
            column = getattr(table, kind.source.key)
            statement = select(*reader.columns(viewer, table)).where(
                column == func.any(literal(list(keys), ARRAY(column.type))),
                reader.visible(viewer, table) if visible is None else visible,
            )
            found = await self.all(statement)
            return {getattr(row, kind.source.key): reader.make(row) for row in found}

        name = (kind.graphql.name, reader.computed, id(visible))
        return await self.context.load(name, batch, key)

    async def all(self, statement: Select[Any]) -> Sequence[Any]:
        """The rows of a statement, in a read session of its own."""
        async with self.context.read() as session:
            return await session.rows(statement)

    async def below(self, source: Any, make: Callable[[Any, Any], Select[Any]]) -> list[Any]:
        """The rows of a statement for this parent, read together with those for its siblings."""
        parent = self.field.reading.types.get(self.field.parent.name)
        if parent is None or source is None:
            # A root field, or one of a Python object.
            return list(await self.all(make(source, None)))
        names, above = (parent.source.key, *parent.source.beside), self.field.above

        async def batch(keys: Sequence[Any]) -> dict[Any, list[Any]]:
            own = [getattr(above, name) for name in names]
            labels = [f"{_PARENT}{name}" for name in names]
            inner = make(above, own[0]).lateral()
            statement = (
                select(*[each.label(label) for each, label in zip(own, labels, strict=True)])
                .add_columns(*inner.c)
                .select_from(above)
                .join(inner, true())
                .where(_among(own, keys))
            )
            found: dict[Any, list[Any]] = {each: [] for each in keys}
            for row in await self.all(statement):
                found[tuple([getattr(row, label) for label in labels])].append(row)
            return found

        made = await self.context.load(
            (self.field.parent.name, id(self.info.field_nodes[0]), make.__name__),
            batch,
            tuple([getattr(source, name) for name in names]),
        )
        return made or []


def _among(columns: Sequence[Any], keys: Sequence[tuple[Any, ...]]) -> Any:
    """Rows with one of these keys."""
    if len(columns) > 1:
        return tuple_(*columns).in_(keys)
    [column] = columns
    return column == func.any(literal([key for (key,) in keys], ARRAY(column.type)))


async def _edge(reader: Reader, source: Any, _: Values) -> Any:
    read = reader.field.declaration.read
    assert isinstance(read, Edge)
    key = getattr(source, read.name)
    return None if key is None else await reader.by_key(reader.field.target, key, read.visible)


async def _found(reader: Reader, source: Any, values: Values) -> Any:
    kind, read = reader.field.target, reader.field.declaration.read
    assert isinstance(read, One)
    rows = reader.rows_of(kind)

    def one(parent: Any, _: Any) -> Select[Any]:
        viewer, table = reader.viewer(), reader.field.alias
        condition = reader.field.rows(viewer, table, parent, values.given)
        return (
            select(*rows.columns(viewer, table))
            .where(condition, rows.led(read, viewer, table))
            .limit(1)
            .correlate_except(table)
        )

    found = await reader.below(source, one)
    return rows.make(found[0]) if found else None


async def _items(reader: Reader, source: Any, values: Values) -> list[Any]:
    kind, read = reader.field.target, reader.field.declaration.read
    assert isinstance(read, Items)
    rows = reader.rows_of(kind)

    def listed(parent: Any, _: Any) -> Select[Any]:
        viewer = reader.viewer()
        table = read.rows_of(parent) if read.rows_of else reader.field.alias
        said = reader.field.rows(viewer, table, parent, values.given)
        where = and_(said.where, rows.seen(said, viewer, table))
        listing = Listing(said, table, where, literal(read.most))
        return listing.select(rows.columns(viewer, table), surplus=False)

    return [rows.make(row) for row in await reader.below(source, listed)]


async def _pages(reader: Reader, source: Any, values: Values) -> Connection[Any] | None:
    return await _Pages(reader, source, values).read()


class _Pages:
    """One page of a connection."""

    def __init__(self, reader: Reader, source: Any, values: Values) -> None:
        self._reader = reader
        self._source = source
        self._values = values
        self._rows = reader.rows_of(reader.field.target)
        assert values.page is not None
        self._page = values.page
        self._order = reader.field.order(values.shape(), values.given)

    def _listing(self, viewer: Terms, parent: Any) -> Listing:
        table = self._reader.field.alias
        said = self._reader.field.rows(viewer, table, parent, self._values.given)
        where = and_(said.where, self._rows.seen(said, viewer, table))
        listing = Listing(said, table, where, literal(self._page.size, Integer()))
        place = [
            bindparam(None, value, type_=getattr(table, name).type)
            for name, value in zip(self._order.columns, self._values.place or (), strict=False)
        ]
        listing.turn_to(self._page, place)
        return listing

    async def read(self) -> Connection[Any] | None:
        """The page; None if the list itself isn't there."""
        about = await self._reader.below(self._source, self._about)
        if not about[0].exists__:
            return None
        found = await self._reader.below(self._source, self._select)
        more, shown = len(found) > self._page.size, found[: self._page.size]
        if self._page.backward:
            shown.reverse()
        cursors = [
            self._order.cursor([getattr(row, f"{_PLACE}{name}") for name in self._order.columns])
            for row in shown
        ]
        precedes = about[0].precedes__
        nodes = [self._rows.make(row) for row in shown]
        return Connection(
            nodes=nodes,
            edges=[
                PageEdge(node=node, cursor=cursor)
                for node, cursor in zip(nodes, cursors, strict=True)
            ],
            page_info=PageInfo(
                has_next_page=precedes if self._page.backward else more,
                has_previous_page=more if self._page.backward else precedes,
                start_cursor=cursors[0] if cursors else None,
                end_cursor=cursors[-1] if cursors else None,
            ),
            count=self._count,
        )

    def _about(self, parent: Any, _: Any) -> Any:
        listing = self._listing(self._reader.viewer(), parent)
        exists = true() if listing.rows.exists is None else listing.rows.exists
        precedes = listing.precedes()
        known = literal(precedes) if isinstance(precedes, bool) else precedes
        return select(exists.label(_EXISTS), known.label(_PRECEDES)).correlate(parent)

    def _select(self, parent: Any, _: Any) -> Select[Any]:
        viewer = self._reader.viewer()
        listing = self._listing(viewer, parent)
        places = [
            getattr(listing.table, name).label(f"{_PLACE}{name}") for name in self._order.columns
        ]
        return listing.select([*self._rows.columns(viewer, listing.table), *places], surplus=True)

    def _total(self, parent: Any, _: Any) -> Select[Any]:
        total = self._listing(self._reader.viewer(), parent).total()
        return select(total.label("total")).correlate(parent)

    async def _count(self) -> int:
        rows = await self._reader.below(self._source, self._total)
        count: int = rows[0].total
        return count


async def _by_id(reader: Reader, _: Any, values: Values) -> Any:
    read = reader.field.declaration.read
    assert isinstance(read, ById)
    keys = values.given[IDS] if read.many else [values.given[IDS]]
    known = reader.field.reading.by_prefix
    found = await gather(
        *[
            reader.by_key(known[prefix], key)
            for prefix, key in zip(values.prefixes, keys, strict=True)
        ]
    )
    return list(found) if read.many else found[0]


_LINKS: dict[type, Callable[[Reader, Any, Values], Awaitable[Any]]] = {
    Edge: _edge,
    One: _found,
    Items: _items,
    Pages: _pages,
    ById: _by_id,
}

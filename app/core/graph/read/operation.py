"""An operation of a document, looked through once: what it reads, what it costs, what runs how."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    OperationDefinitionNode,
    get_named_type,
)
from graphql.execution.values import VariableValues

from app.core.errors import RequestError
from app.core.graph.read.arguments import Given, Values
from app.core.graph.read.declare import ById, Items, Pages
from app.core.graph.read.reading import ReadField, Reading
from app.core.graph.read.selection import Selected, Selecting
from app.core.limits import Limit

# What a field costs that is more than its objects; in the field's metadata.
COST = "cost"
# What one of its callers is counted by, beside what counts for each operation; likewise.
LIMITS = "limits"
ROOT_COST = {"query": 1, "mutation": 10, "subscription": 10}
# How many objects a list of Python's is taken to have.
_PYTHON_LIST = 10

Arguments = Mapping[int, Values]


@dataclass
class Costs:
    """What a selection costs: for each object one, and what is below it, by response key."""

    own: int = 0
    below: dict[str, "Link"] = field(default_factory=dict)

    def most(self, arguments: Arguments) -> int:
        """At most."""
        return self.own + sum(each.most(arguments) for each in self.below.values())

    def actual(self, data: Any) -> int:
        """As answered."""
        if data is None:
            return 0
        return self.own + sum(link.actual(data.get(key)) for key, link in self.below.items())


@dataclass
class Link:
    """A field with something below it: how many, and of which possible types."""

    kinds: dict[str, Costs]
    many: int | None = None
    sized_by: int | None = None
    listed: bool = False
    fixed: int = 0

    def most(self, arguments: Arguments) -> int:
        """As many objects as there can be, of the costliest type."""
        each = max((kind.most(arguments) for kind in self.kinds.values()), default=0)
        return self.fixed + each * self._count(arguments)

    def _count(self, arguments: Arguments) -> int:
        if self.sized_by is None:
            return 1 if self.many is None else self.many
        values = arguments[self.sized_by]
        return values.page.size if values.page else len(values.prefixes)

    def actual(self, data: Any) -> int:
        """The cost of what a field holds."""
        if data is None:
            return 0
        if isinstance(data, list):
            return self.fixed + sum(self._one(each) for each in data)
        return self.fixed + self._one(data)

    def _one(self, data: Any) -> int:
        if not self.kinds or not isinstance(data, dict):
            return 0
        if len(self.kinds) == 1:
            return next(iter(self.kinds.values())).actual(data)
        # Several types are possible: those whose keys the object has.
        return max(kind.actual(data) for kind in self.kinds.values())


@dataclass
class Root:
    """A root field of an operation."""

    key: str
    nodes: list[FieldNode]
    field: ReadField | None
    compiled: bool
    link: Link | None


@dataclass(frozen=True)
class Argued:
    """A declared field with arguments, and where it first stands in the answer."""

    given: Given
    path: tuple[str, ...]


class Operation:
    """An operation with the values of its `@skip` and `@include`: every field is known."""

    def __init__(
        self,
        reading: Reading,
        definition: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self.reading = reading
        self.definition = definition
        self.selecting = Selecting(reading.schema, fragments, variables)
        self.argued: dict[int, Argued] = {}
        root = reading.schema.get_root_type(definition.operation)
        assert root is not None
        self.kind = root
        self.base_cost = 0
        self.limits: set[Limit] = set()
        self.roots = [
            self._root(key, nodes)
            for key, nodes in self.selecting.fields(root, [definition.selection_set]).items()
        ]

    def arguments(self, variables: VariableValues) -> dict[int, Values]:
        """Every declared field's arguments; `InvalidArguments` with all that is wrong."""
        found: dict[int, Values] = {}
        errors = []
        for number, argued in self.argued.items():
            try:
                found[number] = argued.given.read(variables)
            except RequestError as error:
                errors.append(_located(error, argued))
        if errors:
            raise InvalidArguments(errors)
        return found

    def cost(self, arguments: Arguments) -> int:
        """At most what the operation costs."""
        return self._most(arguments) if self.argued else self._cost

    @cached_property
    def _cost(self) -> int:
        """Where no field has arguments, it is always the same."""
        return self._most({})

    def _most(self, arguments: Arguments) -> int:
        return self.base_cost + sum(root.link.most(arguments) for root in self.roots if root.link)

    def is_compiled(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> bool:
        """Whether all of a field can be compiled."""
        return self._field(kind, nodes, ())[1]

    def _root(self, key: str, nodes: list[FieldNode]) -> Root:
        self.base_cost += ROOT_COST[self.definition.operation.value]
        read = self.reading.fields.get((self.kind.name, nodes[0].name.value))
        link, compiled = self._field(self.kind, nodes, (key,))
        return Root(key, nodes, read, compiled and read is not None, link)

    def _field(
        self, kind: GraphQLObjectType, nodes: list[FieldNode], path: tuple[str, ...]
    ) -> tuple[Link | None, bool]:
        """What is below a field, and whether all of it can be compiled."""
        name = nodes[0].name.value
        if name.startswith("__"):
            return None, name == "__typename"
        definition = kind.fields[name]
        read = self.reading.fields.get((kind.name, name))
        if read is not None and (definition.args or isinstance(read.declaration.read, Pages)):
            self.argued.setdefault(id(nodes[0]), Argued(Given(nodes[0], read), path))
        metadata = getattr(definition.extensions.get("strawberry-definition"), "metadata", None)
        fixed = (metadata or {}).get(COST, 0)
        self.limits.update(read.declaration.limits if read else (metadata or {}).get(LIMITS, ()))
        target = get_named_type(definition.type)
        if read is not None and isinstance(read.declaration.read, Pages):
            below, compiled = self._pages(nodes, target, path)
            return Link({target.name: below}), compiled
        kinds, compiled = self._kinds(target, nodes, path)
        if not kinds:
            return (Link({}, fixed=fixed) if fixed else None), read is not None
        link = Link(kinds, many=_many(definition.type, read), fixed=fixed)
        if read is not None and isinstance(read.declaration.read, ById):
            link.sized_by = id(nodes[0])
        return link, compiled and read is not None

    def _kinds(
        self, target: GraphQLNamedType, nodes: list[FieldNode], path: tuple[str, ...]
    ) -> tuple[dict[str, Costs], bool]:
        found, all_compiled = {}, True
        for kind in self._possible(target):
            costs, compiled = self._object(kind, self.selecting.below(kind, nodes), path)
            found[kind.name] = costs
            all_compiled &= compiled
        return found, all_compiled

    def _possible(self, target: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if isinstance(target, GraphQLObjectType):
            return [target]
        if isinstance(target, GraphQLInterfaceType | GraphQLUnionType):
            return self.reading.schema.get_possible_types(target)
        return []

    def _object(
        self, kind: GraphQLObjectType, selected: Selected, path: tuple[str, ...]
    ) -> tuple[Costs, bool]:
        costs = Costs(own=int(kind.name in self.reading.types))
        all_compiled = True
        for key, nodes in selected.items():
            link, compiled = self._field(kind, nodes, (*path, key))
            all_compiled &= compiled
            if link is not None:
                costs.below[key] = link
        return costs, all_compiled

    def _pages(
        self, nodes: list[FieldNode], target: GraphQLNamedType, path: tuple[str, ...]
    ) -> tuple[Costs, bool]:
        """A connection's own fields are part of its declaration."""
        assert isinstance(target, GraphQLObjectType)
        costs, all_compiled = Costs(), True
        for key, chosen in self.selecting.below(target, nodes).items():
            name = chosen[0].name.value
            if name == "totalCount":
                costs.below[key] = Link({}, fixed=1)
            elif name in ("nodes", "edges"):
                kind = get_named_type(target.fields[name].type)
                below, compiled = self._page_list(kind, chosen, (*path, key))
                costs.below[key] = Link(below, sized_by=id(nodes[0]), listed=True)
                all_compiled &= compiled
        return costs, all_compiled

    def _page_list(
        self, kind: GraphQLNamedType, nodes: list[FieldNode], path: tuple[str, ...]
    ) -> tuple[dict[str, Costs], bool]:
        if kind.name in self.reading.types:
            return self._kinds(kind, nodes, path)
        assert isinstance(kind, GraphQLObjectType)
        costs, all_compiled = Costs(), True
        for key, chosen in self.selecting.below(kind, nodes).items():
            if chosen[0].name.value == "node":
                target = get_named_type(kind.fields["node"].type)
                kinds, compiled = self._kinds(target, chosen, (*path, key))
                costs.below[key] = Link(kinds)
                all_compiled &= compiled
        return {kind.name: costs}, all_compiled


class InvalidArguments(Exception):
    """Arguments that make no sense: nothing was run."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors
        super().__init__(errors[0].message)


def _located(error: RequestError, argued: Argued) -> GraphQLError:
    return GraphQLError(
        error.message, [argued.given.node], path=list(argued.path), extensions=error.extensions
    )


def _many(kind: Any, read: ReadField | None) -> int | None:
    """How many objects a field can hold; None for one."""
    if read is not None and isinstance(read.declaration.read, Items):
        return read.declaration.read.most
    bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return _PYTHON_LIST if isinstance(bare, GraphQLList) else None

"""Operations that together select every field of every type that queries reach."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from graphql import (
    FieldNode,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
    parse,
    visit,
)

from tests.engine.arguments import Place, Values, has_to_have, prefix_of
from tests.engine.generate import Generated
from tests.engine.material import Material

# So many objects are tried at the start of a path, so that one of them leads to its end.
TRIES = 6


@dataclass(frozen=True)
class Step:
    """A field of a type, and the type that is meant of those that it may give."""

    parent: GraphQLObjectType
    field: str
    type: GraphQLObjectType


@cache
def paths(schema: GraphQLSchema) -> dict[str, tuple[Step, ...]]:
    """The shortest way from `Query` to each object type that it reaches, itself with none."""
    query = schema.query_type
    assert query is not None
    found: dict[str, tuple[Step, ...]] = {query.name: ()}
    waiting = deque([query])
    while waiting:
        parent = waiting.popleft()
        for name, field in parent.fields.items():
            for kind in _objects(schema, get_named_type(field.type)):
                if kind.name not in found:
                    found[kind.name] = (*found[parent.name], Step(parent, name, kind))
                    waiting.append(kind)
    return found


def reachable(schema: GraphQLSchema) -> set[tuple[str, str]]:
    """Each field of each object type that queries reach, as (type, field)."""
    return {(name, field) for name in paths(schema) for field in _object(schema, name).fields}


def selected(schema: GraphQLSchema, document: str) -> set[tuple[str, str]]:
    """What a document selects, as (type, field); of an interface, it is the interface's."""
    info = TypeInfo(schema)
    pairs: set[tuple[str, str]] = set()

    class Noting(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = info.get_parent_type()
            if parent is not None and not node.name.value.startswith("__"):
                pairs.add((parent.name, node.name.value))

    visit(parse(document), TypeInfoVisitor(info, Noting()))
    return pairs


def covering(schema: GraphQLSchema, rng: Random, world: Material) -> Iterator[Generated]:
    """An operation for each object type, and one for each argument that can be left out."""
    for name, path in paths(schema).items():
        kind = _object(schema, name)
        yield from selecting(schema, rng, world, name)
        for field, given in kind.fields.items():
            for argument in given.args:
                yield one_argument(schema, rng, world, path, kind, field, argument)


def selecting(
    schema: GraphQLSchema, rng: Random, world: Material, name: str, tries: int = TRIES
) -> Iterator[Generated]:
    """An operation that selects every field of an object type; of `Query`, one for each."""
    path, kind = paths(schema)[name], _object(schema, name)
    # A root field that is refused would take the others along.
    together = [list(kind.fields)] if path else [[field] for field in kind.fields]
    for fields in together:
        inner = _selecting(schema, kind, fields)
        yield _reaching(schema, rng, world, path, inner, tries)


def one_argument(
    schema: GraphQLSchema,
    rng: Random,
    world: Material,
    path: Sequence[Step],
    kind: GraphQLObjectType,
    field: str,
    argument: str,
) -> Generated:
    """An operation that gives a field one argument beside the required ones."""

    def inner(values: Values) -> str:
        given = kind.fields[field]
        text = values.only(f"{kind.name}.{field}", given, argument).text
        return f"{field}{text}{_below(schema, get_named_type(given.type))}"

    return _reaching(schema, rng, world, path, inner)


def connections(schema: GraphQLSchema) -> Iterator[tuple[tuple[Step, ...], GraphQLObjectType, str]]:
    """Each field that gives a page with cursors: the way to its type, the type, its name."""
    for name, path in paths(schema).items():
        kind = _object(schema, name)
        for field, given in kind.fields.items():
            page = get_named_type(given.type)
            if is_object_type(page) and {"edges", "pageInfo"} <= page.fields.keys():
                yield path, kind, field


def cursors_of(
    schema: GraphQLSchema,
    rng: Random,
    world: Material,
    path: Sequence[Step],
    kind: GraphQLObjectType,
    field: str,
) -> Generated:
    """An operation that reads cursors of a list, with any arguments that narrow or order it."""

    def inner(values: Values) -> str:
        given = kind.fields[field]
        coordinate = f"{kind.name}.{field}"
        parts = [f"{name}: {text}" for name, text in _narrowing(values, coordinate, given)]
        text = f"({', '.join(parts)})" if parts else ""
        return f"{field}{text} {{ edges {{ cursor }} }}"

    return _reaching(schema, rng, world, path, inner)


def _narrowing(values: Values, coordinate: str, given: Any) -> Iterator[tuple[str, str]]:
    types = values.node_types(given.type)
    for name, argument in given.args.items():
        if name in ("first", "last", "after", "before"):
            continue
        if has_to_have(coordinate, name, argument) or values.chance(0.4):
            place = Place(name, types, optional=False, prefix=prefix_of(argument))
            value = values.value(argument.type, place)
            yield name, values.literal(argument.type, value, place)


def _reaching(
    schema: GraphQLSchema,
    rng: Random,
    world: Material,
    path: Sequence[Step],
    inner: Any,
    tries: int = TRIES,
) -> Generated:
    """A query that selects what `inner` writes at the end of a path, from several objects."""
    values = Values(schema, rng, world, wild=False)
    if not path:
        selection = inner(values)
    else:
        tries = tries if path[0].parent.fields[path[0].field].args else 1
        selection = " ".join(
            f"a{number}: {_along(schema, values, path, inner)}" for number in range(tries)
        )
    declared = ", ".join(
        f"${name}: {each.type}" + (f" = {each.default}" if each.default is not None else "")
        for name, each in values.variables.items()
    )
    return Generated(
        f"query Covering{f'({declared})' if declared else ''} {{ {selection} }}",
        dict(values.sent()),
        None,
    )


def _along(schema: GraphQLSchema, values: Values, path: Sequence[Step], inner: Any) -> str:
    if not path:
        return str(inner(values))
    step, *rest = path
    given = step.parent.fields[step.field]
    meant = [step.type.name] if is_abstract_type(get_named_type(given.type)) else ()
    text = _required(values, f"{step.parent.name}.{step.field}", given, meant)
    below = f"__typename {_along(schema, values, rest, inner)}"
    if meant:
        below = f"... on {step.type.name} {{ {below} }}"
    return f"{step.field}{text} {{ {below} }}"


def _required(values: Values, coordinate: str, given: Any, types: Sequence[str] = ()) -> str:
    parts = []
    for name, argument in given.args.items():
        if has_to_have(coordinate, name, argument):
            meant = types or values.node_types(given.type)
            place = Place(name, meant, optional=False, prefix=prefix_of(argument))
            value = values.value(argument.type, place)
            parts.append(f"{name}: {values.rendered(argument.type, place, value)}")
    return f"({', '.join(parts)})" if parts else ""


def _selecting(schema: GraphQLSchema, kind: GraphQLObjectType, fields: Sequence[str]) -> Any:
    def inner(values: Values) -> str:
        parts = [
            name
            + _required(values, f"{kind.name}.{name}", given)
            + _below(schema, get_named_type(given.type))
            for name, given in kind.fields.items()
            if name in fields
        ]
        return " ".join(["__typename", *parts])

    return inner


def _below(schema: GraphQLSchema, kind: Any) -> str:
    """The least that can be selected of a type, and what a page is about."""
    if not is_composite_type(kind):
        return ""
    fields = getattr(kind, "fields", {})
    page = " edges { cursor node { __typename } }" if {"edges", "pageInfo"} <= fields.keys() else ""
    return f" {{ __typename{page} }}"


def _objects(schema: GraphQLSchema, kind: Any) -> Sequence[GraphQLObjectType]:
    if is_abstract_type(kind):
        return schema.get_possible_types(kind)
    return [kind] if is_object_type(kind) else []


def _object(schema: GraphQLSchema, name: str) -> GraphQLObjectType:
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind

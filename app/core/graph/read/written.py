"""An object of Python's as JSON: its values as they are, what its links lead to read by SQL."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from graphql import (
    FieldNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)

from app.core.graph.printing import to_json
from app.core.graph.read.compile import TYPENAME, Compiler
from app.core.graph.read.declare import Edge, One
from app.core.graph.read.emit import Expression
from app.core.graph.read.operation import Operation
from app.core.graph.read.reading import ReadField
from app.core.graph.read.viewing import Keys

_DEFINITION = "strawberry-definition"
_NULL = b"null"

_Member = Callable[[Any, Sequence[bytes]], bytes]


class Written:
    """How objects of one type are written for one selection.

    `links` are the fields that are read. `whole` is False where a field has a resolver of its
    own, so that only the ordinary execution can write it.
    """

    def __init__(
        self, operation: Operation, kind: GraphQLObjectType, nodes: list[FieldNode]
    ) -> None:
        self.kind = kind
        self.links: list[tuple[ReadField, list[FieldNode]]] = []
        self.whole = True
        self._operation = operation
        self._members: list[tuple[bytes, _Member]] = []
        for key, below in operation.selecting.below(kind, nodes).items():
            member = self._member(below)
            if member is None:
                self.whole = False
            else:
                self._members.append((orjson.dumps(key) + b":", member))

    def _member(self, nodes: list[FieldNode]) -> _Member | None:
        name = nodes[0].name.value
        if name == TYPENAME:
            typename = orjson.dumps(self.kind.name)
            return lambda _, __: typename
        read = self._operation.reading.fields.get((self.kind.name, name))
        if read is None:
            return self._plain(nodes) if _is_plain(self.kind, name) else None
        if not isinstance(read.declaration.read, Edge | One):
            return None
        if not self._operation.is_compiled(self.kind, nodes):
            return None
        place = len(self.links)
        self.links.append((read, nodes))
        return lambda _, found: found[place]

    def _plain(self, nodes: list[FieldNode]) -> _Member:
        operation, definition = self._operation, self.kind.fields[nodes[0].name.value]
        name = definition.extensions[_DEFINITION].python_name
        return lambda source, _: to_json(
            _complete(operation, definition.type, nodes, getattr(source, name))
        )

    def columns(self, compiler: Compiler) -> list[Expression]:
        """What reads the links: the parameters are the object's attributes, by `Keys`."""
        return [compiler.below(field, nodes, Keys()) for field, nodes in self.links]

    def has_keys(self, source: Any) -> bool:
        """Whether an object's links can lead anywhere."""
        reads = [field.declaration.read for field, _ in self.links]
        return any(
            isinstance(read, One) or getattr(source, read.name) is not None
            for read in reads
            if isinstance(read, Edge | One)
        )

    def write(self, source: Any, found: Sequence[bytes] | None) -> bytes:
        """The JSON; `found` is what was read for each link, None if nothing can have been."""
        read = [_NULL] * len(self.links) if found is None else found
        return (
            b"{" + b",".join([key + member(source, read) for key, member in self._members]) + b"}"
        )


def _is_plain(kind: GraphQLObjectType, name: str) -> bool:
    """Whether a field is an attribute, and all that can be below it as well."""
    definition = kind.fields[name].extensions[_DEFINITION]
    if not definition.is_basic_field:
        return False
    below = get_named_type(kind.fields[name].type)
    return is_leaf_type(below) or (
        isinstance(below, GraphQLObjectType)
        and all(_is_plain(below, each) for each in below.fields)
    )


def _value(
    operation: Operation, kind: GraphQLObjectType, nodes: list[FieldNode], source: Any
) -> Any:
    name = nodes[0].name.value
    if name == TYPENAME:
        return kind.name
    definition = kind.fields[name]
    value = getattr(source, definition.extensions[_DEFINITION].python_name)
    return _complete(operation, definition.type, nodes, value)


def _complete(
    operation: Operation, kind: GraphQLOutputType, nodes: list[FieldNode], value: Any
) -> Any:
    if value is None:
        return None
    bare: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    if isinstance(bare, GraphQLList):
        return [_complete(operation, bare.of_type, nodes, each) for each in value]
    if isinstance(bare, GraphQLObjectType):
        selected = operation.selecting.below(bare, nodes)
        return {key: _value(operation, bare, below, value) for key, below in selected.items()}
    return bare.serialize(value)

"""A mutation's payload: Python's values as they are, its objects by one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

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
from sqlalchemy import Select, Uuid

from app.core.graph.printing import to_json
from app.core.graph.read.compile import TYPENAME, Call, Compiler
from app.core.graph.read.declare import Edge
from app.core.graph.read.operation import Arguments, Operation, Root
from app.core.graph.read.plan import read_answer
from app.core.graph.read.pool import Readers
from app.core.graph.read.statement import Statement, statement
from app.core.graph.read.viewing import Terms, is_of_kind, parameter, parameters_of, payload_key
from app.core.viewer import Viewer

_DEFINITION = "strawberry-definition"


@dataclass
class _Linked:
    """A field of the payload that is read: whose key stands in an attribute of it."""

    key: str
    attribute: str
    nodes: list[FieldNode]
    type_name: str


@dataclass
class _Plan:
    answers: dict[str | None, bool]
    calls: list[Call]
    statement: Statement
    shape: Any


@dataclass
class PayloadPlan:
    """How a payload is written. `of` says None where a field of it has a resolver of its own."""

    operation: Operation
    kind: GraphQLObjectType
    nodes: list[FieldNode]
    linked: list[_Linked]
    _plans: list[_Plan] = field(default_factory=list)

    @classmethod
    def of(cls, operation: Operation, root: Root) -> "PayloadPlan | None":
        """The plan for a root field of a mutation."""
        definition = operation.kind.fields[root.nodes[0].name.value]
        kind = get_named_type(definition.type)
        assert isinstance(kind, GraphQLObjectType)
        made = cls(operation, kind, root.nodes, [])
        return made if made._collect() else None

    def _collect(self) -> bool:
        reading, selecting = self.operation.reading, self.operation.selecting
        for key, nodes in selecting.below(self.kind, self.nodes).items():
            name = nodes[0].name.value
            read = reading.fields.get((self.kind.name, name))
            if read is None:
                if name != TYPENAME and not _is_plain(self.kind, name):
                    return False
                continue
            edge = read.declaration.read
            if not isinstance(edge, Edge) or not self.operation.is_compiled(self.kind, nodes):
                return False
            self.linked.append(_Linked(key, edge.name, nodes, read.target.graphql.name))
        return True

    async def write(
        self,
        payload: Any,
        readers: Readers,
        viewer: Viewer | None,
        arguments: Arguments,
        rights: Select[Any],
    ) -> tuple[bytes, int] | None:
        """The payload's JSON and what its objects cost; None if only Python can say it."""
        keys = [getattr(payload, each.attribute) for each in self.linked]
        found: dict[str, bytes] = {}
        cost = 0
        if any(key is not None for key in keys):
            plan = self._plan(viewer, arguments, rights)
            parameters = self._parameters(plan, viewer, arguments, keys)
            session = viewer.auth_session_id if viewer else None
            rows = await readers.fetch(plan.statement.alone, (*parameters, session))
            values, cost, poisoned = read_answer(rows[0][:-1])
            if poisoned:
                return None
            found = dict(zip([each.key for each in self.linked], values, strict=True))
        return self._written(payload, found), cost

    def _plan(self, viewer: Viewer | None, arguments: Arguments, rights: Select[Any]) -> _Plan:
        shape = tuple([each.shape() for each in arguments.values()])
        for plan in self._plans:
            if plan.shape == shape and is_of_kind(viewer, plan.answers):
                return plan
        terms = Terms(viewer)
        operation = self.operation
        compiler = Compiler(operation.reading, operation.selecting, arguments, terms)
        columns = [
            compiler.by_key(
                operation.reading.types[each.type_name],
                each.nodes,
                parameter(payload_key(number), Uuid()),
            )
            for number, each in enumerate(self.linked)
        ]
        made = statement(columns, rights)
        plan = _Plan(terms.answers, list(compiler.calls.values()), made, shape)
        self._plans.append(plan)
        return plan

    def _parameters(
        self,
        plan: _Plan,
        viewer: Viewer | None,
        arguments: Arguments,
        keys: Sequence[UUID | None],
    ) -> list[Any]:
        values = parameters_of(viewer)
        for call in plan.calls:
            call.put(arguments[call.number], values)
        for number, key in enumerate(keys):
            values[payload_key(number)] = key
        return [values[name] for name in plan.statement.parameters]

    def _written(self, payload: Any, found: dict[str, bytes]) -> bytes:
        linked = {each.key for each in self.linked}
        parts = []
        for key, nodes in self.operation.selecting.below(self.kind, self.nodes).items():
            if key in linked:
                value = found.get(key, b"null")
            else:
                value = to_json(_member(self.operation, self.kind, nodes, payload))
            parts.append(orjson.dumps(key) + b":" + value)
        return b"{" + b",".join(parts) + b"}"


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


def _member(
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
        return {key: _member(operation, bare, below, value) for key, below in selected.items()}
    return bare.serialize(value)

"""Looking through an operation: all that can be known of it before it is known who asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_variable_values

from app.core.errors import BadRequest
from app.core.graph.documents import Document, Documents, Refused
from app.core.graph.read.operation import Arguments, Operation
from app.core.graph.read.payload import PayloadPlan
from app.core.graph.read.plan import Plans, Ready
from app.core.graph.read.reading import Reading
from app.core.graph.variables import simple_values

_MOST_ERRORS = 20
_MOST_VARIANTS = 64
_MOST_LATELY = 1000


@dataclass(frozen=True)
class Asked:
    """An operation as a client sends it."""

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    # The bytes that said so, if they may be recognised when they come again.
    body: bytes | None = None


@dataclass
class Answered:
    """The answer. One that is `refused` didn't run at all."""

    data: bytes | None
    errors: Sequence[GraphQLError] = ()
    cost: dict[str, Any] | None = None
    refused: bool = False

    def body(self) -> bytes:
        """As JSON."""
        parts = [] if self.refused else [b'"data":' + (self.data or b"null")]
        if self.errors:
            parts.append(b'"errors":' + orjson.dumps([each.formatted for each in self.errors]))
        if self.cost is not None:
            parts.append(b'"extensions":{"cost":' + orjson.dumps(self.cost) + b"}")
        return b"{" + b",".join(parts) + b"}"


class NotThisWay(BadRequest):
    """An operation of a kind that a request can't have: a mutation by GET."""

    def __init__(self, kind: OperationType) -> None:
        super().__init__(f"A {kind.value} can't be sent this way.", operation=kind.value)


class _Directives(Visitor):
    """The variables that `@skip` and `@include` depend on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        """Of its one argument."""
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.found.add(argument.value.name.value)


@dataclass
class _Known:
    """What is known of an operation of a document."""

    definition: OperationDefinitionNode
    deciding: tuple[str, ...]
    variants: dict[tuple[Any, ...], "Variant"] = field(default_factory=dict)


@dataclass
class Variant:
    """An operation with the values of its directives."""

    operation: Operation
    plans: dict[tuple[str, ...], Plans] = field(default_factory=dict)
    ordinary: dict[tuple[str, ...], DocumentNode] = field(default_factory=dict)
    payloads: dict[str, PayloadPlan | None] = field(default_factory=dict)


@dataclass
class Looked:
    """An operation that was looked through: all that doesn't depend on who asks."""

    asked: Asked
    document: Document
    variant: Variant
    variables: VariableValues
    arguments: Arguments
    cost: int
    # The plans that were found for these very arguments, by the root fields that they read.
    plans: dict[tuple[str, ...], list[Ready]] = field(default_factory=dict)


class Looking:
    """Looks through the operations of one schema, and remembers what it saw."""

    def __init__(self, schema: GraphQLSchema, documents: Documents, *, remembers: bool) -> None:
        self._schema = schema
        self._documents = documents
        self._reading = Reading(schema)
        self._remembers = remembers
        self._lately: dict[bytes, Looked] = {}

    def recall(self, body: bytes) -> Asked | None:
        """A query that came lately in these very bytes."""
        known = self._lately.get(body)
        return known.asked if known is not None else None

    async def through(self, asked: Asked, allowed: Collection[OperationType]) -> Looked:
        """The operation. Raises a `RequestError`, `Refused` or `InvalidArguments`."""
        known = self._lately.get(asked.body) if asked.body is not None else None
        if known is not None:
            return known
        looked = await self._look(asked, allowed)
        self._remember(looked)
        return looked

    def _remember(self, looked: Looked) -> None:
        """Equal bytes ask for equal things: queries come again and again, from many viewers."""
        asked = looked.asked
        query = looked.variant.operation.definition.operation is OperationType.QUERY
        if asked.body is None or not query or not self._remembers:
            return
        if len(self._lately) >= _MOST_LATELY:
            del self._lately[next(iter(self._lately))]
        self._lately[asked.body] = looked

    async def _look(self, asked: Asked, allowed: Collection[OperationType]) -> Looked:
        document = None
        if asked.query and not asked.extensions and asked.document_id is None:
            document = self._documents.known(asked.query)
        if document is None:
            document = await self._documents.of(asked.query, asked.extensions, asked.document_id)
        definition = document.operation(asked.operation_name)
        if definition.operation not in allowed:
            raise NotThisWay(definition.operation)
        variables = self._variables(definition, asked)
        variant = self._variant(document, definition, variables)
        arguments = variant.operation.arguments(variables)
        cost = variant.operation.cost(arguments)
        return Looked(asked, document, variant, variables, arguments, cost)

    def _variables(self, definition: OperationDefinitionNode, asked: Asked) -> VariableValues:
        given = asked.variables or {}
        simple = simple_values(definition, given)
        if simple is not None:
            return simple
        values = get_variable_values(
            self._schema, definition.variable_definitions or (), given, max_errors=_MOST_ERRORS
        )
        if isinstance(values, list):
            code = {"code": "BAD_USER_INPUT"}
            raise Refused(
                [GraphQLError(each.message, each.nodes, extensions=code) for each in values]
            )
        return values

    def _variant(
        self, document: Document, definition: OperationDefinitionNode, variables: VariableValues
    ) -> Variant:
        name = definition.name.value if definition.name else None
        known: _Known | None = document.extra.get(name)
        if known is None:
            known = document.extra[name] = _Known(definition, _deciding(document, definition))
        values = tuple(variables.coerced.get(each) for each in known.deciding)
        variant = known.variants.get(values)
        if variant is None:
            if len(known.variants) >= _MOST_VARIANTS:
                known.variants.clear()
            operation = Operation(self._reading, definition, document.fragments, variables.coerced)
            if None in values:
                # A directive whose condition is null is an error that the ordinary one finds.
                for root in operation.roots:
                    root.compiled = False
            variant = known.variants[values] = Variant(operation)
        return variant


def _deciding(document: Document, definition: OperationDefinitionNode) -> tuple[str, ...]:
    """The variables of an operation that decide which fields there are."""
    finder = _Directives()
    visit(document.node, finder)
    declared = [
        each.variable.name.value
        for each in definition.variable_definitions or ()
        if print_ast(each.type).rstrip("!") == "Boolean"
    ]
    return tuple(name for name in declared if name in finder.found)

"""Looking through an operation: all that can be known of it before it is known who asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    print_ast,
    visit,
)
from graphql.execution.values import VariableValues, get_variable_values

from app.core.errors import BadRequest, RequestError
from app.core.graph.documents import Document, Documents, Refused
from app.core.graph.read.operation import Arguments, InvalidArguments, Operation
from app.core.graph.read.payload import PayloadPlan
from app.core.graph.read.plan import Plans, Ready
from app.core.graph.read.reading import Reading
from app.core.graph.trusted import document_id
from app.core.graph.variables import Signature, coerced, signature

_MOST_ERRORS = 20
_MOST_VARIANTS = 64
# Longer requests aren't recognised when they come again.
_LONGEST_REPEATED = 4096
_MOST_LATELY = 1000
# What a request can ask for that has one answer.
BY_POST = frozenset({OperationType.QUERY, OperationType.MUTATION})


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

    @classmethod
    def read(cls, body: bytes) -> "Asked":
        """The operation in the body of a request. Raises `BadRequest`."""
        try:
            given = orjson.loads(body)
        except orjson.JSONDecodeError:
            raise BadRequest("Unable to parse request body as JSON.") from None
        if not isinstance(given, dict):
            raise BadRequest("The body must be a JSON object.")
        query, name = given.get("query"), given.get("operationName")
        variables, extensions = given.get("variables"), given.get("extensions")
        for value, kind, where in (
            (query, str, "query"),
            (name, str, "operationName"),
            (variables, dict, "variables"),
            (extensions, dict, "extensions"),
        ):
            if value is not None and not isinstance(value, kind):
                wanted = "a string" if kind is str else "an object"
                raise BadRequest(f"'{where}' must be {wanted}.")
        id = document_id(given)
        if not query and id is None and not (extensions or {}).get("persistedQuery"):
            raise BadRequest("The request has neither a query nor the id of a document.")
        repeatable = body if not extensions and len(body) <= _LONGEST_REPEATED else None
        return cls(query, variables, name, extensions, id, repeatable)


class Cost(NamedTuple):
    """What an operation cost its caller, in points; `bounds` is what is the same for all."""

    requested: int
    actual: int
    left: int
    bounds: bytes

    def json(self) -> bytes:
        """As JSON."""
        return b'{"requested":%d,"actual":%d,"left":%d,%b}' % self


@dataclass
class Answered:
    """The answer. One that is `refused` didn't run at all."""

    data: bytes | None
    errors: Sequence[GraphQLError] = ()
    cost: Cost | None = None
    refused: bool = False

    def body(self) -> bytes:
        """As JSON."""
        parts = [] if self.refused else [b'"data":' + (self.data or b"null")]
        if self.errors:
            parts.append(b'"errors":' + orjson.dumps([each.formatted for each in self.errors]))
        if self.cost is not None:
            parts.append(b'"extensions":{"cost":%b}' % self.cost.json())
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
    signature: Signature
    variants: dict[tuple[Any, ...], "Variant"] = field(default_factory=dict)


@dataclass
class Variant:
    """An operation with the values of its directives."""

    operation: Operation
    plans: dict[tuple[str, ...], Plans] = field(default_factory=dict)
    ordinary: dict[tuple[str, ...], DocumentNode] = field(default_factory=dict)
    payloads: dict[str, PayloadPlan | None] = field(default_factory=dict)
    # What the live engine knows of a subscription.
    extra: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def whole(self) -> tuple[str, ...] | None:
        """The keys of all root fields, if one statement answers them and none has limits."""
        roots = self.operation.roots
        for root in roots:
            if root.field is None or not root.compiled or root.field.declaration.limits:
                return None
        return tuple(root.key for root in roots)


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

    def __init__(self, reading: Reading, documents: Documents, *, remembers: bool) -> None:
        self._schema = reading.schema
        self._documents = documents
        self._reading = reading
        self._remembers = remembers
        self._lately: dict[bytes, Looked] = {}

    def recall(self, body: bytes) -> Looked | None:
        """A query that came lately in these very bytes, looked through."""
        return self._lately.get(body)

    def at_once(self, asked: Asked) -> Looked | None:
        """An operation of a document that is known, if nothing about it needs a second thought."""
        if not asked.query or asked.extensions or asked.document_id is not None:
            return None
        document = self._documents.known(asked.query)
        if document is None:
            return None
        try:
            looked = self._look(document, asked, BY_POST)
        except (RequestError, Refused, InvalidArguments):
            return None
        self._remember(looked)
        return looked

    async def through(self, asked: Asked, allowed: Collection[OperationType]) -> Looked:
        """The operation. Raises a `RequestError`, `Refused` or `InvalidArguments`."""
        known = self._lately.get(asked.body) if asked.body is not None else None
        if known is not None:
            return known
        document = None
        if asked.query and not asked.extensions and asked.document_id is None:
            document = self._documents.known(asked.query)
        if document is None:
            document = await self._documents.of(asked.query, asked.extensions, asked.document_id)
        looked = self._look(document, asked, allowed)
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

    def _look(self, document: Document, asked: Asked, allowed: Collection[OperationType]) -> Looked:
        definition = document.operation(asked.operation_name)
        if definition.operation not in allowed:
            raise NotThisWay(definition.operation)
        known = self._known(document, definition)
        variables = self._variables(known, asked)
        variant = self._variant(document, known, variables)
        arguments = variant.operation.arguments(variables)
        cost = variant.operation.cost(arguments)
        return Looked(asked, document, variant, variables, arguments, cost)

    def _variables(self, known: _Known, asked: Asked) -> VariableValues:
        given = asked.variables or {}
        simple = coerced(known.signature, given)
        if simple is not None:
            return simple
        values = get_variable_values(
            self._schema,
            known.definition.variable_definitions or (),
            given,
            max_errors=_MOST_ERRORS,
        )
        if isinstance(values, list):
            code = {"code": "BAD_USER_INPUT"}
            raise Refused(
                [GraphQLError(each.message, each.nodes, extensions=code) for each in values]
            )
        return values

    def _known(self, document: Document, definition: OperationDefinitionNode) -> _Known:
        name = definition.name.value if definition.name else None
        known: _Known | None = document.extra.get(name)
        if known is None:
            known = document.extra[name] = _Known(
                definition, _deciding(document, definition), signature(self._schema, definition)
            )
        return known

    def _variant(self, document: Document, known: _Known, variables: VariableValues) -> Variant:
        values = tuple([variables.coerced.get(each) for each in known.deciding])
        variant = known.variants.get(values)
        if variant is None:
            if len(known.variants) >= _MOST_VARIANTS:
                known.variants.clear()
            operation = Operation(
                self._reading, known.definition, document.fragments, variables.coerced
            )
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

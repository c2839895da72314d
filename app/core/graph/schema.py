"""The schema as strawberry's HTTP handlers use it: every operation is the executor's."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import orjson
import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from graphql import OperationType as GraphQLOperation
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from app.core.graph.context import Context
from app.core.graph.looking import Answered, Asked
from app.core.graph.read.reading import Reading

_ALL = frozenset(OperationType)


class Schema(strawberry.Schema):
    """Hands operations to the executor of the context's server."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        # Strawberry says which inputs are one-of in the printed schema alone, so that graphql-core
        # neither told of them in introspection nor explained what is wrong with one.
        for kind in self.graphql.type_map.values():
            if isinstance(kind, GraphQLInputObjectType):
                definition = kind.extensions.get("strawberry-definition")
                kind.is_one_of = bool(definition is not None and definition.is_one_of)

    @property
    def graphql(self) -> GraphQLSchema:
        """The schema as graphql-core knows it."""
        return self._schema

    @cached_property
    def reading(self) -> Reading:
        """What its types and fields declare."""
        return Reading(self._schema)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,  # noqa: ARG002
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """A query or a mutation."""
        assert isinstance(context_value, Context)
        asked = Asked(query, variable_values, operation_name, operation_extensions)
        allowed = {_graphql(each) for each in allowed_operation_types or _ALL}
        answered = await context_value.executor.execute(
            asked, context_value, allowed - {GraphQLOperation.SUBSCRIPTION}
        )
        return result_of(answered)


def _graphql(kind: OperationType) -> GraphQLOperation:
    return GraphQLOperation(kind.value)


def result_of(answered: Answered) -> ExecutionResult:
    """An answer as strawberry's handlers take it: the data stays JSON."""
    errors = list(answered.errors) or None
    if answered.refused:
        return PreExecutionError(data=None, errors=errors)
    data: Any = orjson.Fragment(answered.data or b"null")
    extensions: Any = None
    if answered.cost is not None:
        extensions = {"cost": orjson.Fragment(answered.cost.json())}
    return ExecutionResult(data=data, errors=errors, extensions=extensions)

"""Schema extensions: fresh context, masked errors, measured operations, bounded documents."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from time import perf_counter
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.extensions.max_aliases import create_validator as alias_rule
from strawberry.extensions.query_depth_limiter import create_validator as depth_rule

from app.core.errors import DomainError, RequestError
from app.core.graph.context import Context
from app.core.logging import get_logger
from app.core.metrics import OPERATIONS

_MAX_TOKENS = 4000
_MAX_DEPTH = 15
_MAX_ALIASES = 50
_CACHE = 2000

log = get_logger(__name__)


class FreshContext(SchemaExtension):
    """On a socket one context serves the connection: each operation gets its own."""

    def on_operation(self) -> Iterator[None]:
        """Swap the context before anything is resolved."""
        context = self.execution_context.context
        if isinstance(context, Context):
            self.execution_context.context = context.fresh()
        yield


class ErrorPolicy(SchemaExtension):
    """Every top-level error has a code; a bug's text goes to the log, not to the client."""

    def on_operation(self) -> Iterator[None]:
        """Rewrite the errors of the result."""
        yield
        self._rewrite(self.execution_context.result)

    async def on_stream_result(self, result: Any) -> AsyncIterator[None]:
        """Rewrite the errors of one event."""
        self._rewrite(result)
        yield

    def _rewrite(self, result: Any) -> None:
        if getattr(result, "errors", None):
            result.errors = [presentable(error) for error in result.errors]


def presentable(error: GraphQLError) -> GraphQLError:
    """The error as a client sees it."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    message, extensions = error.message, {"code": "GRAPHQL_VALIDATION_FAILED"}
    if isinstance(cause, RequestError):
        message, extensions = cause.message, cause.extensions
    elif isinstance(cause, DomainError):
        message, extensions = cause.text, {"code": cause.code}
    elif isinstance(error, GraphQLSyntaxError):
        extensions = {"code": "GRAPHQL_PARSE_FAILED"}
    elif cause is not None and not isinstance(cause, GraphQLError):
        request_id = structlog.contextvars.get_contextvars().get("request_id", "-")
        log.error("operation.failed", path=error.path, exc_info=cause)
        message = f"Something went wrong on our side. We know it as request {request_id}."
        extensions = {"code": "INTERNAL"}
    return GraphQLError(message, error.nodes, path=error.path, extensions=extensions)


class Measured(SchemaExtension):
    """The time of each operation, by type."""

    def on_operation(self) -> Iterator[None]:
        """Observe at the end."""
        started = perf_counter()
        yield
        OPERATIONS.labels(self._kind()).observe(perf_counter() - started)

    def _kind(self) -> str:
        try:
            return self.execution_context.operation_type.value
        except RuntimeError:
            return "invalid"


class _Parsed(ParserCache):
    """Leaves a document with a syntax error to the schema, which reports it in its place."""

    def on_parse(self) -> Iterator[None]:
        """Take the document from the cache."""
        context = self.execution_context
        with suppress(GraphQLError):
            context.graphql_document = self.cached_parse_document(
                context.query, **context.parse_options
            )
        yield


# The rules are built once: a rule class made for each operation would defeat the cache.
_RULES: list[Any] = [depth_rule(_MAX_DEPTH, None), alias_rule(_MAX_ALIASES)]


class _Bounded(AddValidationRules):
    def __init__(self) -> None:
        super().__init__(_RULES)


EXTENSIONS: list[Any] = [
    FreshContext,
    ErrorPolicy,
    Measured,
    lambda: MaxTokensLimiter(max_token_count=_MAX_TOKENS),
    _Bounded,
    lambda: _Parsed(maxsize=_CACHE),
    lambda: ValidationCache(maxsize=_CACHE),
]

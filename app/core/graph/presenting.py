"""Errors as a client sees them: every one has a code; a bug's text goes to the log."""

import structlog
from graphql import GraphQLError

from app.core.errors import BadRequest, DomainError, RequestError
from app.core.logging import get_logger

# PostgreSQL's codes for a text with the character U+0000, in a column of text or of JSON.
_NO_TEXT = ("22021", "22P05")

log = get_logger(__name__)


def presentable(error: GraphQLError) -> GraphQLError:
    """The error as a client sees it."""
    if error.extensions and "code" in error.extensions:
        return error
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    if _is_no_text(cause):
        cause = BadRequest("The character U+0000 is in no text.")
    message, extensions = error.message, {"code": "GRAPHQL_VALIDATION_FAILED"}
    if isinstance(cause, RequestError):
        message, extensions = cause.message, cause.extensions
    elif isinstance(cause, DomainError):
        message, extensions = cause.text, {"code": cause.code}
    elif cause is not None and not isinstance(cause, GraphQLError):
        request_id = structlog.contextvars.get_contextvars().get("request_id", "-")
        log.error("operation.failed", path=error.path, exc_info=cause)
        message = f"Something went wrong on our side. We know it as request {request_id}."
        extensions = {"code": "INTERNAL"}
    return GraphQLError(message, error.nodes, path=error.path, extensions=extensions)


def _is_no_text(cause: Exception | None) -> bool:
    """Whether it is the database that can't keep a text, by its driver or by SQLAlchemy."""
    return getattr(getattr(cause, "orig", cause), "sqlstate", None) in _NO_TEXT


def as_graphql(error: RequestError) -> GraphQLError:
    """An error of the request as a whole."""
    return GraphQLError(error.message, extensions=error.extensions)

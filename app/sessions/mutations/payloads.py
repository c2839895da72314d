"""What many mutations of study sessions take and give."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.sessions.types.session import StudySession


def errors() -> Any:
    """The field `errors` of a payload."""
    return strawberry.field(default_factory=list, description="Why it didn't work.")


def the_session() -> Any:
    """The field `session_id` of an input."""
    return strawberry.field(description="The session.")


def key_of(session_id: strawberry.ID) -> UUID:
    """The session's key."""
    return from_global(StudySession.prefix, session_id)


@strawberry.input(description="Which session.")
class SessionInput:
    """By its id."""

    session_id: strawberry.ID = the_session()


@strawberry.type
class SessionPayload:
    """The session, or why not."""

    session: StudySession | None = edge("session_key", "The session.")
    session_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()

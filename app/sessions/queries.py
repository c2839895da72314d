"""Root queries of study sessions."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, func, true
from sqlmodel import col

from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find
from app.core.graph.read.pages import Order, PageArguments
from app.core.viewer import Asker
from app.sessions import models
from app.sessions.models import SessionKind, SessionStatus
from app.sessions.types.attention import SessionAttention
from app.sessions.types.session import SessionId, StudySession
from app.sessions.types.transcript import Transcript
from app.sessions.types.understanding import SessionSummary

_BY_START = Order("studySessions", ("scheduled_start", "id"), descending=True)
_UPCOMING = Order("upcomingSessions", ("scheduled_start", "id"))


@strawberry.input(description="Which sessions.")
class StudySessionFilter:
    """What isn't given doesn't narrow."""

    kinds: list[SessionKind] | None = strawberry.field(
        default=None, description="Of one of these kinds."
    )
    statuses: list[SessionStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    starts_after: datetime | None = strawberry.field(
        default=None, description="Scheduled for this time or later."
    )
    starts_before: datetime | None = strawberry.field(
        default=None, description="Scheduled for before this time."
    )
    upcoming: bool = strawberry.field(
        default=False, description="Only those yet to begin, soonest first."
    )


def _by_id(_: Asker, session: type[models.StudySession], *, id: SessionId) -> ColumnElement[bool]:
    return col(session.id) == id


def _of_session(
    _: Asker, session: type[models.StudySession], *, session_id: SessionId
) -> ColumnElement[bool]:
    return col(session.id) == session_id


def _summary(
    _: Asker, summary: type[models.SessionSummary], *, session_id: SessionId
) -> ColumnElement[bool]:
    return col(summary.session_id) == session_id


def _sessions(
    _: Asker,
    session: type[models.StudySession],
    *,
    filter: Annotated[
        StudySessionFilter | None, strawberry.argument(description="Which ones.")
    ] = None,
) -> Rows:
    if filter is None:
        return Rows(true(), _BY_START)
    where: ColumnElement[bool] = true()
    if filter.kinds is not None:
        where &= col(session.kind).in_(filter.kinds)
    if filter.statuses is not None:
        where &= col(session.status).in_(filter.statuses)
    if filter.starts_after is not None:
        where &= col(session.scheduled_start) >= filter.starts_after
    if filter.starts_before is not None:
        where &= col(session.scheduled_start) < filter.starts_before
    if filter.upcoming:
        where &= col(session.status) == SessionStatus.SCHEDULED
        where &= col(session.scheduled_start) > func.now()
    return Rows(where, _UPCOMING if filter.upcoming else _BY_START)


def _check(_: PageArguments, *, filter: Any) -> None:
    if (
        filter is not None
        and filter.starts_after is not None
        and filter.starts_before is not None
        and filter.starts_after >= filter.starts_before
    ):
        raise BadRequest("'startsAfter' has to lie before 'startsBefore'.")


def _attention(
    _: Asker, part: type[models.Participant], *, session_id: SessionId
) -> ColumnElement[bool]:
    return col(part.session_id) == session_id


@strawberry.type
class SessionsQuery:
    """Read sessions and what was said in them."""

    study_session: StudySession | None = find(
        _by_id, SIGNED_IN, "A session; null unless it is public or the viewer takes part in it."
    )
    study_sessions: Connection[StudySession] = browse(
        _sessions,
        SIGNED_IN,
        "Public sessions and the viewer's own, latest start first.",
        check=_check,
    )
    transcript: Transcript | None = find(
        _of_session,
        SIGNED_IN,
        "What was said in a session; null unless the viewer takes part in it.",
    )
    session_summary: SessionSummary | None = find(
        _summary,
        SIGNED_IN,
        "A session's summary; null before it ended, and unless the viewer takes part in it.",
    )
    session_attention: SessionAttention | None = find(
        _attention,
        SIGNED_IN,
        "How attentive the viewer was in a session; null unless they take part in it. The host is"
        " told besides of all others together.",
    )

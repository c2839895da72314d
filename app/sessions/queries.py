"""Root queries of study sessions."""

from datetime import datetime
from typing import Annotated

import strawberry

from app.core.access import SIGNED_IN
from app.core.errors import NotFound
from app.core.graph.connections import After, Before, Connection, First, Last, connection
from app.core.graph.context import Info
from app.core.graph.fields import query
from app.core.ids import from_global
from app.core.limits import API
from app.core.pagination import PageArguments
from app.sessions.models import SessionKind, SessionStatus
from app.sessions.store import lifecycle, understanding
from app.sessions.types.session import SessionId, StudySession, sessions_by_id
from app.sessions.types.transcript import Transcript
from app.sessions.types.understanding import SessionSummary


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


@strawberry.type
class SessionsQuery:
    """Read sessions and what was said in them."""

    @query(SIGNED_IN, API)
    async def study_session(self, info: Info, id: SessionId) -> StudySession | None:
        """A session; null unless it is public or the viewer takes part in it."""
        row = await info.context.load(sessions_by_id, from_global(StudySession.prefix, id))
        return None if row is None else StudySession.of(row)

    @query(SIGNED_IN, API)
    async def study_sessions(
        self,
        info: Info,
        filter: Annotated[
            StudySessionFilter | None, strawberry.argument(description="Which ones.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[StudySession]:
        """Public sessions and the viewer's own, latest start first."""
        wanted = filter or StudySessionFilter()
        async with info.context.read() as session:
            page = await lifecycle.sessions(
                session,
                info.context.me,
                PageArguments(first, after, last, before),
                kinds=wanted.kinds,
                statuses=wanted.statuses,
                starts_after=wanted.starts_after,
                starts_before=wanted.starts_before,
                upcoming=wanted.upcoming,
            )
        return connection(page, StudySession.of)

    @query(SIGNED_IN, API)
    async def transcript(self, info: Info, session_id: SessionId) -> Transcript | None:
        """What was said in a session; null unless the viewer takes part in it."""
        key = from_global(StudySession.prefix, session_id)
        async with info.context.read() as session:
            if not await lifecycle.is_member(session, info.context.me, key):
                raise NotFound
        return Transcript(session_key=key)

    @query(SIGNED_IN, API)
    async def session_summary(self, info: Info, session_id: SessionId) -> SessionSummary | None:
        """A session's summary; null before it ended, and unless the viewer takes part in it."""
        key = from_global(StudySession.prefix, session_id)
        async with info.context.read() as session:
            if not await lifecycle.is_member(session, info.context.me, key):
                raise NotFound
            row = await understanding.summary(session, key)
        return None if row is None else SessionSummary.of(row)

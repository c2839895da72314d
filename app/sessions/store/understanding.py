"""What the AI made of what was said."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.sessions.models import Insight, SessionAnswer, SessionSummary
from app.sessions.policy import of_member


async def insights_by_id(
    session: ReadSession, viewer: Viewer, keys: Sequence[UUID]
) -> dict[UUID, Insight]:
    """Insights of sessions that the viewer takes part in, by key."""
    rows = await session.all(
        select(Insight).where(col(Insight.id).in_(keys), of_member(viewer, col(Insight.session_id)))
    )
    return {row.id: row for row in rows}


async def insights(session: ReadSession, session_id: UUID) -> list[Insight]:
    """What was noticed in a session, in the order in which it was."""
    return await session.all(
        select(Insight).where(Insight.session_id == session_id).order_by(col(Insight.id))
    )


async def answers_by_id(
    session: ReadSession, viewer: Viewer, keys: Sequence[UUID]
) -> dict[UUID, SessionAnswer]:
    """Answers of sessions that the viewer takes part in, by key."""
    rows = await session.all(
        select(SessionAnswer).where(
            col(SessionAnswer.id).in_(keys), of_member(viewer, col(SessionAnswer.session_id))
        )
    )
    return {row.id: row for row in rows}


async def lock_answer(session: WriteSession, key: UUID) -> SessionAnswer | None:
    """An answer's row, held until the end of the transaction."""
    return await session.first(
        select(SessionAnswer).where(SessionAnswer.id == key).with_for_update()
    )


async def questions(session: ReadSession, session_id: UUID) -> list[SessionAnswer]:
    """The questions of a session, in the order in which they were asked."""
    return await session.all(
        select(SessionAnswer)
        .where(SessionAnswer.session_id == session_id)
        .order_by(col(SessionAnswer.id))
    )


async def summary(session: ReadSession, session_id: UUID) -> SessionSummary | None:
    """A session's summary, written or not."""
    return await session.get(SessionSummary, session_id)


async def lock_summary(session: WriteSession, session_id: UUID) -> SessionSummary | None:
    """A summary's row, held until the end of the transaction."""
    return await session.first(
        select(SessionSummary).where(SessionSummary.session_id == session_id).with_for_update()
    )

"""What the AI made of what was said."""

from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.sessions.models import Insight, SessionAnswer, SessionSummary


async def insights(session: ReadSession, session_id: UUID) -> list[Insight]:
    """What was noticed in a session, in the order in which it was."""
    return await session.all(
        select(Insight).where(Insight.session_id == session_id).order_by(col(Insight.id))
    )


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

"""What the AI made of what was said."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.sessions.models import AnswerRating, Insight, SessionAnswer, SessionSummary
from app.sessions.policy import of_member


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


async def answer(session: ReadSession, viewer: Viewer, key: UUID) -> SessionAnswer | None:
    """A question of a session that the viewer takes part in."""
    return await session.first(
        select(SessionAnswer).where(SessionAnswer.id == key, of_member(viewer, SessionAnswer))
    )


async def rate(session: WriteSession, key: UUID, user_id: UUID, *, helpful: bool) -> None:
    """Keep what somebody says of an answer instead of what they said before."""
    rating = AnswerRating(answer_id=key, user_id=user_id, helpful=helpful)
    await session.execute(
        insert(AnswerRating)
        .values(rating.model_dump())
        .on_conflict_do_update(
            index_elements=["answer_id", "user_id"],
            set_={"helpful": helpful, "rated_at": rating.rated_at},
        )
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

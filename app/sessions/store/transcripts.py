"""Corrections of a transcript, and its deletion with all that was made of it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.sessions.models import (
    AnswerStatus,
    AudioChunk,
    ChunkStatus,
    Insight,
    SessionAnswer,
    SpeechStream,
    TranscriptCorrection,
    TranscriptSegment,
)
from app.sessions.policy import of_member


async def session_of_segment(session: ReadSession, viewer: Viewer, key: UUID) -> UUID | None:
    """The session of a segment that the viewer sees."""
    return await session.first(
        select(TranscriptSegment.session_id).where(
            TranscriptSegment.id == key, of_member(viewer, TranscriptSegment)
        )
    )


async def lock_segment(session: WriteSession, key: UUID) -> TranscriptSegment | None:
    """A segment, held until the end of the transaction."""
    return await session.first(
        select(TranscriptSegment).where(TranscriptSegment.id == key).with_for_update()
    )


async def corrections(session: ReadSession, key: UUID) -> list[TranscriptCorrection]:
    """What a segment said before each correction, in their order."""
    return await session.all(
        select(TranscriptCorrection)
        .where(TranscriptCorrection.segment_id == key)
        .order_by(col(TranscriptCorrection.version))
    )


async def lock_streams(session: WriteSession, session_id: UUID) -> list[SpeechStream]:
    """Every speaker's stream of a session, held: nobody goes on with them."""
    return await session.all(
        select(SpeechStream)
        .where(SpeechStream.session_id == session_id)
        .order_by(col(SpeechStream.speaker_id))
        .with_for_update()
    )


async def waiting_chunks(session: ReadSession, session_id: UUID) -> list[AudioChunk]:
    """Chunks of a session that aren't text yet."""
    return await session.all(
        select(AudioChunk).where(
            AudioChunk.session_id == session_id, AudioChunk.status == ChunkStatus.ACCEPTED
        )
    )


async def delete_words(session: WriteSession, session_id: UUID) -> int:
    """Delete segments, with their corrections, and insights; says how many segments."""
    await session.execute(delete(Insight).where(col(Insight.session_id) == session_id))
    return await session.changed(
        delete(TranscriptSegment).where(col(TranscriptSegment.session_id) == session_id)
    )


async def pending_questions(session: WriteSession, session_id: UUID) -> Sequence[UUID]:
    """Questions of a session that are being answered, held."""
    found = await session.all(
        select(SessionAnswer)
        .where(
            SessionAnswer.session_id == session_id,
            SessionAnswer.status == AnswerStatus.PENDING,
        )
        .order_by(col(SessionAnswer.id))
        .with_for_update()
    )
    return [each.id for each in found]


async def empty_answers(session: WriteSession, session_id: UUID, notice: str) -> None:
    """Take the answers away from a session's questions."""
    await session.execute(
        update(SessionAnswer)
        .where(col(SessionAnswer.session_id) == session_id)
        .values(
            status=AnswerStatus.FAILED,
            notice=notice,
            answer="",
            segment_ids=[],
            confidence=None,
            answered_at=func.coalesce(SessionAnswer.answered_at, func.now()),
        )
    )

"""What has waited since before a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from app.core.db import ReadSession
from app.sessions.models import (
    AnswerStatus,
    AudioChunk,
    ChunkStatus,
    SessionAnswer,
    SessionSummary,
    SpeechStream,
    StudySession,
    SummaryStatus,
)


async def waiting_speech(session: ReadSession, before: datetime, limit: int) -> Sequence[Any]:
    """(session, speaker) of chunks that aren't text yet."""
    return await session.rows(
        select(AudioChunk.session_id, AudioChunk.speaker_id)
        .where(AudioChunk.status == ChunkStatus.ACCEPTED, AudioChunk.created_at < before)
        .distinct()
        .limit(limit)
    )


async def unfinished_speech(session: ReadSession, before: datetime, limit: int) -> Sequence[Any]:
    """(session, speaker, last chunk's number) of streams whose last words aren't final."""
    return await session.rows(
        select(SpeechStream.session_id, SpeechStream.speaker_id, func.max(AudioChunk.sequence))
        .join(
            AudioChunk,
            (col(AudioChunk.session_id) == SpeechStream.session_id)
            & (col(AudioChunk.speaker_id) == SpeechStream.speaker_id),
        )
        .where(col(SpeechStream.carry_name).is_not(None))
        .group_by(col(SpeechStream.session_id), col(SpeechStream.speaker_id))
        .having(func.max(AudioChunk.created_at) < before)
        .limit(limit)
    )


async def pending_looks(session: ReadSession, before: datetime, limit: int) -> Sequence[Any]:
    """(session, last segment's number) of what the AI was to look at and hasn't."""
    return await session.rows(
        select(StudySession.id, StudySession.insights_due)
        .where(
            StudySession.insights_upto < StudySession.insights_due,
            StudySession.updated_at < before,
        )
        .limit(limit)
    )


async def pending_answers(session: ReadSession, before: datetime, limit: int) -> list[UUID]:
    """Questions without an answer."""
    return await session.all(
        select(SessionAnswer.id)
        .where(SessionAnswer.status == AnswerStatus.PENDING, SessionAnswer.created_at < before)
        .limit(limit)
    )


async def pending_summaries(session: ReadSession, before: datetime, limit: int) -> Sequence[Any]:
    """(session, attempt) of summaries that aren't written, or not anew."""
    return await session.rows(
        select(SessionSummary.session_id, SessionSummary.attempt)
        .where(
            (col(SessionSummary.status) == SummaryStatus.PENDING)
            & (col(SessionSummary.made_at) < before)
            | (col(SessionSummary.renewed_since) < before)
        )
        .limit(limit)
    )

"""Audio in flight, and the transcript."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.sessions.models import AudioChunk, ChunkStatus, SpeechStream, TranscriptSegment


async def ensure_stream(session: WriteSession, session_id: UUID, speaker_id: UUID) -> None:
    """Make a speaker's stream if there is none."""
    await session.execute(
        insert(SpeechStream)
        .values(session_id=session_id, speaker_id=speaker_id)
        .on_conflict_do_nothing()
    )


async def stream(session: ReadSession, session_id: UUID, speaker_id: UUID) -> SpeechStream | None:
    """A speaker's stream."""
    return await session.get(SpeechStream, (session_id, speaker_id))


async def lock_stream(
    session: WriteSession, session_id: UUID, speaker_id: UUID
) -> SpeechStream | None:
    """A speaker's stream, held until the end of the transaction."""
    return await session.first(
        select(SpeechStream)
        .where(SpeechStream.session_id == session_id, SpeechStream.speaker_id == speaker_id)
        .with_for_update()
    )


async def streams(session: ReadSession, session_id: UUID) -> list[SpeechStream]:
    """Every speaker's stream of a session."""
    return await session.all(
        select(SpeechStream)
        .where(SpeechStream.session_id == session_id)
        .order_by(col(SpeechStream.speaker_id))
    )


async def chunk(
    session: ReadSession, session_id: UUID, speaker_id: UUID, sequence: int
) -> AudioChunk | None:
    """The chunk that a speaker sent under a number."""
    return await session.first(
        select(AudioChunk).where(
            AudioChunk.session_id == session_id,
            AudioChunk.speaker_id == speaker_id,
            AudioChunk.sequence == sequence,
        )
    )


async def next_waiting(
    session: ReadSession, session_id: UUID, speaker_id: UUID
) -> AudioChunk | None:
    """The waiting chunk with the lowest number."""
    return await session.first(
        select(AudioChunk)
        .where(
            AudioChunk.session_id == session_id,
            AudioChunk.speaker_id == speaker_id,
            AudioChunk.status == ChunkStatus.ACCEPTED,
        )
        .order_by(col(AudioChunk.sequence))
        .limit(1)
    )


async def waiting_count(session: ReadSession, session_id: UUID) -> int:
    """How many chunks of a session aren't text yet."""
    return await session.value(
        select(func.count()).where(
            AudioChunk.session_id == session_id, AudioChunk.status == ChunkStatus.ACCEPTED
        )
    )


async def newest_sequence(session: ReadSession, session_id: UUID, speaker_id: UUID) -> int | None:
    """The highest number that a speaker sent."""
    return await session.first(
        select(func.max(AudioChunk.sequence)).where(
            AudioChunk.session_id == session_id, AudioChunk.speaker_id == speaker_id
        )
    )


async def stale_chunks(session: ReadSession, before: datetime, limit: int) -> list[AudioChunk]:
    """Chunks that have waited since before a time."""
    return await session.all(
        select(AudioChunk)
        .where(AudioChunk.status == ChunkStatus.ACCEPTED, AudioChunk.created_at < before)
        .limit(limit)
    )


async def drop_chunk(session: WriteSession, key: UUID) -> None:
    """Give a chunk up and destroy its key."""
    await session.execute(
        update(AudioChunk)
        .where(col(AudioChunk.id) == key)
        .values(status=ChunkStatus.DROPPED, object_name=None, object_key=None)
    )


async def all_segments(session: ReadSession, session_id: UUID) -> list[TranscriptSegment]:
    """A whole transcript, in the order in which it was spoken."""
    return await session.all(
        select(TranscriptSegment)
        .where(TranscriptSegment.session_id == session_id)
        .order_by(col(TranscriptSegment.start_ms), col(TranscriptSegment.sequence))
    )


async def last_segments(
    session: ReadSession, session_id: UUID, upto: int, count: int
) -> list[TranscriptSegment]:
    """The last segments up to a number, in the order in which they were spoken."""
    rows = await session.all(
        select(TranscriptSegment)
        .where(TranscriptSegment.session_id == session_id, TranscriptSegment.sequence <= upto)
        .order_by(col(TranscriptSegment.sequence).desc())
        .limit(count)
    )
    return sorted(rows, key=lambda row: (row.start_ms, row.sequence))


async def matching_segments(
    session: ReadSession, session_id: UUID, words: Sequence[str], count: int
) -> list[TranscriptSegment]:
    """The segments that share most with some words, best first."""
    query = func.to_tsquery("simple", " | ".join(words))
    return await session.all(
        select(TranscriptSegment)
        .where(
            TranscriptSegment.session_id == session_id,
            col(TranscriptSegment.search).bool_op("@@")(query),
        )
        .order_by(func.ts_rank(col(TranscriptSegment.search), query).desc())
        .limit(count)
    )

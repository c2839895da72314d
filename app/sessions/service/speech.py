"""Text out: from an accepted chunk to final segments.

A speaker's stream is worked on one step at a time. A step reads where the stream stands,
lets the transcriber work without holding anything, and commits the new state, the segments
and the chunk's end together, on condition that nobody else went on meanwhile. So a worker
that dies leaves the stream where it was, and the step is simply done again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import audio
from app.core.clock import now
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.sessions.events import (
    ChunkRejected,
    FindInsights,
    FinishSpeech,
    ProvisionalText,
    SegmentAdded,
)
from app.sessions.models import (
    AudioChunk,
    ChunkStatus,
    SessionStatus,
    SpeechStream,
    StudySession,
    TranscriptSegment,
)
from app.sessions.service.acceptance import GAP_WAIT, consents
from app.sessions.service.sealing import (
    AUDIO_LIFETIME,
    AUDIO_PREFIX,
    HEADER_LIFETIME,
    HEADER_PREFIX,
    Sealed,
    opened,
    put,
    sealed,
)
from app.sessions.store import lifecycle as sessions
from app.sessions.store import speech as store

# After this long without a chunk the speaker is taken to have stopped.
SILENCE = timedelta(seconds=7)

# New words before the AI looks again: while people speak, at a pause, and at the end.
WORDS_SPOKEN, WORDS_AT_PAUSE, WORDS_AT_END = 40, 15, 1


@dataclass(frozen=True)
class Work:
    """One step of a speaker's stream. Without `chunk`, end of speech is all there is."""

    session_id: UUID
    speaker_id: UUID
    version: int
    state: dict[str, Any]
    origin_ms: int
    started_at: datetime
    container: Sealed | None
    carry: Sealed | None
    chunk: AudioChunk | None
    skipped: bool


@dataclass(frozen=True)
class Words:
    """What the transcriber heard; times in ms of the session."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    language: str


@dataclass(frozen=True)
class Heard:
    """The result of a step."""

    state: dict[str, Any]
    origin_ms: int
    container: bytes | None
    carry: bytes | None
    final: list[Words] = field(default_factory=list)
    provisional: Words | None = None
    rejected: audio.AudioError | None = None


async def next_work(
    resources: Resources, session_id: UUID, speaker_id: UUID, *, finish: int | None = None
) -> Work | None:
    """What is to be done next for a speaker, or None.

    With `finish`, the number of a chunk, end of speech is due if no chunk followed it.
    """
    async with resources.database.read() as session:
        stream = await store.stream(session, session_id, speaker_id)
        studied = await session.get(StudySession, session_id)
        if stream is None or studied is None or studied.started_at is None:
            return None
        chunk = await store.next_waiting(session, session_id, speaker_id)
        newest = await store.newest_sequence(session, session_id, speaker_id)
    skipped = chunk is not None and chunk.sequence > stream.next_sequence
    if chunk is not None and skipped and not _waited(chunk, studied):
        return None
    if chunk is None and (finish is None or newest != finish or stream.carry_name is None):
        return None
    return Work(
        session_id=session_id,
        speaker_id=speaker_id,
        version=stream.version,
        state=stream.state,
        origin_ms=stream.origin_ms,
        started_at=studied.started_at,
        container=sealed(stream.container_name, stream.container_key),
        carry=sealed(stream.carry_name, stream.carry_key),
        chunk=chunk,
        skipped=skipped,
    )


def _waited(chunk: AudioChunk, studied: StudySession) -> bool:
    return studied.status is not SessionStatus.LIVE or chunk.created_at + GAP_WAIT <= now()


@dataclass(frozen=True)
class Material:
    """The bytes of a step, opened."""

    chunk: bytes | None
    container: bytes | None
    carry: bytes | None


async def material(resources: Resources, work: Work) -> Material | None:
    """Open what a step needs; None if the speaker no longer consents: then all is dropped."""
    async with resources.database.read() as session:
        consenting = await consents(session, work.speaker_id)
    if not consenting:
        await drop_stream(resources, work.session_id, work.speaker_id)
        return None
    objects = resources.objects
    chunk = work.chunk and sealed(work.chunk.object_name, work.chunk.object_key)
    return Material(
        chunk=await opened(objects, chunk or None),
        container=await opened(objects, work.container),
        carry=await opened(objects, work.carry),
    )


async def record(resources: Resources, work: Work, heard: Heard) -> bool:
    """Commit a step; False if somebody else went on with this stream meanwhile."""
    objects = resources.objects
    container = await put(objects, heard.container, HEADER_PREFIX) if heard.container else None
    carry = await put(objects, heard.carry) if heard.carry else None
    async with resources.begin() as uow:
        done = await _commit_step(uow, work, heard, container, carry)
    # Only now: had the commit failed, the step would be done again from what lies there.
    chunk = work.chunk and sealed(work.chunk.object_name, work.chunk.object_key)
    stale = [work.container, work.carry, chunk or None] if done else [container, carry]
    await objects.delete(*[each.name for each in stale if each is not None])
    return done


async def _commit_step(
    uow: UnitOfWork, work: Work, heard: Heard, container: Sealed | None, carry: Sealed | None
) -> bool:
    session = await sessions.lock_any_session(uow.session, work.session_id)
    stream = await store.lock_stream(uow.session, work.session_id, work.speaker_id)
    if session is None or stream is None or stream.version != work.version:
        return False
    if not await consents(uow.session, work.speaker_id):
        # Withdrawn while the transcriber worked: its words are not kept.
        return False
    sequence = work.chunk.sequence if work.chunk else stream.next_sequence - 1
    stream.version += 1
    stream.next_sequence = sequence + 1
    stream.state = heard.state
    stream.origin_ms = heard.origin_ms
    stream.container_name, stream.container_key = _parts(container)
    stream.carry_name, stream.carry_key = _parts(carry)
    if work.chunk is not None:
        await _close_chunk(uow, work.chunk, heard.rejected)
    _add_segments(uow, session, work.speaker_id, sequence, heard.final)
    _look_again(uow, session, over=work.chunk is None or work.chunk.last, pause=carry is None)
    if heard.provisional is not None:
        uow.publish(
            ProvisionalText(
                session_id=work.session_id,
                speaker_id=work.speaker_id,
                chunk_sequence=sequence,
                **vars(heard.provisional),
            )
        )
    if carry is not None:
        finish = FinishSpeech(
            session_id=work.session_id, speaker_id=work.speaker_id, sequence=sequence
        )
        uow.enqueue(finish, delay=SILENCE)
    return True


def _parts(sealed: Sealed | None) -> tuple[str | None, bytes | None]:
    return (sealed.name, sealed.key) if sealed else (None, None)


async def _close_chunk(
    uow: UnitOfWork, chunk: AudioChunk, rejected: audio.AudioError | None
) -> None:
    known = await uow.session.get(AudioChunk, chunk.id)
    if known is None:
        return
    known.object_name = known.object_key = None
    known.status = ChunkStatus.REJECTED if rejected else ChunkStatus.TRANSCRIBED
    if rejected is not None:
        known.failure = rejected.code
        uow.publish(
            ChunkRejected(
                session_id=chunk.session_id,
                speaker_id=chunk.speaker_id,
                sequence=chunk.sequence,
                code=rejected.code,
                message=rejected.text,
            )
        )


def _add_segments(
    uow: UnitOfWork,
    session: StudySession,
    speaker_id: UUID,
    chunk_sequence: int,
    final: list[Words],
) -> None:
    for words in final:
        session.segment_count += 1
        session.words_unread += len(words.text.split())
        segment = TranscriptSegment(
            session_id=session.id,
            sequence=session.segment_count,
            speaker_id=speaker_id,
            text=words.text,
            start_ms=words.start_ms,
            end_ms=words.end_ms,
            confidence=words.confidence,
            language=words.language,
            chunk_sequence=chunk_sequence,
        )
        uow.session.add(segment)
        uow.publish(SegmentAdded(session_id=session.id, segment_id=segment.id))


def _look_again(uow: UnitOfWork, session: StudySession, *, over: bool, pause: bool) -> None:
    enough = WORDS_AT_END if over else WORDS_AT_PAUSE if pause else WORDS_SPOKEN
    if session.words_unread >= enough:
        session.words_unread = 0
        session.insights_due = session.segment_count
        uow.enqueue(FindInsights(session_id=session.id, upto=session.segment_count))


async def drop_stream(resources: Resources, session_id: UUID, speaker_id: UUID) -> None:
    """Destroy a speaker's audio that isn't text yet: consent was withdrawn."""
    stale: list[str | None] = []
    async with resources.begin() as uow:
        stream = await store.lock_stream(uow.session, session_id, speaker_id)
        if stream is None:
            return
        stale = [stream.container_name, stream.carry_name]
        while (chunk := await store.next_waiting(uow.session, session_id, speaker_id)) is not None:
            stale.append(chunk.object_name)
            stream.next_sequence = max(stream.next_sequence, chunk.sequence + 1)
            await store.drop_chunk(uow.session, chunk.id)
        forget_stream(stream)
    await resources.objects.delete(*[name for name in stale if name])


def forget_stream(stream: SpeechStream) -> None:
    """Begin a speaker's stream anew: a step that is under way commits nothing."""
    stream.version += 1
    stream.state = {}
    stream.container_name = stream.container_key = None
    stream.carry_name = stream.carry_key = None


async def sweep(resources: Resources) -> int:
    """Destroy audio that has outlived its time, whatever kept it; says how many objects."""
    before = now() - AUDIO_LIFETIME
    async with resources.begin() as uow:
        for chunk in await store.stale_chunks(uow.session, before, 500):
            await store.drop_chunk(uow.session, chunk.id)
    objects = resources.objects
    old = [name async for name in objects.older_than(AUDIO_PREFIX, before)]
    old += [name async for name in objects.older_than(HEADER_PREFIX, now() - HEADER_LIFETIME)]
    await objects.delete(*old)
    return len(old)

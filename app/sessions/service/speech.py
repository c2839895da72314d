"""Audio in, text out: from accepting a chunk to final segments.

A speaker's stream is worked on one step at a time. A step reads where the stream stands,
lets the transcriber work without holding anything, and commits the new state, the segments
and the chunk's end together, on condition that nobody else went on meanwhile. So a worker
that dies leaves the stream where it was, and the step is simply done again.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts import service as accounts
from app.accounts.models import ConsentPurpose
from app.core import audio
from app.core.clock import now
from app.core.crypto import new_key, seal, unseal
from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.storage import Objects
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import (
    ChunkTooEarly,
    ChunkTooLarge,
    ChunkTooLate,
    ConsentMissing,
    ListeningOff,
    NotInSession,
    WrongState,
)
from app.sessions.events import (
    ChunkRejected,
    FindInsights,
    FinishSpeech,
    ProvisionalText,
    SegmentAdded,
    TranscribeSpeech,
)
from app.sessions.models import (
    AudioChunk,
    ChunkStatus,
    SessionStatus,
    SpeechStream,
    StudySession,
    TranscriptSegment,
)
from app.sessions.store import lifecycle as sessions
from app.sessions.store import speech as store

LARGEST = 5 * 1024 * 1024
AUDIO_PREFIX = "audio-in-flight"
AUDIO_LIFETIME = timedelta(minutes=10)
# A continuing recording has its header in the first chunk only: it is kept for the whole call.
HEADER_PREFIX = "audio-headers"
HEADER_LIFETIME = timedelta(hours=13)

# How long a missing chunk is waited for before the transcript goes on without it.
GAP_WAIT = timedelta(seconds=8)
# After this long without a chunk the speaker is taken to have stopped.
SILENCE = timedelta(seconds=7)
# How far ahead of the next number a chunk may be.
AHEAD = 20
# A recording that starts this much later than the last one ended is a new utterance.
PAUSE_MS = 2000
_AUDIO_FIELD = ("input", "audio")

# New words before the AI looks again: while people speak, at a pause, and at the end.
WORDS_SPOKEN, WORDS_AT_PAUSE, WORDS_AT_END = 40, 15, 1


class ChunkData(BaseModel):
    """A recorded chunk: numbers count from 0 for each speaker and session."""

    session_id: UUID
    sequence: int = Field(ge=0, le=1_000_000)
    audio: bytes
    recorded_at: datetime | None = None
    last: bool = False


@dataclass(frozen=True)
class Sealed:
    """Bytes in the object store and the key that opens them."""

    name: str
    key: bytes


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


async def submit(resources: Resources, viewer: Viewer, data: ChunkData) -> AudioChunk:
    """Accept a chunk: it is kept, sealed, until it is text. Sent again it is the first one."""
    _check_bytes(data)
    sealed, new = await _store(resources.objects, data.audio), False
    try:
        async with resources.begin() as uow:
            chunk = await _accept(uow, viewer, data, sealed)
            new = chunk.object_name == sealed.name
    finally:
        if not new:
            await resources.objects.delete(sealed.name)
    return chunk


def _check_bytes(data: ChunkData) -> None:
    if len(data.audio) > LARGEST:
        raise ChunkTooLarge(field=_AUDIO_FIELD)
    if _continues(data):
        return
    try:
        audio.probe(data.audio)
    except audio.AudioError as error:
        raise type(error)(field=_AUDIO_FIELD) from None


def _continues(data: ChunkData) -> bool:
    """Whether this may be a later slice of a recording, which has no header."""
    return data.sequence > 0 and bool(data.audio) and audio.sniff(data.audio) is None


async def _store(objects: Objects, data: bytes, prefix: str = AUDIO_PREFIX) -> Sealed:
    sealed = Sealed(f"{prefix}/{new_id()}", new_key())
    await objects.put(sealed.name, seal(sealed.key, data))
    return sealed


async def _open(objects: Objects, sealed: Sealed | None) -> bytes | None:
    data = await objects.get(sealed.name) if sealed else None
    return unseal(sealed.key, data) if sealed and data is not None else None


async def _accept(uow: UnitOfWork, viewer: Viewer, data: ChunkData, sealed: Sealed) -> AudioChunk:
    await _check_may_speak(uow, viewer, data.session_id)
    await store.ensure_stream(uow.session, data.session_id, viewer.user_id)
    # The lock makes two submissions of one number follow each other.
    stream = await store.lock_stream(uow.session, data.session_id, viewer.user_id)
    assert stream is not None
    known = await store.chunk(uow.session, data.session_id, viewer.user_id, data.sequence)
    if known is not None:
        return known
    if data.sequence < stream.next_sequence:
        raise ChunkTooLate
    if data.sequence >= stream.next_sequence + AHEAD:
        raise ChunkTooEarly
    if _continues(data) and stream.container_name is None:
        waiting = await store.next_waiting(uow.session, data.session_id, viewer.user_id)
        if waiting is None:
            raise audio.AudioTypeUnsupported(field=_AUDIO_FIELD)
    chunk = AudioChunk(
        session_id=data.session_id,
        speaker_id=viewer.user_id,
        sequence=data.sequence,
        size=len(data.audio),
        last=data.last,
        recorded_at=data.recorded_at,
        object_name=sealed.name,
        object_key=sealed.key,
    )
    uow.session.add(chunk)
    job = TranscribeSpeech(session_id=data.session_id, speaker_id=viewer.user_id)
    uow.enqueue(job)
    if data.sequence > stream.next_sequence:
        uow.enqueue(job, delay=GAP_WAIT)
    return chunk


async def _check_may_speak(uow: UnitOfWork, viewer: Viewer, session_id: UUID) -> None:
    session = (await sessions.sessions_by_id(uow.session, viewer, [session_id])).get(session_id)
    if session is None:
        raise NotFound
    mine = await sessions.participant(uow.session, session_id, viewer.user_id)
    if mine is None:
        raise NotFound
    if session.status is not SessionStatus.LIVE:
        raise WrongState(
            f"This session is {session.status.value}: audio is taken while it is live."
        )
    if mine.joined_at is None:
        raise NotInSession
    if not session.ai_listening:
        raise ListeningOff
    if not await accounts.consenting(uow.session, [viewer.user_id], ConsentPurpose.AI_PROCESSING):
        raise ConsentMissing


async def next_sequence(session: ReadSession, session_id: UUID, speaker_id: UUID) -> int:
    """The number that a speaker's next chunk should have."""
    newest = await store.newest_sequence(session, session_id, speaker_id)
    return 0 if newest is None else newest + 1


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
        container=_sealed(stream.container_name, stream.container_key),
        carry=_sealed(stream.carry_name, stream.carry_key),
        chunk=chunk,
        skipped=skipped,
    )


def _waited(chunk: AudioChunk, studied: StudySession) -> bool:
    return studied.status is not SessionStatus.LIVE or chunk.created_at + GAP_WAIT <= now()


def _sealed(name: str | None, key: bytes | None) -> Sealed | None:
    return Sealed(name, key) if name and key else None


@dataclass(frozen=True)
class Material:
    """The bytes of a step, opened."""

    chunk: bytes | None
    container: bytes | None
    carry: bytes | None


async def material(resources: Resources, work: Work) -> Material | None:
    """Open what a step needs; None if the speaker no longer consents: then all is dropped."""
    async with resources.database.read() as session:
        consenting = await accounts.consenting(
            session, [work.speaker_id], ConsentPurpose.AI_PROCESSING
        )
    if not consenting:
        await drop_stream(resources, work.session_id, work.speaker_id)
        return None
    objects = resources.objects
    chunk = work.chunk and _sealed(work.chunk.object_name, work.chunk.object_key)
    return Material(
        chunk=await _open(objects, chunk or None),
        container=await _open(objects, work.container),
        carry=await _open(objects, work.carry),
    )


async def record(resources: Resources, work: Work, heard: Heard) -> bool:
    """Commit a step; False if somebody else went on with this stream meanwhile."""
    objects = resources.objects
    container = await _store(objects, heard.container, HEADER_PREFIX) if heard.container else None
    carry = await _store(objects, heard.carry) if heard.carry else None
    async with resources.begin() as uow:
        done = await _commit_step(uow, work, heard, container, carry)
    # Only now: had the commit failed, the step would be done again from what lies there.
    chunk = work.chunk and _sealed(work.chunk.object_name, work.chunk.object_key)
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
        _forget(stream)
    await resources.objects.delete(*[name for name in stale if name])


def _forget(stream: SpeechStream) -> None:
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

"""Audio in: who may speak, what is taken, and that it is taken once."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts.models import ConsentPurpose
from app.accounts.service import consents as accounts_consents
from app.core import audio
from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.resources import Resources
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
from app.sessions.events import TranscribeSpeech
from app.sessions.models import AudioChunk, SessionStatus
from app.sessions.service.sealing import Sealed, put
from app.sessions.store import lifecycle as sessions
from app.sessions.store import speech as store

LARGEST = 5 * 1024 * 1024
# How long a missing chunk is waited for before the transcript goes on without it.
GAP_WAIT = timedelta(seconds=8)
# How far ahead of the next number a chunk may be.
AHEAD = 20
_AUDIO_FIELD = ("input", "audio")


class ChunkData(BaseModel):
    """A recorded chunk: numbers count from 0 for each speaker and session."""

    session_id: UUID
    sequence: int = Field(ge=0, le=1_000_000)
    audio: bytes
    recorded_at: datetime | None = None
    last: bool = False


async def submit(resources: Resources, viewer: Viewer, data: ChunkData) -> AudioChunk:
    """Accept a chunk: it is kept, sealed, until it is text. Sent again it is the first one."""
    # Other requests don't wait for a look at these bytes.
    await asyncio.to_thread(_check_bytes, data)
    sealed, new = await put(resources.objects, data.audio), False
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
    session = await sessions.session(uow.session, viewer, session_id)
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
    if not await consents(uow.session, viewer.user_id):
        raise ConsentMissing


async def consents(session: ReadSession, speaker_id: UUID) -> bool:
    """Whether a speaker agrees to AI processing now."""
    return bool(
        await accounts_consents.consenting(session, [speaker_id], ConsentPurpose.AI_PROCESSING)
    )


async def next_sequence(session: ReadSession, session_id: UUID, speaker_id: UUID) -> int:
    """The number that a speaker's next chunk should have."""
    newest = await store.newest_sequence(session, session_id, speaker_id)
    return 0 if newest is None else newest + 1

"""Root subscriptions of study sessions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.errors import NotFound
from app.core.events import Envelope
from app.core.graph.context import Info
from app.core.graph.fields import subscription
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.realtime.hub import Gap
from app.core.realtime.streams import event_cursor, follow
from app.sessions import models
from app.sessions.events import (
    AnswerFinished,
    AnswerText,
    ChunkRejected,
    InsightAdded,
    InsightUnavailable,
    ParticipantChanged,
    ProvisionalText,
    SegmentAdded,
    SummaryReady,
    answer_stream,
    insight_stream,
    session_stream,
    transcript_stream,
)
from app.sessions.models import AnswerStatus
from app.sessions.service.understanding import answer_so_far
from app.sessions.store import lifecycle, speech, understanding
from app.sessions.types.session import SessionId, SessionParticipant, StudySession
from app.sessions.types.transcript import TranscriptSegment
from app.sessions.types.understanding import Insight, SessionAnswer

AfterEvent = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the last event seen; else from now on."),
]


@strawberry.interface(description="Something that happened in a session.")
class SessionEvent:
    """Each has its place and the session as it is now."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    session: StudySession = edge("session_key", "The session.")
    session_key: strawberry.Private[UUID]


@strawberry.type(description="The session's state or settings changed.")
class SessionChanged(SessionEvent):
    """See the session."""


@strawberry.type(description="Somebody was invited, answered, joined or left.")
class SessionParticipantChanged(SessionEvent):
    """See the participant."""

    participant: SessionParticipant | None = edge("part_key", "Who, and how.")
    part_key: strawberry.Private[UUID | None]


@strawberry.type(description="The summary is written, or it is known that there will be none.")
class SessionSummaryReady(SessionEvent):
    """Read `sessionSummary`."""


@strawberry.interface(description="Something that was heard.")
class TranscriptEvent:
    """Final words have a place; provisional ones are only told to those who listen now."""

    cursor: str | None = strawberry.field(
        description="Pass it as `after` to go on from here; null for what isn't kept."
    )


@strawberry.type(description="Words are final.")
class TranscriptSegmentAdded(TranscriptEvent):
    """Carries the segment."""

    segment: TranscriptSegment = edge("segment_key", "The segment.")
    segment_key: strawberry.Private[UUID]


@strawberry.type(
    description="What a speaker seems to be saying: replaced by their next event of either kind."
)
class TranscriptProvisional(TranscriptEvent):
    """Not kept."""

    speaker: User | None = edge("speaker_key", "Who speaks.")
    speaker_key: strawberry.Private[UUID]
    text: str = strawberry.field(description="The words so far, beyond the final ones.")
    start_ms: int = strawberry.field(description="Where they begin, in ms of the session.")
    end_ms: int = strawberry.field(description="Where they end, in ms of the session.")
    confidence: float = strawberry.field(description="The words' mean probability, 0 to 1.")
    language: str = strawberry.field(description="The language that was heard, as ISO 639-1.")


@strawberry.type(description="One of your own chunks turned out to be unusable.")
class AudioChunkRejected(TranscriptEvent):
    """Only its speaker is told."""

    sequence: int = strawberry.field(description="The number of the chunk.")
    code: str = strawberry.field(description="The kind of failure, for programs.")
    message: str = strawberry.field(description="What was wrong with it, for people.")


@strawberry.interface(description="Something the AI noticed, or couldn't.")
class InsightEvent:
    """Each has its place."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")


@strawberry.type(description="The AI noticed something.")
class InsightFound(InsightEvent):
    """Carries the insight."""

    insight: Insight = edge("insight_key", "The insight.")
    insight_key: strawberry.Private[UUID]


@strawberry.type(description="The AI looked and had nothing that holds.")
class InsightNotice(InsightEvent):
    """Says why."""

    notice: str = strawberry.field(description="What the model couldn't deliver.")


@strawberry.interface(description="An answer as it comes.")
class AnswerEvent:
    """Pieces, then the whole."""

    answer_id: strawberry.ID = strawberry.field(description="The answer's id.")


@strawberry.type(description="The next piece of the answer.")
class AnswerPiece(AnswerEvent):
    """Pieces follow each other without a gap."""

    offset: int = strawberry.field(description="Its place in the answer, in characters.")
    text: str = strawberry.field(description="The piece.")


@strawberry.type(description="The stored answer; nothing follows.")
class AnswerCompleted(AnswerEvent):
    """Carries the answer."""

    answer: SessionAnswer = edge("answer_key", "The answer.")
    answer_key: strawberry.Private[UUID]


def _member_check(info: Info, key: UUID) -> Callable[[], Awaitable[bool]]:
    async def allowed() -> bool:
        async with info.context.read() as session:
            return await lifecycle.is_member(session, info.context.me, key)

    return allowed


async def _session_event(info: Info, envelope: Envelope, key: UUID) -> SessionEvent:
    cursor = event_cursor(envelope.stream, envelope.sequence or 0)
    match envelope.event():
        case ParticipantChanged(user_id=user_id):
            async with info.context.read() as session:
                part = await lifecycle.participant(session, key, user_id)
            return SessionParticipantChanged(
                cursor=cursor, session_key=key, part_key=part.id if part else None
            )
        case SummaryReady():
            return SessionSummaryReady(cursor=cursor, session_key=key)
    return SessionChanged(cursor=cursor, session_key=key)


async def _transcript_event(info: Info, envelope: Envelope) -> TranscriptEvent | None:
    cursor = event_cursor(envelope.stream, envelope.sequence) if envelope.sequence else None
    match envelope.event():
        case SegmentAdded(segment_id=key):
            async with info.context.read() as session:
                if not await speech.sees_segment(session, info.context.me, key):
                    return None
            return TranscriptSegmentAdded(cursor=cursor, segment_key=key)
        case ProvisionalText() as said:
            return TranscriptProvisional(
                cursor=None,
                speaker_key=said.speaker_id,
                text=said.text,
                start_ms=said.start_ms,
                end_ms=said.end_ms,
                confidence=said.confidence,
                language=said.language,
            )
        case ChunkRejected(speaker_id=speaker, sequence=number, code=code, message=message):
            if speaker != info.context.me.user_id:
                return None
            return AudioChunkRejected(cursor=cursor, sequence=number, code=code, message=message)
    return None


async def _insight_event(info: Info, envelope: Envelope) -> InsightEvent | None:
    cursor = event_cursor(envelope.stream, envelope.sequence or 0)
    match envelope.event():
        case InsightAdded(insight_id=key):
            async with info.context.read() as session:
                if not await understanding.sees_insight(session, info.context.me, key):
                    return None
            return InsightFound(cursor=cursor, insight_key=key)
        case InsightUnavailable(notice=notice):
            return InsightNotice(cursor=cursor, notice=notice)
    return None


@strawberry.type
class SessionsSubscription:
    """Sessions as they happen."""

    @subscription(SIGNED_IN)
    async def session_updated(
        self, info: Info, session_id: SessionId, after: AfterEvent = None
    ) -> AsyncIterator[SessionEvent]:
        """State, settings and presence of a session, for its participants."""
        key = from_global(StudySession.prefix, session_id)
        check = _member_check(info, key)
        async for envelope in follow(info.context, session_stream(key), after, check):
            yield await _session_event(info, envelope, key)

    @subscription(SIGNED_IN)
    async def transcript_added(
        self, info: Info, session_id: SessionId, after: AfterEvent = None
    ) -> AsyncIterator[TranscriptEvent]:
        """What is said in a session, for its participants: provisional words, then final ones.

        Final segments come in order, without gap or repeat after a cursor.
        """
        key = from_global(StudySession.prefix, session_id)
        check = _member_check(info, key)
        async for envelope in follow(info.context, transcript_stream(key), after, check):
            event = await _transcript_event(info, envelope)
            if event is not None:
                yield event

    @subscription(SIGNED_IN)
    async def insight_added(
        self, info: Info, session_id: SessionId, after: AfterEvent = None
    ) -> AsyncIterator[InsightEvent]:
        """What the AI notices while a session runs, for its participants."""
        key = from_global(StudySession.prefix, session_id)
        check = _member_check(info, key)
        async for envelope in follow(info.context, insight_stream(key), after, check):
            event = await _insight_event(info, envelope)
            if event is not None:
                yield event

    @subscription(SIGNED_IN)
    async def session_answer_streamed(
        self,
        info: Info,
        answer_id: Annotated[
            strawberry.ID, strawberry.argument(description="The answer, from `sessionAsk`.")
        ],
    ) -> AsyncIterator[AnswerEvent]:
        """An answer as it is written, from its start however late you come; then the stored
        answer, and the end.
        """
        key = from_global(SessionAnswer.prefix, answer_id)
        if await _answer(info, key) is None:
            raise NotFound
        told = 0
        # Listening comes before reading: a piece in between is in both, and told once.
        async with info.context.resources.hub.listen(answer_stream(key)) as listener:
            item: Envelope | Gap = Gap()
            while True:
                piece = await _next_piece(info, key, item, told)
                if piece:
                    yield AnswerPiece(answer_id=answer_id, offset=told, text=piece)
                    told += len(piece)
                if isinstance(item, Gap) or isinstance(item.event(), AnswerFinished):
                    answer = await _answer(info, key)
                    if answer is None:
                        return
                    if answer.status is not AnswerStatus.PENDING:
                        info.context.forget()
                        yield AnswerCompleted(answer_id=answer_id, answer_key=key)
                        return
                item = await anext(listener)


async def _next_piece(info: Info, key: UUID, item: Envelope | Gap, told: int) -> str:
    event = item.event() if isinstance(item, Envelope) else None
    if isinstance(event, AnswerText) and event.offset <= told:
        return event.text[told - event.offset :]
    return (await answer_so_far(info.context.resources, key))[told:]


async def _answer(info: Info, key: UUID) -> models.SessionAnswer | None:
    async with info.context.read() as session:
        return await understanding.answer(session, info.context.me, key)

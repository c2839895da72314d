"""Subscriptions of sessions: what happens, what is said, what the AI makes of it."""

from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import ColumnElement, and_, true
from sqlmodel import col

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge, id_argument, one
from app.core.ids import to_global
from app.core.realtime.declare import AFTER, Text, follow, follow_text, tell, tell_now
from app.core.realtime.presence import PresenceChanged
from app.core.viewer import Asker
from app.sessions import models, policy
from app.sessions.events import (
    AnswerText,
    ChunkRejected,
    InsightAdded,
    InsightUnavailable,
    ParticipantChanged,
    ProvisionalText,
    SegmentAdded,
    SegmentCorrected,
    SummaryReady,
    TranscriptDeleted,
    answer_stream,
    insight_stream,
    session_of,
    session_stream,
    transcript_stream,
)
from app.sessions.events import SessionChanged as Changed
from app.sessions.service.understanding import answer_so_far, is_answered
from app.sessions.types.session import SessionId, SessionParticipant, StudySession
from app.sessions.types.transcript import TranscriptSegment
from app.sessions.types.understanding import Insight, SessionAnswer


@strawberry.interface(description="Something that happened in a session.")
class SessionEvent:
    """Each has its place and the session as it is now."""

    cursor: str | None = strawberry.field(
        description="Pass it as `after` to go on from here; null for what isn't kept."
    )
    session: StudySession = edge("session_key", "The session.", visible=true())
    session_key: strawberry.Private[UUID]


@strawberry.type(description="The session's state or settings changed, or who shares their screen.")
class SessionChanged(SessionEvent):
    """See the session."""


def part_of(_: Asker, part: type[models.Participant], event: Any) -> ColumnElement[bool]:
    """The part in the session of an event that its user has."""
    return and_(col(part.session_id) == event.session_key, col(part.user_id) == event.user_key)


@strawberry.type(
    description="Somebody was invited, answered, joined, left, or raised or lowered their hand."
)
class SessionParticipantChanged(SessionEvent):
    """See the participant."""

    participant: SessionParticipant | None = one(part_of, "Who, and how.")
    user_key: strawberry.Private[UUID]


@strawberry.type(description="A participant follows the session now, or no longer does. Not kept.")
class SessionPresenceChanged(SessionEvent):
    """Through any of their devices; after a crash within five seconds."""

    participant: SessionParticipant | None = one(part_of, "Who.")
    user_key: strawberry.Private[UUID]
    connected: bool = strawberry.field(description="Whether they do.")


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

    segment: TranscriptSegment = edge("segment_key", "The segment.", visible=true())
    segment_key: strawberry.Private[UUID]


@strawberry.type(description="Somebody corrected final words.")
class TranscriptSegmentCorrected(TranscriptEvent):
    """Carries the segment."""

    segment: TranscriptSegment = edge("segment_key", "As it is now.", visible=true())
    segment_key: strawberry.Private[UUID]


@strawberry.type(description="The host deleted all that was said until now.")
class TranscriptCleared(TranscriptEvent):
    """Show none of it any more."""


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

    insight: Insight = edge("insight_key", "The insight.", visible=true())
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

    answer: SessionAnswer = edge("answer_key", "The answer.", visible=true())
    answer_key: strawberry.Private[UUID]


def _provisional(said: ProvisionalText) -> TranscriptProvisional:
    return TranscriptProvisional(
        cursor=None,
        speaker_key=said.speaker_id,
        text=said.text,
        start_ms=said.start_ms,
        end_ms=said.end_ms,
        confidence=said.confidence,
        language=said.language,
    )


def _rejected(chunk: ChunkRejected, cursor: str) -> AudioChunkRejected:
    return AudioChunkRejected(
        cursor=cursor, sequence=chunk.sequence, code=chunk.code, message=chunk.message
    )


def _presence(event: PresenceChanged) -> SessionPresenceChanged:
    return SessionPresenceChanged(
        cursor=None,
        session_key=session_of(event.place),
        user_key=UUID(event.member),
        connected=event.present,
    )


def _answer_id(key: UUID) -> strawberry.ID:
    return strawberry.ID(to_global(SessionAnswer.prefix, key))


@strawberry.type
class SessionSubscription:
    """Sessions as they happen."""

    session_updated: SessionEvent = follow(
        lambda _, session_id: session_stream(session_id),
        policy.hears,
        SIGNED_IN,
        """State, settings and presence of a session, for its participants. Whoever follows it
        is shown to the others as connected.
        """,
        tell(Changed, lambda event, at: SessionChanged(cursor=at, session_key=event.session_id)),
        tell(
            ParticipantChanged,
            lambda event, at: SessionParticipantChanged(
                cursor=at, session_key=event.session_id, user_key=event.user_id
            ),
            changes_members=True,
        ),
        tell(
            SummaryReady,
            lambda event, at: SessionSummaryReady(cursor=at, session_key=event.session_id),
        ),
        tell_now(PresenceChanged, _presence),
        is_place=True,
        session_id=SessionId,
        after=AFTER,
    )

    transcript_added: TranscriptEvent = follow(
        lambda _, session_id: transcript_stream(session_id),
        policy.hears,
        SIGNED_IN,
        """What is said in a session, for its participants: provisional words, then final ones.

        Final segments come in order, without gap or repeat after a cursor. Corrections are told
        too, and that the transcript was deleted.
        """,
        tell(
            SegmentAdded,
            lambda event, at: TranscriptSegmentAdded(cursor=at, segment_key=event.segment_id),
        ),
        tell(
            SegmentCorrected,
            lambda event, at: TranscriptSegmentCorrected(cursor=at, segment_key=event.segment_id),
        ),
        tell(TranscriptDeleted, lambda _, at: TranscriptCleared(cursor=at)),
        tell(ChunkRejected, _rejected, to=lambda chunk: chunk.speaker_id),
        tell_now(ProvisionalText, _provisional),
        session_id=SessionId,
        after=AFTER,
    )

    insight_added: InsightEvent = follow(
        lambda _, session_id: insight_stream(session_id),
        policy.hears,
        SIGNED_IN,
        "What the AI notices while a session runs, for its participants.",
        tell(
            InsightAdded,
            lambda event, at: InsightFound(cursor=at, insight_key=event.insight_id),
        ),
        tell(
            InsightUnavailable,
            lambda event, at: InsightNotice(cursor=at, notice=event.notice),
        ),
        session_id=SessionId,
        after=AFTER,
    )

    session_answer_streamed: AnswerEvent = follow_text(
        lambda _, answer_id: answer_stream(answer_id),
        policy.hears_answer,
        SIGNED_IN,
        """An answer as it is written, from its start however late you come; then the stored
        answer, and the end.
        """,
        Text(
            piece=AnswerText,
            so_far=answer_so_far,
            finished=is_answered,
            tell=lambda offset, text, _, answer_id: AnswerPiece(
                answer_id=_answer_id(answer_id), offset=offset, text=text
            ),
            end=lambda answer_id: AnswerCompleted(
                answer_id=_answer_id(answer_id), answer_key=answer_id
            ),
        ),
        answer_id=Annotated[
            strawberry.ID, id_argument("The answer, from `sessionAsk`.", SessionAnswer.prefix)
        ],
    )

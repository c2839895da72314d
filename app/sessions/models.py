"""Study sessions, who takes part, what was said, what the AI made of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.dialects.postgresql import UUID as UUIDType
from sqlalchemy.types import Text
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ANONYMISE, ERASE, HIDDEN_FILE, IMPERSONAL, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=False, server_default="{}", **PERSONAL)


def _segments(fate: Fate, **more: Any) -> Any:
    """Keys of segments: what rests on somebody's words is theirs too."""
    mark = owner(fate, of="transcript_segment.id", **more)
    return Column(ARRAY(UUIDType), nullable=False, server_default="{}", **mark)


def _session_key(*, primary: bool = False, index: bool = False, **mark: Any) -> Any:
    return Column(
        ForeignKey("study_session.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary,
        index=index,
        **mark,
    )


class SessionKind(StrEnum):
    """Who studies together."""

    INDIVIDUAL = "individual"
    BUDDY = "buddy"
    GROUP = "group"
    POD = "pod"


class SessionStatus(StrEnum):
    """Where a session is in its life."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class VideoKind(StrEnum):
    """How the call is carried."""

    WEBRTC = "webrtc"
    DAILY = "daily"
    SFU = "sfu"


class ParticipantStatus(StrEnum):
    """What became of an invitation."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ATTENDED = "attended"
    MISSED = "missed"


class ParticipantRole(StrEnum):
    """What a participant may do."""

    HOST = "host"
    PARTICIPANT = "participant"


class StudySession(MutableTable, table=True):
    """People studying together live."""

    __tablename__ = "study_session"

    # Nobody once their account is gone; what was yet to begin is off then.
    host_id: UUID | None = Field(
        foreign_key="user_account.id",
        index=True,
        ondelete="SET NULL",
        sa_column_kwargs=owner(
            Fate.ANONYMISE,
            along="conversation_id",
            then={
                "status": "CASE WHEN status = 'SCHEDULED' THEN 'CANCELLED' ELSE status END",
            },
        ),
    )
    kind: SessionKind
    status: SessionStatus = Field(default=SessionStatus.SCHEDULED, index=True)
    name: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    description: str = Field(default="", sa_column_kwargs=PERSONAL)
    topics: list[str] = Field(default_factory=list, sa_column=_texts())
    goals: list[str] = Field(default_factory=list, sa_column=_texts())
    scheduled_start: datetime = Field(sa_type=Timestamp, index=True)
    planned_minutes: int = 60
    time_zone: str = Field(default="UTC", max_length=50, sa_column_kwargs=IMPERSONAL)
    recurrence: str | None = Field(default=None, max_length=255, sa_column_kwargs=IMPERSONAL)
    max_participants: int
    video_kind: VideoKind = VideoKind.WEBRTC
    video_room: str = Field(max_length=64, sa_column_kwargs=IMPERSONAL)
    ai_listening: bool = False
    recording: bool = False
    public: bool = False
    conversation_id: UUID = Field(foreign_key="conversation.id")
    started_at: datetime | None = Field(default=None, sa_type=Timestamp)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # Numbers the transcript's segments without gaps; held under the row's lock.
    segment_count: int = 0
    words_unread: int = 0
    # The segments that the AI has looked at, and those that it has been asked to look at.
    insights_upto: int = 0
    insights_due: int = 0


class Participant(Table, table=True):
    """A person's part in a session."""

    __tablename__ = "session_participant"
    __table_args__ = (UniqueConstraint("session_id", "user_id"),)

    session_id: UUID = Field(sa_column=_session_key())
    user_id: UUID = Field(
        foreign_key="user_account.id", index=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    role: ParticipantRole = ParticipantRole.PARTICIPANT
    status: ParticipantStatus = ParticipantStatus.INVITED
    # Set while the person is in the call.
    joined_at: datetime | None = Field(default=None, sa_type=Timestamp)
    left_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attended_seconds: int = 0


class SpeechStream(SQLModel, table=True):
    """How far a speaker's audio has been understood; what goes on from there.

    `state` is the transcriber's, without audio. The audio that is not yet text lies in the
    object store under `carry_name`, sealed with `carry_key`.
    """

    __tablename__ = "speech_stream"

    session_id: UUID = Field(sa_column=_session_key(primary=True))
    speaker_id: UUID = Field(
        foreign_key="user_account.id",
        primary_key=True,
        index=True,
        ondelete="CASCADE",
        sa_column_kwargs=ERASE,
    )
    next_sequence: int = 0
    version: int = 0
    origin_ms: int = 0
    state: dict[str, Any] = Field(
        default_factory=dict,
        sa_column=Column(JSONB, nullable=False, server_default="{}", **PERSONAL),
    )
    container_name: str | None = Field(default=None, sa_column_kwargs=HIDDEN_FILE)
    container_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    carry_name: str | None = Field(default=None, sa_column_kwargs=HIDDEN_FILE)
    carry_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class ChunkStatus(StrEnum):
    """What became of a chunk of audio."""

    ACCEPTED = "accepted"
    TRANSCRIBED = "transcribed"
    REJECTED = "rejected"
    DROPPED = "dropped"


class AudioChunk(Table, table=True):
    """A chunk of audio from acceptance to transcription: then only that it was there."""

    __tablename__ = "audio_chunk"
    __table_args__ = (UniqueConstraint("session_id", "speaker_id", "sequence"),)

    session_id: UUID = Field(sa_column=_session_key())
    speaker_id: UUID = Field(
        foreign_key="user_account.id", index=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    sequence: int
    size: int
    last: bool = False
    recorded_at: datetime | None = Field(default=None, sa_type=Timestamp)
    status: ChunkStatus = Field(default=ChunkStatus.ACCEPTED, index=True)
    failure: str | None = Field(default=None, max_length=50, sa_column_kwargs=IMPERSONAL)
    object_name: str | None = Field(default=None, sa_column_kwargs=HIDDEN_FILE)
    object_key: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class TranscriptSegment(Table, table=True):
    """A piece of what was said. Partitioned by month: its key is a UUIDv7."""

    __tablename__ = "transcript_segment"
    __table_args__ = (
        Index("ix_transcript_segment_session_id_sequence", "session_id", "sequence"),
        Index("ix_transcript_segment_search", "search", postgresql_using="gin"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    session_id: UUID = Field(sa_column=_session_key())
    sequence: int
    speaker_id: UUID | None = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **ANONYMISE
        )
    )
    text: str = Field(sa_column_kwargs=PERSONAL)
    start_ms: int
    end_ms: int
    confidence: float
    language: str = Field(max_length=10, sa_column_kwargs=IMPERSONAL)
    # The chunk whose arrival made these words final.
    chunk_sequence: int
    search: str | None = Field(
        default=None,
        sa_column=Column(TSVECTOR, Computed("to_tsvector('simple', text)", persisted=True)),
    )


class InsightKind(StrEnum):
    """What an insight is."""

    TOPIC = "topic"
    KEY_POINT = "key_point"
    QUESTION = "question"
    KNOWLEDGE_GAP = "knowledge_gap"


class Insight(Table, table=True):
    """Something the AI noticed, and the segments it rests on."""

    session_id: UUID = Field(sa_column=_session_key(index=True))
    kind: InsightKind
    text: str = Field(sa_column_kwargs=PERSONAL)
    segment_ids: list[UUID] = Field(default_factory=list, sa_column=_segments(Fate.ERASE))
    confidence: float


class AnswerStatus(StrEnum):
    """What became of a question."""

    PENDING = "pending"
    ANSWERED = "answered"
    FAILED = "failed"


class SessionAnswer(Table, table=True):
    """A question about a session and what the AI answered."""

    __tablename__ = "session_answer"

    session_id: UUID = Field(sa_column=_session_key(index=True))
    asker_id: UUID = Field(
        foreign_key="user_account.id", index=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    question: str = Field(sa_column_kwargs=PERSONAL)
    status: AnswerStatus = AnswerStatus.PENDING
    answer: str = Field(default="", sa_column_kwargs=PERSONAL)
    notice: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    # What others asked stays; the answer has words of whoever said them.
    segment_ids: list[UUID] = Field(
        default_factory=list,
        sa_column=_segments(Fate.ANONYMISE, empties=("answer",), exported=False),
    )
    confidence: float | None = None
    model: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    answered_at: datetime | None = Field(default=None, sa_type=Timestamp)


class SummaryStatus(StrEnum):
    """How much of a summary the model delivered."""

    PENDING = "pending"
    COMPLETE = "complete"
    PARTIAL = "partial"
    UNAVAILABLE = "unavailable"


class SessionSummary(SQLModel, table=True):
    """What remains of a session."""

    __tablename__ = "session_summary"

    # Of all who took part: without one of them it is written anew.
    session_id: UUID = Field(
        sa_column=_session_key(
            primary=True,
            **owner(
                Fate.ANONYMISE,
                of="session_participant.session_id",
                after="transcript_segment",
                then={"status": "'PENDING'"},
            ),
        )
    )
    status: SummaryStatus = SummaryStatus.PENDING
    notice: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    summary: str = Field(default="", sa_column_kwargs=PERSONAL)
    topics_covered: list[str] = Field(default_factory=list, sa_column=_texts())
    key_insights: list[str] = Field(default_factory=list, sa_column=_texts())
    action_items: list[str] = Field(default_factory=list, sa_column=_texts())
    # Each with concept, severity and recommendation.
    knowledge_gaps: list[dict[str, str]] = Field(
        default_factory=list,
        sa_column=Column(JSONB, nullable=False, server_default="[]", **PERSONAL),
    )
    model: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    made_at: datetime = Field(default_factory=now, sa_type=Timestamp)

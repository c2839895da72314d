"""What the AI made of what was said."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ERASE, IMPERSONAL, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp
from app.sessions.models.columns import segments, session_key, texts


class InsightKind(StrEnum):
    """What an insight is."""

    TOPIC = "topic"
    KEY_POINT = "key_point"
    QUESTION = "question"
    KNOWLEDGE_GAP = "knowledge_gap"


class Insight(Table, table=True):
    """Something the AI noticed, and the segments it rests on."""

    session_id: UUID = Field(sa_column=session_key(index=True))
    kind: InsightKind
    text: str = Field(sa_column_kwargs=PERSONAL)
    segment_ids: list[UUID] = Field(default_factory=list, sa_column=segments(Fate.ERASE))
    confidence: float


class AnswerStatus(StrEnum):
    """What became of a question."""

    PENDING = "pending"
    ANSWERED = "answered"
    FAILED = "failed"


class SessionAnswer(Table, table=True):
    """A question about a session and what the AI answered."""

    __tablename__ = "session_answer"

    session_id: UUID = Field(sa_column=session_key(index=True))
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
        sa_column=segments(Fate.ANONYMISE, empties=("answer",), exported=False),
    )
    confidence: float | None = None
    model: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    answered_at: datetime | None = Field(default=None, sa_type=Timestamp)


class AnswerRating(SQLModel, table=True):
    """Whether an answer helped somebody: their last word counts."""

    __tablename__ = "session_answer_rating"

    answer_id: UUID = Field(
        sa_column=Column(ForeignKey("session_answer.id", ondelete="CASCADE"), primary_key=True)
    )
    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
            **ERASE,
        )
    )
    helpful: bool
    rated_at: datetime = Field(default_factory=now, sa_type=Timestamp)


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
        sa_column=session_key(
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
    topics_covered: list[str] = Field(default_factory=list, sa_column=texts())
    key_insights: list[str] = Field(default_factory=list, sa_column=texts())
    action_items: list[str] = Field(default_factory=list, sa_column=texts())
    # Each with concept, severity and recommendation.
    knowledge_gaps: list[dict[str, str]] = Field(
        default_factory=list,
        sa_column=Column(JSONB, nullable=False, server_default="[]", **PERSONAL),
    )
    model: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    made_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    # Counts what was asked for; what an earlier attempt brings is too late.
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    # Set while a new one is being written: this one stays until it is there.
    renewed_since: datetime | None = Field(default=None, sa_type=Timestamp)

"""What is said: audio in flight, the transcript, and what was corrected in it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from app.core.personal import ANONYMISE, ERASE, HIDDEN_FILE, IMPERSONAL, UNNAME, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp
from app.sessions.models.columns import person, session_key


class SpeechStream(SQLModel, table=True):
    """How far a speaker's audio has been understood; what goes on from there.

    `state` is the transcriber's, without audio. The audio that is not yet text lies in the
    object store under `carry_name`, sealed with `carry_key`.
    """

    __tablename__ = "speech_stream"

    session_id: UUID = Field(sa_column=session_key(primary=True))
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

    session_id: UUID = Field(sa_column=session_key())
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

    session_id: UUID = Field(sa_column=session_key())
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
    # How often it was corrected.
    version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    search: str | None = Field(
        default=None,
        sa_column=Column(TSVECTOR, Computed("to_tsvector('simple', text)", persisted=True)),
    )


class TranscriptCorrection(Table, table=True):
    """What a segment said before somebody corrected it: `version` 0 is what was heard."""

    __tablename__ = "transcript_correction"
    __table_args__ = (UniqueConstraint("segment_id", "version"),)

    # The words are those of whoever spoke.
    segment_id: UUID = Field(
        sa_column=Column(
            ForeignKey("transcript_segment.id", ondelete="CASCADE"),
            nullable=False,
            **owner(Fate.ERASE),
        )
    )
    version: int
    text: str = Field(sa_column_kwargs=PERSONAL)
    corrected_by_id: UUID | None = Field(sa_column=person(UNNAME))

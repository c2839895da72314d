"""What the people of a session make and share: whiteboard, notes, resources, recordings."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ERASE, UNNAME, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp
from app.sessions.models.columns import person, session_key


class Whiteboard(SQLModel, table=True):
    """A Yjs document: what was folded into one update, and the updates that came after it."""

    __tablename__ = "session_whiteboard"

    # Everybody's strokes are one document: it goes with the one who made the session.
    session_id: UUID = Field(
        sa_column=session_key(primary=True, **owner(Fate.ERASE, of="study_session.id"))
    )
    state: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    changed_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class WhiteboardUpdate(Table, table=True):
    """A Yjs update that isn't folded yet; `sequence` is its place in the order of arrival."""

    __tablename__ = "session_whiteboard_update"
    __table_args__ = (UniqueConstraint("session_id", "sequence"),)

    session_id: UUID = Field(
        sa_column=Column(
            ForeignKey("session_whiteboard.session_id", ondelete="CASCADE"),
            nullable=False,
            **owner(Fate.FOLLOW),
        )
    )
    sequence: int
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    author_id: UUID | None = Field(sa_column=person(UNNAME))


class SessionNoteType(StrEnum):
    """What a note is."""

    GENERAL = "general"
    KEY_POINT = "key_point"
    QUESTION = "question"
    ACTION_ITEM = "action_item"


class SessionNote(MutableTable, table=True):
    """Something that somebody wrote down: for themselves, or for all who take part."""

    __tablename__ = "session_note"
    __table_args__ = (
        Index("ix_session_note_session_id_author_id", "session_id", "author_id"),
        CheckConstraint("at_seconds >= 0", name="at_seconds"),
    )

    session_id: UUID = Field(sa_column=session_key())
    author_id: UUID = Field(sa_column=person(ERASE, needed=True))
    type: SessionNoteType = SessionNoteType.GENERAL
    content: str = Field(sa_column_kwargs=PERSONAL)
    # Seconds from the session's start.
    at_seconds: int | None = None
    shared: bool = False


class SessionResourceType(StrEnum):
    """What was shared."""

    LINK = "link"
    FILE = "file"


class SessionResource(Table, table=True):
    """A link or a file that somebody shared with those who take part."""

    __tablename__ = "session_resource"
    __table_args__ = (
        CheckConstraint(
            "(type = 'LINK') = (url IS NOT NULL) AND (type = 'FILE') = (file_id IS NOT NULL)",
            name="link_or_file",
        ),
    )

    session_id: UUID = Field(sa_column=session_key(index=True))
    shared_by_id: UUID = Field(sa_column=person(ERASE, needed=True))
    type: SessionResourceType
    title: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    description: str = Field(default="", sa_column_kwargs=PERSONAL)
    url: str | None = Field(default=None, max_length=2000, sa_column_kwargs=PERSONAL)
    file_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("stored_file.id", ondelete="CASCADE"),
            unique=True,
            **owner(Fate.FOLLOW),
        ),
    )


class RecordingProvider(StrEnum):
    """Who keeps a recording."""

    DAILY = "daily"
    S3 = "s3"
    MINIO = "minio"


class SessionRecording(Table, table=True):
    """Where a recording lies, and of which time it is. Its pictures and sound are elsewhere."""

    __tablename__ = "session_recording"
    __table_args__ = (
        UniqueConstraint("session_id", "url"),
        CheckConstraint("started_at < ended_at", name="times"),
    )

    # It goes with the one who recorded: the host.
    session_id: UUID = Field(sa_column=session_key(**owner(Fate.ERASE, of="study_session.id")))
    provider: RecordingProvider
    url: str = Field(max_length=2000, sa_column_kwargs=PERSONAL)
    started_at: datetime = Field(sa_type=Timestamp)
    ended_at: datetime = Field(sa_type=Timestamp)


class AttentionBatch(SQLModel, table=True):
    """Samples that were counted: sent again, they count once."""

    __tablename__ = "attention_batch"

    session_id: UUID = Field(sa_column=session_key(primary=True))
    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
            **ERASE,
        )
    )
    sequence: int = Field(primary_key=True)
    received_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class AttentionMinute(Table, table=True):
    """How attentive somebody was in a minute of a session, counted from 0."""

    __tablename__ = "attention_minute"
    __table_args__ = (
        UniqueConstraint("session_id", "user_id", "minute"),
        CheckConstraint("0 <= focused AND focused <= samples AND samples > 0", name="samples"),
        CheckConstraint("distractions >= 0 AND minute >= 0", name="counts"),
    )

    session_id: UUID = Field(sa_column=session_key())
    user_id: UUID = Field(sa_column=person(ERASE, needed=True))
    minute: int
    samples: int
    focused: int
    distractions: int = 0

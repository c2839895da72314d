"""Messages, what they read before, what is attached to them, and reactions."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    ForeignKey,
    Index,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ERASE, FOLLOW, IMPERSONAL, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp


class MessageKind(StrEnum):
    """What a message is."""

    TEXT = "text"
    FILE = "file"
    CODE = "code"
    SYSTEM = "system"


class Message(Table, table=True):
    """A message. Partitioned by month: its key is a UUIDv7 and so carries its time."""

    __table_args__ = (
        Index("ix_message_conversation_id_id", "conversation_id", "id"),
        Index("ix_message_search", "search", postgresql_using="gin"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    conversation_id: UUID = Field(
        sa_column=Column(ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False)
    )
    sender_id: UUID | None = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"),
            index=True,
            **owner(Fate.ANONYMISE, then={"deleted_at": "coalesce(deleted_at, now())"}),
        )
    )
    kind: MessageKind = MessageKind.TEXT
    # Empty once it is deleted: what it was is among its revisions.
    body: str = Field(sa_column_kwargs=PERSONAL)
    reply_to_id: UUID | None = None
    mentions: list[UUID] = Field(
        default_factory=list,
        sa_column=Column(
            ARRAY(Uuid),
            nullable=False,
            server_default="{}",
            **owner(Fate.UNNAME, of="user_account.id"),
        ),
    )
    # The number of its event in the conversation's stream. Keys are given before the stream is
    # locked, so one may be committed after a higher one; numbers are in the order of commits.
    sequence: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}
    )
    edited_at: datetime | None = Field(default=None, sa_type=Timestamp)
    deleted_at: datetime | None = Field(default=None, sa_type=Timestamp)
    search: str | None = Field(
        default=None,
        sa_column=Column(TSVECTOR, Computed("to_tsvector('simple', body)", persisted=True)),
    )


class MessageClientKey(SQLModel, table=True):
    """What a client called its message, so that sending it twice makes one."""

    __tablename__ = "message_client_key"
    __table_args__ = (UniqueConstraint("sender_id", "client_id"),)

    message_id: UUID = Field(primary_key=True)
    sender_id: UUID = Field(
        foreign_key="user_account.id", ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    client_id: str = Field(max_length=64, sa_column_kwargs=PERSONAL)


class MessageAttachment(SQLModel, table=True):
    """A file that is attached to a message, at its position from 0 on."""

    __tablename__ = "message_attachment"

    file_id: UUID = Field(
        sa_column=Column(
            ForeignKey("stored_file.id", ondelete="CASCADE"), primary_key=True, **FOLLOW
        )
    )
    message_id: UUID = Field(
        sa_column=Column(ForeignKey("message.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    position: int


class MessageReaction(SQLModel, table=True):
    """A person's emoji at a message: each once."""

    __tablename__ = "message_reaction"
    __table_args__ = (
        Index("ix_message_reaction_first", "message_id", "emoji", "created_at", "user_id"),
    )

    message_id: UUID = Field(
        sa_column=Column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    )
    emoji: str = Field(max_length=32, primary_key=True, sa_column_kwargs=IMPERSONAL)
    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
            **ERASE,
        )
    )
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp)


class MessageRevision(Table, table=True):
    """What a message read before it was edited or deleted."""

    __tablename__ = "message_revision"
    __table_args__ = (Index("ix_message_revision_message_id_id", "message_id", "id"),)

    message_id: UUID = Field(
        sa_column=Column(ForeignKey("message.id", ondelete="CASCADE"), nullable=False)
    )
    # Who wrote the message.
    author_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    body: str = Field(sa_column_kwargs=PERSONAL)

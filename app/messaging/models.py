"""Conversations, their members, messages."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, Computed, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.dialects.postgresql import UUID as UUIDType
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ERASE, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp


class ConversationKind(StrEnum):
    """What a conversation belongs to."""

    DIRECT = "direct"
    ROOM = "room"
    POD = "pod"
    CLASS = "class"
    SESSION = "session"


class MessageKind(StrEnum):
    """What a message is."""

    TEXT = "text"
    FILE = "file"
    CODE = "code"
    SYSTEM = "system"


class Conversation(Table, table=True):
    """A chat. Who is in it is said by its members, whatever it belongs to."""

    kind: ConversationKind
    title: str = Field(default="", max_length=255, sa_column_kwargs=PERSONAL)


class ConversationMember(SQLModel, table=True):
    """A person in a conversation; the row stays when they leave."""

    __tablename__ = "conversation_member"

    conversation_id: UUID = Field(
        foreign_key="conversation.id", primary_key=True, ondelete="CASCADE"
    )
    user_id: UUID = Field(
        foreign_key="user_account.id",
        primary_key=True,
        ondelete="CASCADE",
        index=True,
        sa_column_kwargs=ERASE,
    )
    joined_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    left_at: datetime | None = Field(default=None, sa_type=Timestamp)


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
    body: str = Field(sa_column_kwargs=PERSONAL)
    reply_to_id: UUID | None = None
    mentions: list[UUID] = Field(
        default_factory=list,
        sa_column=Column(
            ARRAY(UUIDType),
            nullable=False,
            server_default="{}",
            **owner(Fate.UNNAME, of="user_account.id"),
        ),
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

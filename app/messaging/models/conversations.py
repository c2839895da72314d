"""Conversations, who is in them, and how far each has read."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ERASE, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp

NO_KEY = UUID(int=0)


class ConversationKind(StrEnum):
    """What a conversation belongs to."""

    DIRECT = "direct"
    ROOM = "room"
    POD = "pod"
    CLASS = "class"
    SESSION = "session"


class Conversation(Table, table=True):
    """A chat. Who is in it is said by its members, whatever it belongs to."""

    kind: ConversationKind
    title: str = Field(default="", max_length=255, sa_column_kwargs=PERSONAL)
    # When something was last written, as far as the workers have noted it.
    active_at: datetime = Field(
        default_factory=now, sa_type=Timestamp, sa_column_kwargs={"server_default": text("now()")}
    )
    # From then on nothing is written any more.
    closed_at: datetime | None = Field(default=None, sa_type=Timestamp)


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
    # By somebody else, who doesn't let them in again.
    removed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    # The message that was read last, and when; none before the first.
    read_message_id: UUID | None = None
    read_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # The number in the conversation's stream up to which everything is read.
    read_sequence: int = Field(
        default=0,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("0")},
    )
    # No message that isn't read has a lower key: it says which partitions to look at.
    read_floor: UUID = Field(
        default=NO_KEY, sa_column_kwargs={"server_default": text(f"'{NO_KEY}'")}
    )


class DirectConversation(SQLModel, table=True):
    """The conversation of two people: one for each pair, told by the lower key first."""

    __tablename__ = "direct_conversation"
    __table_args__ = (UniqueConstraint("lower_id", "upper_id"),)

    conversation_id: UUID = Field(
        foreign_key="conversation.id", primary_key=True, ondelete="CASCADE"
    )
    lower_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
            **owner(Fate.ERASE, exported=False),
        )
    )
    upper_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
            **owner(Fate.ERASE, exported=False),
        )
    )

"""Standing chat rooms."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index
from sqlmodel import Field

from app.core.personal import SECRET, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Timestamp

MOST_PARTICIPANTS: Final = 1000


class RoomType(StrEnum):
    """What a room is for."""

    STUDY = "study"
    DISCUSSION = "discussion"
    HELP = "help"
    EXAM_PREPARATION = "exam_preparation"
    SOCIAL = "social"


class Room(MutableTable, table=True):
    """A room, with the conversation that is held in it. Who is in that is in the room."""

    __table_args__ = (
        CheckConstraint(f"max_participants BETWEEN 2 AND {MOST_PARTICIPANTS}", name="seats"),
        Index("ix_room_subject_id_id", "subject_id", "id"),
    )

    conversation_id: UUID = Field(
        sa_column=Column(
            ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False, unique=True
        )
    )
    owner_id: UUID | None = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"),
            index=True,
            **owner(Fate.ANONYMISE, along="conversation_id"),
        )
    )
    name: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    description: str = Field(default="", sa_column_kwargs=PERSONAL)
    subject_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("subject.id", ondelete="SET NULL"))
    )
    type: RoomType
    max_participants: int
    public: bool
    logo_url: str | None = Field(default=None, max_length=1024, sa_column_kwargs=PERSONAL)
    # Whoever has it gets into a private room.
    join_code: str = Field(max_length=64, sa_column_kwargs=SECRET)
    archived_at: datetime | None = Field(default=None, sa_type=Timestamp)

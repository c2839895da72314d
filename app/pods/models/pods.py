"""Learning communities."""

from datetime import datetime, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Computed, Enum, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.types import Text
from sqlmodel import Field

from app.classes.models import Weekday
from app.core.personal import IMPERSONAL, UNNAME
from app.core.tables import MutableTable, Timestamp


class PodCategory(StrEnum):
    """For what people of a pod learn."""

    ACADEMIC = "academic"
    PROFESSIONAL = "professional"
    HOBBY = "hobby"


class PodDifficulty(StrEnum):
    """What a pod asks of its members."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class PodStatus(StrEnum):
    """Whether a pod lives."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class Pod(MutableTable, table=True):
    """A community: its members, and the conversation that they have."""

    __table_args__ = (
        Index("ix_pod_created_at_id", "created_at", "id"),
        Index("ix_pod_search", "search", postgresql_using="gin"),
        CheckConstraint("max_members > 0", name="has_room"),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="whole_hours_or_none"),
        CheckConstraint("(status = 'ARCHIVED') = (archived_at IS NOT NULL)", name="archived_once"),
    )

    name: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str = Field(default="", sa_column_kwargs=IMPERSONAL)
    # None once the subject is gone.
    subject_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("subject.id", ondelete="SET NULL"), index=True)
    )
    category: PodCategory | None = None
    difficulty: PodDifficulty | None = None
    cover_image_url: str | None = Field(default=None, max_length=2048, sa_column_kwargs=IMPERSONAL)
    # A name or an emoji that a client shows instead of a picture.
    icon: str | None = Field(default=None, max_length=50, sa_column_kwargs=IMPERSONAL)
    public: bool = True
    max_members: int = 50
    creator_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )
    tags: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text), nullable=False, server_default="{}", **IMPERSONAL),
    )
    rules: str = Field(default="", sa_column_kwargs=IMPERSONAL)
    # When it usually meets, by the clocks of its time zone.
    weekdays: list[Weekday] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Enum(Weekday)), nullable=False, server_default="{}"),
    )
    starts_at: time | None = None
    ends_at: time | None = None
    time_zone: str = Field(default="UTC", max_length=64, sa_column_kwargs=IMPERSONAL)
    language: str = Field(default="en", max_length=35, sa_column_kwargs=IMPERSONAL)
    status: PodStatus = PodStatus.ACTIVE
    archived_at: datetime | None = Field(default=None, sa_type=Timestamp)
    conversation_id: UUID = Field(
        sa_column=Column(ForeignKey("conversation.id"), nullable=False, unique=True)
    )
    search: str | None = Field(
        default=None,
        sa_column=Column(
            TSVECTOR,
            Computed("to_tsvector('simple', name || ' ' || description)", persisted=True),
        ),
    )

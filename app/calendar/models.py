"""Events, their changed occurrences, who comes, and secret feeds."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE, IMPERSONAL, SECRET, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp

# Events of nobody else.
_OWN: Final = "class_id IS NULL AND pod_id IS NULL"


class EventKind(StrEnum):
    """What an event is for."""

    STUDY = "study"
    EXAM = "exam"
    ASSIGNMENT = "assignment"
    MEETING = "meeting"
    DEADLINE = "deadline"


class RsvpStatus(StrEnum):
    """Whether a guest comes."""

    ATTENDING = "attending"
    MAYBE = "maybe"
    DECLINED = "declined"


class CalendarEvent(MutableTable, table=True):
    """Something with a time, once or again and again: somebody's own, a class's, or a pod's."""

    __tablename__ = "calendar_event"
    __table_args__ = (
        Index("ix_calendar_event_owner", "owner_id", "spans_from"),
        Index("ix_calendar_event_class", "class_id", "spans_from"),
        Index("ix_calendar_event_pod", "pod_id", "spans_from"),
        CheckConstraint("minutes > 0", name="takes_time"),
        CheckConstraint("capacity > 0", name="has_room"),
        CheckConstraint("starts_time IS NOT NULL OR minutes % 1440 = 0", name="whole_days"),
        CheckConstraint(
            "(starts_time IS NULL) = (starts_at IS NULL)", name="begins_at_a_time_or_on_a_day"
        ),
        CheckConstraint("cardinality(reminders) <= 5", name="few_reminders"),
        CheckConstraint("num_nonnulls(class_id, pod_id) < 2", name="of_one_group"),
        CheckConstraint("num_nonnulls(class_id, pod_id, owner_id) > 0", name="is_somebodys"),
        CheckConstraint(
            "num_nonnulls(class_id, pod_id) = 1 OR capacity IS NULL", name="guests_of_a_group"
        ),
    )

    # Who made it. What a class or a pod was told stays when they go.
    owner_id: UUID | None = Field(
        sa_column=Column(
            ForeignKey("user_account.id"),
            **owner(Fate.ANONYMISE, empties=(), erased_if=_OWN),
        )
    )
    class_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("class.id", ondelete="CASCADE"))
    )
    pod_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("pod.id", ondelete="CASCADE"))
    )
    kind: EventKind
    title: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    description: str = Field(default="", sa_column_kwargs=PERSONAL)
    location: str = Field(default="", max_length=255, sa_column_kwargs=PERSONAL)
    # By the clocks of its time zone; without a time it takes whole days.
    starts_on: date
    starts_time: time | None = None
    time_zone: str = Field(max_length=64, sa_column_kwargs=IMPERSONAL)
    # When that is; None for whole days.
    starts_at: datetime | None = Field(default=None, sa_type=Timestamp)
    minutes: int
    # As `recurrence.Rule.text` writes it, and a day after which it doesn't happen any more.
    recurrence: str | None = Field(default=None, max_length=255, sa_column_kwargs=IMPERSONAL)
    ends_on: date | None = None
    # Minutes before it begins.
    reminders: list[int] = Field(
        default_factory=list, sa_column=Column(ARRAY(Integer), nullable=False, server_default="{}")
    )
    capacity: int | None = None
    # How often it was changed: what programs call SEQUENCE.
    sequence: int = 0
    # All its occurrences lie between these times; without an end, for ever.
    spans_from: datetime = Field(sa_type=Timestamp)
    spans_to: datetime | None = Field(default=None, sa_type=Timestamp)
    # When somebody is to be reminded next, or when to look again for that.
    next_reminder_at: datetime | None = Field(default=None, sa_type=Timestamp, index=True)


class CalendarOccurrence(SQLModel, table=True):
    """An occurrence of a recurring event that isn't as the others; what is None is."""

    __tablename__ = "calendar_occurrence"
    __table_args__ = (CheckConstraint("minutes > 0", name="takes_time"),)

    event_id: UUID = Field(
        sa_column=Column(
            ForeignKey("calendar_event.id", ondelete="CASCADE"),
            primary_key=True,
            # What a class or a pod was told stays as it is.
            **owner(
                Fate.ANONYMISE,
                empties=(),
                erased_if=f"event_id IN (SELECT id FROM calendar_event WHERE {_OWN})",  # noqa: S608
            ),
        )
    )
    # The day on which it would happen.
    day: date = Field(primary_key=True)
    cancelled: bool = False
    title: str | None = Field(default=None, max_length=255, sa_column_kwargs=PERSONAL)
    description: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    location: str | None = Field(default=None, max_length=255, sa_column_kwargs=PERSONAL)
    starts_on: date | None = None
    starts_time: time | None = None
    minutes: int | None = None


class EventRsvp(Table, table=True):
    """Whether somebody comes to the event of a class or a pod."""

    __tablename__ = "event_rsvp"
    __table_args__ = (UniqueConstraint("event_id", "user_id"),)

    event_id: UUID = Field(
        sa_column=Column(ForeignKey("calendar_event.id", ondelete="CASCADE"), nullable=False)
    )
    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    status: RsvpStatus


class CalendarFeed(SQLModel, table=True):
    """The secret address at which programs read somebody's calendar."""

    __tablename__ = "calendar_feed"

    user_id: UUID = Field(
        foreign_key="user_account.id", primary_key=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True, **SECRET))
    # The hash of what was last read there, and since when it reads like that.
    digest: str = Field(default="", max_length=64, sa_column_kwargs=IMPERSONAL)
    changed_at: datetime = Field(sa_type=Timestamp)

"""A course taught to people in meetings."""

from datetime import date, time
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Enum, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.personal import IMPERSONAL
from app.core.tables import MutableTable


class ClassType(StrEnum):
    """For how many a class is."""

    GROUP = "group"
    PRIVATE = "private"


class ClassStatus(StrEnum):
    """Where a class is in its life."""

    DRAFT = "draft"
    ENROLLMENT_OPEN = "enrollment_open"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Class(MutableTable, table=True):
    """A cohort with meetings: it has the key of the cohort that it is."""

    __table_args__ = (
        CheckConstraint("max_capacity > 0", name="has_room"),
        CheckConstraint("type <> 'PRIVATE' OR max_capacity = 1", name="private_is_for_one"),
        CheckConstraint("total_meetings > 0", name="has_meetings"),
        CheckConstraint(
            "meetings_completed BETWEEN 0 AND total_meetings", name="meetings_within_package"
        ),
    )

    id: UUID = Field(
        sa_column=Column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    )
    name: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    type: ClassType
    max_capacity: int
    # The package: one meeting is one lesson.
    total_meetings: int
    meetings_completed: int = 0
    # When it usually meets, by the clocks of its time zone.
    weekdays: list[Weekday] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Enum(Weekday)), nullable=False, server_default="{}"),
    )
    starts_at: time | None = None
    ends_at: time | None = None
    time_zone: str = Field(default="UTC", max_length=64, sa_column_kwargs=IMPERSONAL)
    enrollment_deadline: date | None = None
    start_date: date | None = None
    end_date: date | None = None
    status: ClassStatus = Field(default=ClassStatus.DRAFT, index=True)
    # The group class that this private one continues.
    continued_from_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("class.id", ondelete="SET NULL"), index=True)
    )

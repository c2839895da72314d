"""Single events, and who comes to them."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field

from app.core.personal import ERASE, UNNAME
from app.core.tables import MutableTable, Timestamp


class LectureStatus(StrEnum):
    """Whether a lecture takes place."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class LectureEnrollmentStatus(StrEnum):
    """Whether somebody has a seat."""

    RESERVED = "reserved"
    ACTIVE = "active"
    ENDED = "ended"


class Lecture(MutableTable, table=True):
    """Somebody speaks once, for those who come; what is asked for it is a `Payable` as well."""

    __table_args__ = (
        Index("ix_lecture_upcoming", "starts_at", "id"),
        Index("ix_lecture_search", "search", postgresql_using="gin"),
        CheckConstraint("minutes > 0", name="takes_time"),
        CheckConstraint("capacity > 0", name="has_room"),
        CheckConstraint(
            "(price_amount IS NULL) = (price_currency IS NULL)", name="price_has_currency"
        ),
    )

    title: str = Field(max_length=255)
    description: str = ""
    subject_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("subject.id", ondelete="SET NULL"), index=True)
    )
    instructor_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )
    # With as many digits after the point as the currency has; None for a free one.
    price_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    price_currency: str | None = Field(
        default=None, sa_column=Column(ForeignKey("currency.code"), index=True)
    )
    starts_at: datetime = Field(sa_type=Timestamp)
    minutes: int
    # How many seats there are.
    capacity: int
    meeting_url: str | None = Field(default=None, max_length=2048)
    recording_url: str | None = Field(default=None, max_length=2048)
    status: LectureStatus = LectureStatus.SCHEDULED
    search: str | None = Field(
        default=None,
        sa_column=Column(
            TSVECTOR,
            Computed("to_tsvector('simple', title || ' ' || description)", persisted=True),
        ),
    )


class LectureEnrollment(MutableTable, table=True):
    """Somebody's seat at a lecture; each person has one row, whatever became of it."""

    __tablename__ = "lecture_enrollment"
    __table_args__ = (
        UniqueConstraint("lecture_id", "student_id"),
        CheckConstraint(
            "(status = 'RESERVED') = (reserved_until IS NOT NULL)", name="reserved_for_a_time"
        ),
    )

    lecture_id: UUID = Field(
        sa_column=Column(ForeignKey("lecture.id", ondelete="CASCADE"), nullable=False)
    )
    student_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    status: LectureEnrollmentStatus = LectureEnrollmentStatus.ACTIVE
    # A seat is kept for who pays, for a while.
    reserved_until: datetime | None = Field(default=None, sa_type=Timestamp)

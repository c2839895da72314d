"""What one person does for a course by themselves: timed sessions, a log, and records in it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from app.core.clock import now
from app.core.personal import ERASE
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


class PracticeType(StrEnum):
    """What is done in a session."""

    PRACTICE = "practice"
    STUDY = "study"
    QUIZ = "quiz"
    REVIEW = "review"


class PracticeStatus(StrEnum):
    """Where a session is in its life."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class ProgressActivity(StrEnum):
    """What was done."""

    EXERCISE = "exercise"
    QUIZ = "quiz"
    READING = "reading"
    PRACTICE = "practice"
    REFLECTION = "reflection"


class WeightUnit(StrEnum):
    """What a weight is given in."""

    KG = "kg"
    LB = "lb"


class ProgressMetric(StrEnum):
    """What records are set in; more is better in each."""

    WEIGHT = "weight"
    REPETITIONS = "repetitions"
    VOLUME = "volume"
    ACCURACY = "accuracy"
    PACE = "pace"


def _of_user() -> Any:
    return Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)


def _of_course() -> Any:
    # Only a draft can be deleted, which nobody practises but who writes it.
    return Column(ForeignKey("course.id", ondelete="CASCADE"), nullable=False, index=True)


def _texts() -> Any:
    column = Column(ARRAY(Text), nullable=False, server_default="{}", **PERSONAL)
    return Field(default_factory=list, sa_column=column)


class PracticeSession(MutableTable, table=True):
    """One person's timed work on a course."""

    __tablename__ = "practice_session"
    __table_args__ = (
        # One at a time.
        Index(
            "uq_practice_session_open",
            "user_id",
            unique=True,
            postgresql_where=text("status IN ('ACTIVE', 'PAUSED')"),
        ),
        Index(
            "ix_practice_session_idle",
            "last_activity_at",
            postgresql_where=text("status IN ('ACTIVE', 'PAUSED')"),
        ),
        Index("ix_practice_session_user_id_started_at_id", "user_id", "started_at", "id"),
        CheckConstraint("(status = 'ACTIVE') = (active_since IS NOT NULL)", name="active_runs"),
        CheckConstraint(
            "(status IN ('ACTIVE', 'PAUSED')) = (ended_at IS NULL)", name="closed_has_ended"
        ),
    )

    user_id: UUID = Field(sa_column=_of_user())
    course_id: UUID = Field(sa_column=_of_course())
    type: PracticeType
    status: PracticeStatus = PracticeStatus.ACTIVE
    planned_minutes: int | None = None
    focus_areas: list[str] = _texts()
    goals: list[str] = _texts()
    notes: str = Field(default="", sa_column_kwargs=PERSONAL)
    started_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    # What was worked until the clock last stopped, and since when it runs again.
    worked_seconds: int = 0
    active_since: datetime | None = Field(default=None, sa_type=Timestamp)
    last_activity_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)


# What each activity needs of the columns that not all have.
NEEDED_OF_ACTIVITY = {
    ProgressActivity.EXERCISE: ("reps",),
    ProgressActivity.QUIZ: ("correct", "total"),
    ProgressActivity.READING: ("pages",),
    ProgressActivity.PRACTICE: ("correct", "total"),
    ProgressActivity.REFLECTION: ("body",),
}


def _has(activity: ProgressActivity, needed: tuple[str, ...]) -> CheckConstraint:
    all_there = " AND ".join(f"{each} IS NOT NULL" for each in needed)
    return CheckConstraint(
        f"activity <> '{activity.name}' OR ({all_there})", name=f"{activity.value}_is_whole"
    )


class ProgressLog(Table, table=True):
    """Something done for a course. Partitioned by month: its key is a UUIDv7.

    Its metrics are computed as it is written; those that say nothing of its activity are null.
    """

    __tablename__ = "progress_log"
    __table_args__ = (
        Index("ix_progress_log_user_id_happened_at_id", "user_id", "happened_at", "id"),
        Index(
            "ix_progress_log_series",
            "user_id",
            "course_id",
            "activity",
            "series",
            "happened_at",
            "id",
        ),
        *[_has(activity, needed) for activity, needed in NEEDED_OF_ACTIVITY.items()],
        CheckConstraint("(weight IS NULL) = (weight_unit IS NULL)", name="weight_has_unit"),
        CheckConstraint("correct BETWEEN 0 AND total", name="correct_within_total"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    user_id: UUID = Field(sa_column=_of_user())
    course_id: UUID = Field(sa_column=_of_course())
    session_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("practice_session.id", ondelete="SET NULL"), index=True),
    )
    lesson_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("lesson.id", ondelete="SET NULL"), index=True)
    )
    activity: ProgressActivity
    happened_at: datetime = Field(sa_type=Timestamp)
    corrected_at: datetime | None = Field(default=None, sa_type=Timestamp)
    duration_seconds: int | None = None
    difficulty: int | None = None
    completion_percent: int | None = None
    notes: str = Field(default="", sa_column_kwargs=PERSONAL)
    # What it was called, and the same as records compare it.
    title: str = Field(default="", max_length=255, sa_column_kwargs=PERSONAL)
    series: str = Field(default="", max_length=1000, sa_column_kwargs=PERSONAL)

    weight: float | None = None
    weight_unit: WeightUnit | None = None
    reps: list[int] | None = Field(default=None, sa_column=Column(ARRAY(Integer)))
    correct: int | None = None
    total: int | None = None
    pages: int | None = None
    body: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    confidence: int | None = None

    weight_kg: float | None = None
    repetitions: int | None = None
    volume_kg: float | None = None
    accuracy_percent: float | None = None
    pace_per_hour: float | None = None


class PersonalRecord(Table, table=True):
    """A log that was better than all before it of the same person, course, activity and title."""

    __tablename__ = "personal_record"
    __table_args__ = (
        UniqueConstraint("log_id", "metric"),
        Index("ix_personal_record_user_id", "user_id"),
    )

    user_id: UUID = Field(sa_column=_of_user())
    log_id: UUID = Field(
        sa_column=Column(ForeignKey("progress_log.id", ondelete="CASCADE"), nullable=False)
    )
    metric: ProgressMetric
    value: float
    # The best one before.
    previous: float

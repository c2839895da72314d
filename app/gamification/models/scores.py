"""The ledger of XP, and what is kept of it: scores, days, and standings for the boards."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE, UNNAME
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp

# The `scope_id` of the board of everybody.
EVERYBODY: Final = UUID(int=0)


class XpKind(StrEnum):
    """What XP is for."""

    LESSON = "lesson"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    CODING = "coding"
    MODULE = "module"
    COURSE = "course"
    PRACTICE_SESSION = "practice_session"
    STUDY_SESSION = "study_session"
    FLASHCARD = "flashcard"
    STREAK = "streak"
    ACHIEVEMENT = "achievement"
    CHALLENGE = "challenge"
    AWARD = "award"


class LeaderboardPeriod(StrEnum):
    """For which time a board counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL_TIME = "all_time"


def of_user(*, primary: bool = False) -> Any:
    """The key of whose row it is."""
    key = ForeignKey("user_account.id", ondelete="CASCADE")
    return Column(key, nullable=False, primary_key=primary, **ERASE)


class XpEntry(Table, table=True):
    """A line of the ledger: once for each source of a user's. None is ever changed."""

    __tablename__ = "xp_entry"
    __table_args__ = (
        UniqueConstraint("user_id", "kind", "source_key"),
        Index("ix_xp_entry_user_id_happened_at", "user_id", "happened_at"),
        CheckConstraint("minutes >= 0", name="takes_time"),
        CheckConstraint("amount >= 0 OR kind = 'AWARD'", name="takes_by_hand_alone"),
    )

    user_id: UUID = Field(sa_column=of_user())
    kind: XpKind
    # What it is for: the key of a lesson, a session, an award…
    source_key: UUID
    amount: int
    # Of study, for what is timed.
    minutes: int = 0
    happened_at: datetime = Field(sa_type=Timestamp)
    # Why the staff gave it or took it.
    reason: str | None = Field(default=None, max_length=500, sa_column_kwargs=PERSONAL)
    awarded_by_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )


class LearnerScore(SQLModel, table=True):
    """What the ledger and the days of one user add up to; its lock puts their writers in order."""

    __tablename__ = "learner_score"
    __table_args__ = (
        CheckConstraint("total_xp >= 0", name="never_below_zero"),
        CheckConstraint("level >= 1", name="from_one_on"),
        CheckConstraint("longest_streak >= streak_days", name="longest_is_longest"),
    )

    user_id: UUID = Field(sa_column=of_user(primary=True))
    total_xp: int = 0
    level: int = 1
    study_minutes: int = 0
    # The days in a row up to `last_day`.
    streak_days: int = 0
    longest_streak: int = 0
    last_day: date | None = None


class ActiveDay(SQLModel, table=True):
    """A day on which somebody learned something: by the clocks of the zone that they were in."""

    __tablename__ = "active_day"

    user_id: UUID = Field(sa_column=of_user(primary=True))
    day: date = Field(primary_key=True)
    time_zone: str = Field(max_length=50, sa_column_kwargs=PERSONAL)
    first_at: datetime = Field(sa_type=Timestamp)
    last_at: datetime = Field(sa_type=Timestamp)


class Standing(MutableTable, table=True):
    """What one user has on one board in one period, kept by whatever writes the ledger."""

    __table_args__ = (
        UniqueConstraint("scope_id", "period", "starts_on", "user_id"),
        *[
            Index(
                f"ix_standing_{metric}",
                *("scope_id", "period", "starts_on", metric, "id"),
                postgresql_where=text("listed"),
            )
            for metric in ("points", "study_minutes", "streak_days")
        ],
    )

    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    # None: the board of everybody.
    class_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("class.id", ondelete="CASCADE"), index=True)
    )
    scope_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            Uuid, Computed(f"coalesce(class_id, '{EVERYBODY}'::uuid)", persisted=True)
        ),
    )
    period: LeaderboardPeriod
    # The period's first day in UTC; 1970-01-01 for all time.
    starts_on: date
    points: int = 0
    study_minutes: int = 0
    # The longest that was reached.
    streak_days: int = 0
    # Whether its user is on the boards: `listing` keeps it, whatever changes the user.
    listed: bool = True

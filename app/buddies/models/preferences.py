"""How people like to study with others.

Accounts keep the time zone, the learning style and the subjects; consents say who lets models
listen and calls be recorded. Here is the rest.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint, func
from sqlmodel import Field, SQLModel

from app.classes.models import Weekday
from app.core.clock import now
from app.core.personal import ERASE
from app.core.tables import PERSONAL, Table, Timestamp
from app.courses.models import CourseLevel

DEFAULT_MAX_BUDDIES: Final = 5


class StudyPace(StrEnum):
    """How fast somebody likes to study."""

    RELAXED = "relaxed"
    STEADY = "steady"
    INTENSIVE = "intensive"


class Collaboration(StrEnum):
    """What somebody likes to do together."""

    DISCUSSION = "discussion"
    EXPLAINING = "explaining"
    PROBLEM_SOLVING = "problem_solving"
    QUIET = "quiet"


def of_user(**more: Any) -> Any:
    """The key of whose row it is."""
    return Column(
        ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **more, **ERASE
    )


class StudyPreference(SQLModel, table=True):
    """What somebody has said; without a row, what is usual counts."""

    __tablename__ = "study_preference"
    __table_args__ = (CheckConstraint("max_buddies BETWEEN 0 AND 50", name="some_buddies"),)

    user_id: UUID = Field(sa_column=of_user(primary_key=True))
    pace: StudyPace | None = Field(default=None, sa_column_kwargs=PERSONAL)
    collaboration: Collaboration | None = Field(default=None, sa_column_kwargs=PERSONAL)
    max_buddies: int = DEFAULT_MAX_BUDDIES
    # Whether others are proposed this person as a buddy.
    findable: bool = True
    updated_at: datetime = Field(
        default_factory=now,
        sa_type=Timestamp,
        sa_column_kwargs={"server_default": func.now(), "onupdate": func.now()},
    )


class StudyTime(Table, table=True):
    """When somebody can study every week, in minutes of a day in their own time zone.

    Those of one person don't overlap: whoever saves them replaces them all.
    """

    __tablename__ = "study_time"
    __table_args__ = (
        UniqueConstraint("user_id", "weekday", "starts_minute"),
        CheckConstraint(
            "starts_minute >= 0 AND starts_minute < ends_minute AND ends_minute <= 1440",
            name="within_a_day",
        ),
    )

    user_id: UUID = Field(sa_column=of_user())
    weekday: Weekday = Field(sa_column_kwargs=PERSONAL)
    starts_minute: int = Field(sa_column_kwargs=PERSONAL)
    ends_minute: int = Field(sa_column_kwargs=PERSONAL)


class StudyLevel(SQLModel, table=True):
    """How far somebody is in a subject that they study."""

    __tablename__ = "study_level"

    user_subject_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_subject.id", ondelete="CASCADE"), primary_key=True, **ERASE
        )
    )
    level: CourseLevel = Field(sa_column_kwargs=PERSONAL)

"""What a personal course is generated from, and how far that is."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from app.core.personal import ERASE, IMPERSONAL
from app.core.tables import PERSONAL, MutableTable


class Difficulty(StrEnum):
    """How hard a learner wants it to be."""

    EASY = "easy"
    MODERATE = "moderate"
    CHALLENGING = "challenging"


def _wishes() -> Any:
    return Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text), nullable=False, server_default="{}", **PERSONAL),
    )


class CourseGeneration(MutableTable, table=True):
    """The order for a personal course; topic, levels and time are the course's own."""

    __tablename__ = "course_generation"

    course_id: UUID = Field(
        sa_column=Column(ForeignKey("course.id", ondelete="CASCADE"), nullable=False, unique=True)
    )
    learner_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    goals: list[str] = _wishes()
    focus_areas: list[str] = _wishes()
    session_minutes: int | None = None
    sessions_per_week: int | None = None
    difficulty: Difficulty | None = None
    # How often it was begun, and of this attempt the steps that are done, and all of them as far
    # as they are known.
    attempt: int = 1
    done: int = 0
    total: int = 1
    # Why the last attempt failed.
    notice: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)

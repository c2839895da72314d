"""Courses, their sections, their lessons."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.types import Text
from sqlmodel import Field

from app.core.personal import ERASE, FOLLOW, IMPERSONAL, Fate, owner
from app.core.tables import MutableTable, Timestamp


class CourseLevel(StrEnum):
    """What a course asks of its learners."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"
    EXPERT = "expert"


class CourseStatus(StrEnum):
    """Where a course is in its life.

    A taught course goes from draft to published to archived. A personal one is generated, which
    may end in an error, then active, paused at times, and at last completed.
    """

    DRAFT = "draft"
    GENERATING = "generating"
    ERROR = "error"
    PUBLISHED = "published"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class LessonStatus(StrEnum):
    """Whether learners see a lesson."""

    DRAFT = "draft"
    PUBLISHED = "published"


def _listed_by(name: str, *columns: str) -> Index:
    """The catalogue, newest first, under equal values of some columns.

    The condition is `policy.listed`.
    """
    return Index(
        name,
        *columns,
        text("published_at DESC"),
        text("id DESC"),
        postgresql_where=text("public AND status = 'PUBLISHED'"),
    )


def ordered_in(parent: str) -> UniqueConstraint:
    """One row at each position of a parent, once a transaction that moves them has ended."""
    return UniqueConstraint(parent, "position", deferrable=True, initially="DEFERRED")


def part_of(parent: str) -> Any:
    """The key of what a row belongs to, and goes with."""
    return Column(ForeignKey(f"{parent}.id", ondelete="CASCADE"), nullable=False, **FOLLOW)


def texts() -> Any:
    """A list of texts."""
    return Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text), nullable=False, server_default="{}", **IMPERSONAL),
    )


class Course(MutableTable, table=True):
    """What is taught: written by an instructor, or generated for one learner."""

    # No index by level: each of the four has its part of any page.
    __table_args__ = (
        _listed_by("ix_course_catalogue"),
        _listed_by("ix_course_category", "category"),
        _listed_by("ix_course_topic", "topic"),
        _listed_by("ix_course_language", "language"),
        Index("ix_course_search", "search", postgresql_using="gin"),
        CheckConstraint(
            "(price_amount IS NULL) = (price_currency IS NULL)", name="price_has_currency"
        ),
    )

    # Who wrote it; nobody once their account is gone, or where a model wrote it.
    instructor_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"),
            index=True,
            # What a class is taught stays for those who are in it.
            **owner(
                Fate.ANONYMISE,
                erased_if="NOT public AND id NOT IN (SELECT course_id FROM cohort)",
            ),
        ),
    )
    # Of a personal course: whom it was generated for.
    learner_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True, **ERASE),
    )
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    code: str | None = Field(default=None, max_length=20, sa_column_kwargs=IMPERSONAL)
    slug: str = Field(max_length=255, unique=True, sa_column_kwargs=IMPERSONAL)
    description: str = Field(default="", sa_column_kwargs=IMPERSONAL)
    topic: str = Field(default="", max_length=255, sa_column_kwargs=IMPERSONAL)
    category: str | None = Field(default=None, max_length=100, sa_column_kwargs=IMPERSONAL)
    subject_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("subject.id", ondelete="SET NULL"), index=True)
    )
    cover_image: str | None = Field(default=None, max_length=500, sa_column_kwargs=IMPERSONAL)
    level: CourseLevel
    # What its learners will be able to do, and what they have to know before.
    objectives: list[str] = texts()
    prerequisites: list[str] = texts()
    # With as many digits after the point as the currency has; None for a free course.
    price_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    price_currency: str | None = Field(
        default=None, sa_column=Column(ForeignKey("currency.code"), index=True)
    )
    # Of a personal course: where its learner wants to get, and in what time.
    target_level: CourseLevel | None = None
    timeline_weeks: int | None = None
    language: str = Field(default="en", max_length=10, sa_column_kwargs=IMPERSONAL)
    estimated_hours: int | None = None
    status: CourseStatus = CourseStatus.DRAFT
    public: bool = False
    published_at: datetime | None = Field(default=None, sa_type=Timestamp)
    search: str | None = Field(
        default=None,
        sa_column=Column(
            TSVECTOR,
            Computed(
                "to_tsvector('simple', title || ' ' || topic || ' ' || description)",
                persisted=True,
            ),
        ),
    )


class Section(MutableTable, table=True):
    """A part of a course, at its position from 0 on."""

    __tablename__ = "course_section"
    __table_args__ = (ordered_in("course_id"),)

    course_id: UUID = Field(sa_column=part_of("course"))
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    position: int


class Lesson(MutableTable, table=True):
    """What is learned in one go, at its position in a section from 0 on."""

    __table_args__ = (ordered_in("section_id"),)

    section_id: UUID = Field(sa_column=part_of("course_section"))
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    position: int
    objectives: list[str] = texts()
    # The sum of its exercises' once it has any.
    estimated_minutes: int = 0
    status: LessonStatus = LessonStatus.DRAFT

"""What learners have done of courses, and their tries at quizzes.

A row goes with what it is about. What people have worked on isn't deleted all the same: that is
asked before (`store.courses.delete_part`), so that only erasing an account takes it along.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.personal import ERASE
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


def of_learner() -> Any:
    """The key of whose row it is."""
    return Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)


def about(table: str) -> Any:
    """The key of what a row is about."""
    return Column(ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=True)


class ExerciseProgress(MutableTable, table=True):
    """How far somebody is with an exercise. Nothing in it ever goes back."""

    __tablename__ = "exercise_progress"
    __table_args__ = (
        UniqueConstraint("user_id", "exercise_id"),
        CheckConstraint("watched_seconds >= 0", name="watched_some"),
        CheckConstraint("scroll_percent BETWEEN 0 AND 100", name="scrolled_some"),
    )

    user_id: UUID = Field(sa_column=of_learner())
    exercise_id: UUID = Field(sa_column=about("exercise"))
    # Of a video, and of something to read.
    watched_seconds: int = 0
    scroll_percent: int = 0
    completed_at: datetime | None = Field(default=None, sa_type=Timestamp)


class LessonProgress(Table, table=True):
    """A lesson that somebody has completed. It stays completed if exercises are added."""

    __tablename__ = "lesson_progress"
    __table_args__ = (UniqueConstraint("user_id", "lesson_id"),)

    user_id: UUID = Field(sa_column=of_learner())
    lesson_id: UUID = Field(sa_column=about("lesson"))


class CourseProgress(Table, table=True):
    """A course of which somebody has completed every lesson. It stays so if lessons are added."""

    __tablename__ = "course_progress"
    __table_args__ = (UniqueConstraint("user_id", "course_id"),)

    user_id: UUID = Field(sa_column=of_learner())
    course_id: UUID = Field(sa_column=about("course"))


class QuizAttempt(Table, table=True):
    """A try at a quiz, from its start on: it counts, whether or not answers ever come."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        UniqueConstraint("user_id", "exercise_id", "number"),
        CheckConstraint("points BETWEEN 0 AND max_points", name="points_within_quiz"),
        CheckConstraint("submitted_at IS NOT NULL OR NOT passed", name="passed_by_answers"),
    )

    user_id: UUID = Field(sa_column=of_learner())
    exercise_id: UUID = Field(sa_column=about("exercise"))
    # From 1 on, without gaps.
    number: int
    # When answers come too late; None if never.
    due_at: datetime | None = Field(default=None, sa_type=Timestamp)
    submitted_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # As they were counted then, whatever becomes of the quiz.
    points: int = 0
    max_points: int = 0
    passed: bool = False


class QuizAnswer(Table, table=True):
    """What somebody answered to a question; nothing chosen or written if they passed over it.

    A quiz that is written anew has new questions: these answers go with the old ones, and the
    attempt keeps its points.
    """

    __tablename__ = "quiz_answer"
    __table_args__ = (UniqueConstraint("attempt_id", "question_id"),)

    attempt_id: UUID = Field(
        sa_column=Column(ForeignKey("quiz_attempt.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    question_id: UUID = Field(sa_column=about("quiz_question"))
    # The question's.
    position: int
    option_ids: list[UUID] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}", **PERSONAL),
    )
    text: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    correct: bool
    points: int

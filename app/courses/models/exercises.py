"""Exercises of five kinds, with a quiz's questions and a program's tests.

One table has them all, for a lesson is one list of exercises in one order. What only some kinds
have is null for the others, and a check says which: the columns keep their types, and no list
of exercises needs a join.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Enum
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text
from sqlmodel import Field

from app.core.personal import IMPERSONAL
from app.core.tables import MutableTable, Table
from app.courses.models.courses import ordered_in, part_of, texts


class ExerciseKind(StrEnum):
    """What an exercise is."""

    VIDEO = "video"
    MATERIAL = "material"
    QUIZ = "quiz"
    ASSIGNMENT = "assignment"
    CODING = "coding"


class SubmissionKind(StrEnum):
    """As what an assignment is handed in."""

    FILE = "file"
    TEXT = "text"
    LINK = "link"


class CodingMode(StrEnum):
    """What a coding exercise is for."""

    CHALLENGE = "challenge"
    PLAYGROUND = "playground"


class CodingLanguage(StrEnum):
    """What programs are written in."""

    PYTHON = "python"


class CodingOutput(StrEnum):
    """How a program's output is shown."""

    CONSOLE = "console"
    VISUAL = "visual"
    AUTO = "auto"


class CodingCompletion(StrEnum):
    """When a coding exercise is done."""

    ALL_TESTS_PASS = "all_tests_pass"  # noqa: S105 - no password
    RUN_ONCE = "run_once"


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE_CHOICE = "single_choice"
    MULTIPLE_CHOICE = "multiple_choice"
    SHORT_TEXT = "short_text"


def _has(kind: ExerciseKind, *needed: str) -> CheckConstraint:
    """Exercises of a kind have all of these, so that none of them can be null for it."""
    all_there = " AND ".join(f"{each} IS NOT NULL" for each in needed)
    return CheckConstraint(f"kind <> '{kind.name}' OR ({all_there})", name=f"{kind.value}_is_whole")


# What each kind needs of the columns that not all have.
NEEDED = {
    ExerciseKind.VIDEO: ("url", "duration_seconds", "required_percent"),
    ExerciseKind.MATERIAL: ("body", "required_percent"),
    ExerciseKind.QUIZ: ("instructions", "passing_percent", "shuffled"),
    ExerciseKind.ASSIGNMENT: ("instructions", "accepts", "max_points"),
    ExerciseKind.CODING: (
        "instructions",
        "mode",
        "language",
        "starter_code",
        "packages",
        "hints",
        "run_limit_seconds",
        "output",
        "completion",
    ),
}


def _texts_or_none() -> Any:
    return Field(default=None, sa_column=Column(ARRAY(Text), **IMPERSONAL))


class Exercise(MutableTable, table=True):
    """What a learner does, at its position in a lesson from 0 on."""

    __table_args__ = (
        ordered_in("lesson_id"),
        *[_has(kind, *needed) for kind, needed in NEEDED.items()],
    )

    lesson_id: UUID = Field(sa_column=part_of("lesson"))
    kind: ExerciseKind
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    position: int
    estimated_minutes: int = 0

    # What is watched or read, and how much of it, to be done with it.
    url: str | None = Field(default=None, max_length=2048, sa_column_kwargs=IMPERSONAL)
    source_url: str | None = Field(default=None, max_length=2048, sa_column_kwargs=IMPERSONAL)
    captions_url: str | None = Field(default=None, max_length=2048, sa_column_kwargs=IMPERSONAL)
    duration_seconds: int | None = None
    body: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    required_percent: int | None = None

    # What is to be done, and within what.
    instructions: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    passing_percent: int | None = None
    attempts: int | None = None
    time_limit_seconds: int | None = None
    shuffled: bool | None = None
    accepts: list[SubmissionKind] | None = Field(
        default=None, sa_column=Column(ARRAY(Enum(SubmissionKind)))
    )
    max_points: int | None = None
    model_answer: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)

    # A program to write.
    mode: CodingMode | None = None
    language: CodingLanguage | None = None
    starter_code: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    solution_code: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    run_limit_seconds: int | None = None
    packages: list[str] | None = _texts_or_none()
    hints: list[str] | None = _texts_or_none()
    output: CodingOutput | None = None
    completion: CodingCompletion | None = None


class QuizQuestion(Table, table=True):
    """A question of a quiz."""

    __tablename__ = "quiz_question"
    __table_args__ = (ordered_in("exercise_id"),)

    exercise_id: UUID = Field(sa_column=part_of("exercise"))
    kind: QuestionKind
    text: str = Field(sa_column_kwargs=IMPERSONAL)
    position: int
    points: int = 1
    # What answers a question for a text, in any case; empty for one with options.
    accepted_answers: list[str] = texts()
    explanation: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)


class QuizOption(Table, table=True):
    """An answer to choose."""

    __tablename__ = "quiz_option"
    __table_args__ = (ordered_in("question_id"),)

    question_id: UUID = Field(sa_column=part_of("quiz_question"))
    text: str = Field(sa_column_kwargs=IMPERSONAL)
    position: int
    correct: bool = False


class CodingTest(Table, table=True):
    """What a program is tried with."""

    __tablename__ = "coding_test"
    __table_args__ = (ordered_in("exercise_id"),)

    exercise_id: UUID = Field(sa_column=part_of("exercise"))
    name: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    position: int
    input: str = Field(sa_column_kwargs=IMPERSONAL)
    expected_output: str = Field(sa_column_kwargs=IMPERSONAL)
    # Learners neither see it nor what came of it.
    hidden: bool = False
    points: int = 1

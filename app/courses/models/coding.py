"""Programs that learners ran and handed in, and how each test of them ended."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.personal import ERASE, IMPERSONAL
from app.core.tables import PERSONAL, Table, Timestamp


class CodingSubmissionKind(StrEnum):
    """What a program was given for."""

    RUN = "run"
    SUBMISSION = "submission"


class CodingSubmissionStatus(StrEnum):
    """How far a program is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class CodingFailure(StrEnum):
    """Why a program did not come to its end."""

    ERROR = "error"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    TOO_MUCH_OUTPUT = "too_much_output"
    NOT_RUN = "not_run"


class CodingSubmission(Table, table=True):
    """A program, and what came of it.

    A run has no number and no score. What has a number is scored once it has ended.
    """

    __tablename__ = "coding_submission"
    __table_args__ = (
        UniqueConstraint("user_id", "exercise_id", "attempt"),
        CheckConstraint(
            "(kind = 'SUBMISSION') = (attempt IS NOT NULL)", name="submissions_are_numbered"
        ),
        CheckConstraint("(status = 'FAILED') = (failure IS NOT NULL)", name="what_failed_says_why"),
        CheckConstraint(
            "(status IN ('DONE', 'FAILED')) = (graded_at IS NOT NULL)", name="what_ended_has_a_time"
        ),
        Index("ix_coding_submission_history", "user_id", "exercise_id", "created_at", "id"),
        # Those that wait: few at any time.
        Index(
            "ix_coding_submission_waiting",
            "user_id",
            postgresql_where=text("status IN ('QUEUED', 'RUNNING')"),
        ),
        # Those that are kept for a while only.
        Index("ix_coding_submission_runs", "created_at", postgresql_where=text("kind = 'RUN'")),
    )

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    # An exercise that was worked on isn't deleted; one that goes with its author's account is.
    exercise_id: UUID = Field(
        sa_column=Column(ForeignKey("exercise.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    kind: CodingSubmissionKind
    status: CodingSubmissionStatus = CodingSubmissionStatus.QUEUED
    failure: CodingFailure | None = None
    code: str = Field(sa_column_kwargs=PERSONAL)
    input: str = Field(default="", sa_column_kwargs=PERSONAL)
    # Of the program alone, without tests.
    output: str = Field(default="", sa_column_kwargs=PERSONAL)
    error: str = Field(default="", sa_column_kwargs=PERSONAL)
    seconds: float | None = None
    # Without gaps, from 1 on, for each learner and exercise.
    attempt: int | None = None
    score: int | None = None
    max_score: int | None = None
    passed: bool | None = None
    # What the browser said of it, which counts for nothing.
    claimed_passed: bool | None = None
    # How often a worker began with it.
    tries: int = 0
    graded_at: datetime | None = Field(default=None, sa_type=Timestamp)


class CodingTestResult(Table, table=True):
    """How a test of a program ended; with the test as it was then."""

    __tablename__ = "coding_test_result"
    __table_args__ = (UniqueConstraint("submission_id", "position"),)

    submission_id: UUID = Field(
        sa_column=Column(
            ForeignKey("coding_submission.id", ondelete="CASCADE"), nullable=False, **ERASE
        )
    )
    # None once the exercise was given other tests.
    test_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("coding_test.id", ondelete="SET NULL"), index=True),
    )
    position: int
    name: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    hidden: bool
    points: int
    passed: bool
    failure: CodingFailure | None = None
    actual: str = Field(default="", sa_column_kwargs=PERSONAL)
    error: str = Field(default="", sa_column_kwargs=PERSONAL)
    seconds: float

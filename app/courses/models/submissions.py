"""What learners hand in, version by version, and what becomes of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field

from app.core.personal import ERASE, UNNAME
from app.core.tables import PERSONAL, MutableTable, Timestamp
from app.courses.models.exercises import SubmissionKind


class SubmissionStatus(StrEnum):
    """Where what was handed in is on its way."""

    SUBMITTED = "submitted"
    # By a later version, which came before it was graded.
    REPLACED = "replaced"
    GRADED = "graded"
    RETURNED = "returned"


class AssignmentSubmission(MutableTable, table=True):
    """A version of somebody's work on an assignment. All versions are kept."""

    __tablename__ = "assignment_submission"
    __table_args__ = (
        UniqueConstraint("exercise_id", "student_id", "version"),
        CheckConstraint(
            "(kind = 'FILE') = (file_id IS NOT NULL) AND (kind = 'FILE') = (content IS NULL)",
            name="is_of_its_kind",
        ),
        CheckConstraint("(status = 'GRADED') = (grade IS NOT NULL)", name="graded_has_grade"),
        CheckConstraint(
            "(grade IS NULL) = (max_grade IS NULL) AND grade BETWEEN 0 AND max_grade",
            name="grade_within_points",
        ),
        # What waits for whoever grades, the oldest first.
        Index(
            "ix_assignment_submission_queue",
            "created_at",
            "id",
            postgresql_where=text("status = 'SUBMITTED'"),
        ),
        Index("ix_assignment_submission_student", "student_id", "created_at", "id"),
    )

    exercise_id: UUID = Field(
        sa_column=Column(ForeignKey("exercise.id", ondelete="CASCADE"), nullable=False)
    )
    student_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    # From 1 on, without gaps.
    version: int
    kind: SubmissionKind
    file_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("stored_file.id", ondelete="CASCADE"), unique=True),
    )
    # The text, or the link, if it is no file.
    content: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    comment: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    status: SubmissionStatus = SubmissionStatus.SUBMITTED
    # Of the points that the assignment had then.
    grade: int | None = None
    max_grade: int | None = None
    feedback: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    # Who graded or returned it, and when.
    graded_by_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )
    graded_at: datetime | None = Field(default=None, sa_type=Timestamp)

"""Who learns a course together, and how far its lessons are open to them.

Classes, in a room above, are cohorts with meetings and credits; here is what a course has to know
of them to say who may read a lesson.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE, UNNAME
from app.core.tables import Table


def of_cohort() -> Any:
    """The key of the cohort that a row belongs to, and goes with."""
    return Column(ForeignKey("cohort.id", ondelete="CASCADE"), nullable=False, index=True)


class Cohort(Table, table=True):
    """People who learn a course at the pace of who teaches them."""

    # A course with cohorts is archived, never deleted, and none of one learner alone has any.
    course_id: UUID = Field(
        sa_column=Column(ForeignKey("course.id", ondelete="RESTRICT"), nullable=False, index=True)
    )
    instructor_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )


class CohortMember(Table, table=True):
    """Somebody who learns in a cohort, as long as they may."""

    __tablename__ = "cohort_member"
    __table_args__ = (UniqueConstraint("user_id", "cohort_id"),)

    cohort_id: UUID = Field(sa_column=of_cohort())
    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )


class CohortLesson(Table, table=True):
    """A lesson that is open to a cohort, since the row was made."""

    __tablename__ = "cohort_lesson"
    __table_args__ = (UniqueConstraint("lesson_id", "cohort_id"),)

    cohort_id: UUID = Field(sa_column=of_cohort())
    lesson_id: UUID = Field(
        sa_column=Column(ForeignKey("lesson.id", ondelete="CASCADE"), nullable=False)
    )
    unlocked_by_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )

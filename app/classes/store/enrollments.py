"""Statements about who is in a class."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.classes.models import CreditEntry, CreditKind, Enrollment, EnrollmentStatus
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.courses.models import CohortMember


async def taken(session: ReadSession, class_id: UUID) -> int:
    """How many are in a class."""
    return await session.value(
        select(func.count(col(Enrollment.id))).where(
            Enrollment.class_id == class_id, Enrollment.status == EnrollmentStatus.ACTIVE
        )
    )


async def hold_of(session: WriteSession, class_id: UUID, student_id: UUID) -> Enrollment | None:
    """Somebody's enrollment in a class that is held, whatever became of it."""
    return await session.first(
        select(Enrollment)
        .where(Enrollment.class_id == class_id, Enrollment.student_id == student_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def hold_active(session: WriteSession, class_id: UUID) -> Sequence[Enrollment]:
    """Who is in a class that is held."""
    return await session.all(
        select(Enrollment)
        .where(Enrollment.class_id == class_id, Enrollment.status == EnrollmentStatus.ACTIVE)
        .order_by(col(Enrollment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def class_of(session: ReadSession, enrollment_id: UUID) -> UUID | None:
    """The class of an enrollment."""
    return await session.first(select(Enrollment.class_id).where(Enrollment.id == enrollment_id))


async def package(session: ReadSession, enrollment_id: UUID) -> int:
    """How many credits came with the package."""
    return await session.value(
        select(func.coalesce(func.sum(CreditEntry.amount), 0)).where(
            CreditEntry.enrollment_id == enrollment_id, CreditEntry.kind == CreditKind.PACKAGE
        )
    )


async def join(session: WriteSession, class_id: UUID, student_id: UUID) -> None:
    """Make somebody a member of the cohort; again changes nothing."""
    await session.execute(
        insert(CohortMember)
        .values(id=new_id(), cohort_id=class_id, user_id=student_id)
        .on_conflict_do_nothing(index_elements=["user_id", "cohort_id"])
    )


async def leave(session: WriteSession, class_id: UUID, students: Sequence[UUID]) -> None:
    """End the membership of these."""
    await session.execute(
        delete(CohortMember).where(
            col(CohortMember.cohort_id) == class_id, col(CohortMember.user_id).in_(students)
        )
    )

"""What those who are told of a class's events have to know."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from app.classes.models import Class, Enrollment, EnrollmentStatus
from app.core.db import ReadSession
from app.courses.models import CohortLesson, Lesson


async def unlocked_names(session: ReadSession, unlock_id: UUID) -> tuple[str, str] | None:
    """What a lesson and the class that it is open to are called; None once it isn't."""
    rows = await session.rows(
        select(Lesson.title, Class.name)
        .join(CohortLesson, col(CohortLesson.lesson_id) == Lesson.id)
        .join(Class, col(Class.id) == CohortLesson.cohort_id)
        .where(CohortLesson.id == unlock_id)
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def students(session: ReadSession, class_id: UUID) -> Sequence[UUID]:
    """Who is in a class, or was to its end, in the order in which they came."""
    return await session.all(
        select(Enrollment.student_id)
        .where(Enrollment.class_id == class_id, Enrollment.status != EnrollmentStatus.WITHDRAWN)
        .order_by(col(Enrollment.id))
    )

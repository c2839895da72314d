"""Statements about classes as a whole."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from app.accounts.models import AccountStatus, RolePermission, User, UserRole
from app.accounts.policy import live
from app.classes import policy
from app.classes.models import Class, ClassStatus, Enrollment, EnrollmentStatus
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses.models import Cohort, CohortLesson, Course, Lesson, LessonStatus, Section
from app.payments.models import Payable, PayableKind


async def hold(session: WriteSession, viewer: Viewer, key: UUID) -> tuple[Class, Cohort] | None:
    """A class that the viewer sees, as it is now, which nobody else changes until the end.

    Whatever changes a class or who is in it holds its row first, and then enrollments by key: so
    seats and lessons are counted as they are, and nothing waits in a circle.
    """
    found = await session.rows(
        select(Class, Cohort)
        .join(Cohort, col(Cohort.id) == Class.id)
        .where(Class.id == key, policy.visible(viewer))
        .with_for_update(of=Class)
        .execution_options(populate_existing=True)
    )
    return (found[0][0], found[0][1]) if found else None


async def hold_any(session: WriteSession, key: UUID) -> tuple[Class, Cohort] | None:
    """The same of any class, whoever asks."""
    found = await session.rows(
        select(Class, Cohort)
        .join(Cohort, col(Cohort.id) == Class.id)
        .where(Class.id == key)
        .with_for_update(of=Class)
        .execution_options(populate_existing=True)
    )
    return (found[0][0], found[0][1]) if found else None


async def course(session: WriteSession, key: UUID) -> Course | None:
    """A course, which nobody archives meanwhile."""
    return await session.first(select(Course).where(Course.id == key).with_for_update(read=True))


async def teacher(session: ReadSession, key: UUID) -> User | None:
    """An active user whose roles let them teach."""
    may = (
        select(UserRole.user_id)
        .join(RolePermission, col(RolePermission.role_id) == UserRole.role_id)
        .where(
            UserRole.user_id == key, RolePermission.permission_key == policy.TEACH, live(UserRole)
        )
    )
    return await session.first(
        select(User).where(
            User.id == key, User.status == AccountStatus.ACTIVE, col(User.id).in_(may)
        )
    )


async def student(session: ReadSession, key: UUID) -> User | None:
    """An active user."""
    return await session.first(
        select(User).where(User.id == key, User.status == AccountStatus.ACTIVE)
    )


async def prices(session: ReadSession, keys: Collection[UUID]) -> dict[UUID, tuple[Decimal, str]]:
    """Amount and currency of what classes cost, of those that cost something."""
    rows = await session.rows(
        select(col(Payable.subject_id), col(Payable.amount), col(Payable.currency)).where(
            col(Payable.kind) == PayableKind.CLASS,
            col(Payable.subject_id).in_(keys),
            col(Payable.open),
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def published_lessons(session: ReadSession, course_id: UUID) -> int:
    """How many lessons of a course its learners see."""
    return await session.value(
        select(func.count(col(Lesson.id)))
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id, Lesson.status == LessonStatus.PUBLISHED)
    )


async def lesson_of(session: ReadSession, course_id: UUID, key: UUID) -> Lesson | None:
    """A published lesson of a course."""
    return await session.first(
        select(Lesson)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(
            Lesson.id == key,
            Section.course_id == course_id,
            Lesson.status == LessonStatus.PUBLISHED,
        )
    )


async def unlock_of(session: ReadSession, class_id: UUID, lesson_id: UUID) -> CohortLesson | None:
    """What opens a lesson to a class, if anything does."""
    return await session.first(
        select(CohortLesson).where(
            CohortLesson.cohort_id == class_id, CohortLesson.lesson_id == lesson_id
        )
    )


async def unlocked(session: ReadSession, class_id: UUID) -> int:
    """How many lessons are open to a class."""
    return await session.value(
        select(func.count(col(CohortLesson.id))).where(CohortLesson.cohort_id == class_id)
    )


async def continuation(session: ReadSession, group_id: UUID, student_id: UUID) -> Class | None:
    """The private class by which a student continues a group class."""
    return await session.first(
        select(Class)
        .join(Enrollment, col(Enrollment.class_id) == Class.id)
        .where(
            Class.continued_from_id == group_id,
            Enrollment.student_id == student_id,
            Enrollment.status != EnrollmentStatus.WITHDRAWN,
            Class.status != ClassStatus.CANCELLED,
        )
    )

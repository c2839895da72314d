"""SQL of personal courses while they are generated."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.courses.models import (
    Course,
    CourseGeneration,
    CourseStatus,
    Curriculum,
    CurriculumOrigin,
    CurriculumStatus,
)


async def is_running(session: WriteSession, learner_id: UUID) -> bool:
    """Whether a model writes a course for somebody; nobody else begins one meanwhile."""
    key = func.hashtextextended(f"course-generation:{learner_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))
    return await session.value(
        select(
            exists().where(
                col(Course.learner_id) == learner_id, col(Course.status) == CourseStatus.GENERATING
            )
        )
    )


async def hold(session: WriteSession, course_id: UUID) -> tuple[Course, CourseGeneration] | None:
    """A course that a model writes, held until the end of the transaction."""
    found = await session.rows(
        select(Course, CourseGeneration)
        .join(CourseGeneration, col(CourseGeneration.course_id) == Course.id)
        .where(Course.id == course_id)
        .with_for_update()
    )
    return (found[0][0], found[0][1]) if found else None


async def order(session: ReadSession, course_id: UUID) -> tuple[Course, CourseGeneration] | None:
    """A course with what it is generated from."""
    found = await session.rows(
        select(Course, CourseGeneration)
        .join(CourseGeneration, col(CourseGeneration.course_id) == Course.id)
        .where(Course.id == course_id)
    )
    return (found[0][0], found[0][1]) if found else None


async def standing_still(session: ReadSession, since: datetime, most: int) -> Sequence[UUID]:
    """Courses whose generation got no further since a time."""
    return await session.all(
        select(Course.id)
        .join(CourseGeneration, col(CourseGeneration.course_id) == Course.id)
        .where(Course.status == CourseStatus.GENERATING, col(CourseGeneration.updated_at) < since)
        .limit(most)
    )


async def unworded(session: ReadSession, since: datetime, most: int) -> Sequence[UUID]:
    """Proposals that wait for their words since a time."""
    return await session.all(
        select(Curriculum.id)
        .where(
            Curriculum.origin == CurriculumOrigin.ADAPTED,
            Curriculum.status == CurriculumStatus.WRITING,
            col(Curriculum.created_at) < since,
        )
        .limit(most)
    )

"""SQL of curricula, and of what they make of a course."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.courses.models import (
    Course,
    Curriculum,
    CurriculumNode,
    CurriculumOrigin,
    CurriculumStatus,
    Exercise,
    Lesson,
    Section,
)


async def newest(session: ReadSession, course_id: UUID) -> Curriculum | None:
    """The newest version but for proposals."""
    return await session.first(
        select(Curriculum)
        .where(
            Curriculum.course_id == course_id,
            col(Curriculum.origin) != CurriculumOrigin.ADAPTED,
        )
        .order_by(col(Curriculum.version).desc())
        .limit(1)
    )


async def version(session: ReadSession, course_id: UUID, number: int) -> Curriculum | None:
    """A version by its number."""
    return await session.first(
        select(Curriculum).where(Curriculum.course_id == course_id, Curriculum.version == number)
    )


async def next_number(session: ReadSession, course_id: UUID) -> int:
    """The number of the next version of a course that is held."""
    most = func.coalesce(func.max(Curriculum.version), 0)
    return await session.value(select(most).where(Curriculum.course_id == course_id)) + 1


async def nodes(session: ReadSession, curriculum_id: UUID) -> list[CurriculumNode]:
    """A version's nodes, parents first."""
    return await session.all(
        select(CurriculumNode)
        .where(CurriculumNode.curriculum_id == curriculum_id)
        .order_by(col(CurriculumNode.place))
    )


async def lock(session: WriteSession, key: UUID) -> Curriculum | None:
    """A version, held until the end of the transaction, and before it its course."""
    course_id = select(Curriculum.course_id).where(Curriculum.id == key).scalar_subquery()
    await session.execute(select(Course.id).where(Course.id == course_id).with_for_update())
    return await session.first(select(Curriculum).where(Curriculum.id == key).with_for_update())


async def empty(session: WriteSession, curriculum_id: UUID) -> None:
    """A version without nodes, until it gets new ones."""
    await session.execute(
        delete(CurriculumNode)
        .where(col(CurriculumNode.curriculum_id) == curriculum_id)
        .execution_options(synchronize_session=False)
    )


async def sections(session: ReadSession, course_id: UUID) -> list[Section]:
    """A course's sections, in their order."""
    return await session.all(
        select(Section).where(Section.course_id == course_id).order_by(col(Section.position))
    )


async def lessons(session: ReadSession, course_id: UUID) -> list[Lesson]:
    """A course's lessons, in their order."""
    return await session.all(
        select(Lesson)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id)
        .order_by(col(Section.position), col(Lesson.position))
    )


async def with_exercises(session: ReadSession, course_id: UUID) -> set[UUID]:
    """The lessons of a course that have exercises."""
    found = await session.all(
        select(Exercise.lesson_id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id)
        .distinct()
    )
    return set(found)


async def remove(
    session: WriteSession, table: type[Section | Lesson], keys: Sequence[UUID]
) -> bool:
    """Delete parts of a course; False if something still refers to one."""
    try:
        await session.execute(
            delete(table)
            .where(col(table.id).in_(keys))
            .execution_options(synchronize_session=False)
        )
    except IntegrityError:
        return False
    return True


async def accept(session: WriteSession, key: UUID) -> None:
    """A proposal that was followed."""
    await session.execute(
        update(Curriculum).where(col(Curriculum.id) == key).values(status=CurriculumStatus.ACCEPTED)
    )

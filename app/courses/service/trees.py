"""Sections and lessons, and the order of what is in a course."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import CourseInUse, OrderMismatch
from app.courses.models import Course, Exercise, Lesson, LessonStatus, Section
from app.courses.service.contents import Lines, Text, Title
from app.courses.service.holding import changed, held
from app.courses.store import courses as store
from app.courses.store import trees

# What each can have below it, at most.
MOST: dict[type[trees.Ordered], int] = {Section: 1000, Lesson: 10_000, Exercise: 100}
# What each stands below.
_ABOVE: dict[type[trees.Ordered], type[store.Part]] = {
    Section: Course,
    Lesson: Section,
    Exercise: Lesson,
}


class SectionData(BaseModel):
    """A section."""

    title: Title
    description: Text | None = None


class SectionChanges(SectionData):
    """What is to be another way; what isn't given stays."""

    title: Title = ""


class LessonData(BaseModel):
    """A lesson. Its minutes are those of its exercises."""

    title: Title
    description: Text | None = None
    objectives: Lines = Field(default_factory=list)
    status: LessonStatus = LessonStatus.DRAFT


class LessonChanges(LessonData):
    """What is to be another way; what isn't given stays."""

    title: Title = ""


async def create_section(
    uow: UnitOfWork, viewer: Viewer, course_id: UUID, data: SectionData
) -> Section:
    """A section at the end of a course."""
    course = await held(uow, viewer, Course, course_id, field="courseId")
    position = await next_position(uow, Section, course_id)
    section = Section(course_id=course_id, position=position, **data.model_dump())
    uow.session.add(section)
    await changed(uow, course)
    return section


async def update_section(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: SectionChanges
) -> Section:
    """Change what is given."""
    course = await held(uow, viewer, Section, key)
    section = await standing(uow, Section, key)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(section, name, value)
    await changed(uow, course)
    return section


async def create_lesson(
    uow: UnitOfWork, viewer: Viewer, section_id: UUID, data: LessonData
) -> Lesson:
    """A lesson at the end of a section."""
    course = await held(uow, viewer, Section, section_id, field="sectionId")
    await standing(uow, Section, section_id, field="sectionId")
    position = await next_position(uow, Lesson, section_id)
    lesson = Lesson(section_id=section_id, position=position, **data.model_dump())
    uow.session.add(lesson)
    await changed(uow, course)
    return lesson


async def update_lesson(uow: UnitOfWork, viewer: Viewer, key: UUID, data: LessonChanges) -> Lesson:
    """Change what is given."""
    course = await held(uow, viewer, Lesson, key)
    lesson = await standing(uow, Lesson, key)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(lesson, name, value)
    await changed(uow, course)
    return lesson


async def delete(uow: UnitOfWork, viewer: Viewer, table: type[Any], key: UUID) -> None:
    """Delete a section, lesson or exercise with all in it; the others move up."""
    course = await held(uow, viewer, table, key)
    row = await standing(uow, table, key)
    parent, position = getattr(row, trees.PARENTS[table]), row.position
    if not await store.delete_part(uow.session, table, key):
        raise CourseInUse
    await trees.close_gap(uow.session, table, parent, position)
    if table is Exercise:
        await trees.sum_minutes(uow.session, parent)
    await changed(uow, course)


async def reorder(
    uow: UnitOfWork, viewer: Viewer, table: type[trees.Ordered], parent: UUID, order: Sequence[UUID]
) -> None:
    """Put all that stands below a parent into another order: each of them, once."""
    above = _ABOVE[table]
    field = f"{above.__name__.lower()}Id"
    course = await held(uow, viewer, above, parent, field=field)
    there = set(await trees.keys(uow.session, table, parent))
    given = set(order)
    told = [
        (len(order) - len(given), "given twice"),
        (len(given - there), "not in it"),
        (len(there - given), "missing"),
    ]
    wrong = [f"{count} {what}" for count, what in told if count]
    if wrong:
        raise OrderMismatch(
            f"An order has each id of what is there, once: {', '.join(wrong)}.",
            field=("input", "ids"),
        )
    await trees.reorder(uow.session, table, parent, order)
    await changed(uow, course)


async def standing(
    uow: UnitOfWork, table: type[store.T], key: UUID, *, field: str = "id"
) -> store.T:
    """A part of the course that is held; `NotFound` if it went while the course was waited for."""
    row = await store.part(uow.session, table, key)
    if row is None:
        raise NotFound(field=("input", field))
    return row


async def next_position(uow: UnitOfWork, table: type[trees.Ordered], parent: UUID) -> int:
    """Where the next one stands; `InvalidInput` if there are as many as there can be."""
    size = await trees.size(uow.session, table, parent)
    if size >= MOST[table]:
        raise InvalidInput(f"There are {MOST[table]:,} of them, and no more can be.")
    return size

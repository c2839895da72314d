"""Learners, what they learn in, and what there is of it afterwards."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import col, select

from app.core.ids import from_global, to_global
from app.core.outbox import StreamEvent
from app.core.resources import Resources
from app.courses.events import learning_stream
from app.courses.models import (
    Cohort,
    CohortLesson,
    CohortMember,
    Course,
    CourseStatus,
    Exercise,
)
from tests.client import Api
from tests.courses.authoring import add_exercise
from tests.factories import Person, Teaching, writing

VIDEO = {
    "video": {
        "url": "https://example.org/leaf.mp4",
        "durationSeconds": 300,
        "requiredPercent": 90,
    }
}
MATERIAL = {"material": {"body": "# Chlorophyll", "requiredPercent": 50}}


def lesson_id(course: Teaching, place: int = 0) -> str:
    """The global id of a lesson."""
    return to_global("les", course.lessons[place].id)


async def add(api: Api, author: Person, course: Teaching, content: Any, place: int = 0) -> str:
    """Add an exercise to a lesson: its id. Other lessons may have none yet."""
    await _put(api.resources, course, CourseStatus.DRAFT)
    payload = await add_exercise(api, author, lesson_id(course, place), content, estimatedMinutes=5)
    await _put(api.resources, course, course.row.status)
    made: str = payload.ok()["exercise"]["id"]
    return made


async def _put(resources: Resources, course: Teaching, status: CourseStatus) -> None:
    async with writing(resources) as session:
        await session.execute(
            update(Course).where(col(Course.id) == course.key).values(status=status)
        )


async def make_cohort(
    resources: Resources,
    course: Teaching,
    *members: Person,
    leader: Person | None = None,
    unlocked: int | None = None,
) -> Cohort:
    """A cohort with these members, to whom so many of the first lessons are unlocked, or all."""
    cohort = Cohort(course_id=course.key, instructor_id=leader.key if leader else None)
    async with writing(resources) as session:
        session.add(cohort)
        await session.flush()
        session.add(*[CohortMember(cohort_id=cohort.id, user_id=each.key) for each in members])
        session.add(
            *[
                CohortLesson(cohort_id=cohort.id, lesson_id=each.id)
                for each in course.lessons[:unlocked]
            ]
        )
    return cohort


async def told(resources: Resources, person: Person) -> list[str]:
    """The kinds of what was told of a learner, in order."""
    async with resources.database.read() as reading:
        return await reading.all(
            select(StreamEvent.kind)
            .where(StreamEvent.stream == learning_stream(person.key))
            .order_by(col(StreamEvent.sequence))
        )


async def read(resources: Resources, table: type[Any], **values: Any) -> list[Any]:
    """The rows of a table with these values, the oldest first."""
    async with resources.database.read() as reading:
        where = [getattr(table, name) == value for name, value in values.items()]
        return await reading.all(select(table).where(*where).order_by(table.created_at))


async def count(resources: Resources, table: type[Any]) -> int:
    """How many rows a table has."""
    async with resources.database.read() as reading:
        return await reading.value(select(func.count()).select_from(table))


async def change_exercise(resources: Resources, exercise_id: str, **values: Any) -> None:
    """Make an exercise another way."""
    key: UUID = from_global("exe", exercise_id)
    async with writing(resources) as session:
        exercise = await session.value(select(Exercise).where(Exercise.id == key))
        for name, value in values.items():
            setattr(exercise, name, value)

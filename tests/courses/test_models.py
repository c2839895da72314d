"""What the tables themselves promise."""

import pytest
from sqlalchemy import Executable, delete, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.accounts.models import User
from app.core.resources import Resources
from app.courses.models import Course, Lesson, LessonStatus, Section
from tests.factories import make_course, make_person, writing

_TWO = [LessonStatus.PUBLISHED, LessonStatus.PUBLISHED]


async def _titles(resources: Resources) -> list[str]:
    async with resources.database.read() as reading:
        return await reading.all(select(Lesson.title).order_by(col(Lesson.position)))


async def _change(resources: Resources, statement: Executable) -> None:
    async with writing(resources) as session:
        await session.execute(statement)


class TestPositions:
    async def test_two_lessons_change_places(self, resources: Resources) -> None:
        await make_course(resources, None, lessons=[_TWO])
        async with writing(resources) as session:
            for lesson in await session.all(select(Lesson)):
                lesson.position = 1 - lesson.position
                # One after the other, so that both are at one place in between.
                await session.flush()
        assert await _titles(resources) == ["Lesson 0.1", "Lesson 0.0"]

    async def test_two_lessons_at_one_place(self, resources: Resources) -> None:
        await make_course(resources, None, lessons=[_TWO])
        with pytest.raises(IntegrityError, match="uq_lesson_section_id_position"):
            await _change(resources, update(Lesson).values(position=0))
        assert await _titles(resources) == ["Lesson 0.0", "Lesson 0.1"]

    async def test_two_sections_at_one_place(self, resources: Resources) -> None:
        course = await make_course(resources, None)
        again = insert(Section).values(course_id=course.key, title="Again", position=0)
        with pytest.raises(IntegrityError, match="uq_course_section_course_id_position"):
            await _change(resources, again)


class TestDelete:
    async def test_a_course_takes_its_parts_along(self, resources: Resources) -> None:
        gone = await make_course(resources, None, lessons=[_TWO, _TWO])
        kept = await make_course(resources, None)
        await _change(resources, delete(Course).where(col(Course.id) == gone.key))
        async with resources.database.read() as reading:
            sections = await reading.all(select(Section.id))
            lessons = await reading.all(select(Lesson.id))
        assert sections == [row.id for row in kept.sections]
        assert lessons == [row.id for row in kept.lessons]

    async def test_a_course_outlives_its_instructor(self, resources: Resources) -> None:
        ida = await make_person(resources, role="instructor")
        await make_course(resources, ida)
        await _change(resources, delete(User).where(col(User.id) == ida.key))
        async with resources.database.read() as reading:
            assert await reading.all(select(Course.instructor_id)) == [None]


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("leaf", ["leaf-title", "leaf-topic", "leaf-description"]),
            ("leaf factory", ["leaf-title"]),
            ("CHLOROPHYLL", ["leaf-description"]),
            ("root", []),
        ],
    )
    async def test_title_topic_and_description(
        self, resources: Resources, words: str, found: list[str]
    ) -> None:
        await make_course(resources, None, title="The leaf as a factory", code="leaf-title")
        await make_course(resources, None, topic="Leaf", code="leaf-topic")
        await make_course(
            resources, None, description="Leaf, chlorophyll.", code="leaf-description"
        )
        await make_course(resources, None, category="leaf", code="not searched")
        wanted = func.websearch_to_tsquery("simple", words)
        async with resources.database.read() as reading:
            codes = await reading.all(
                select(Course.code)
                .where(col(Course.search).op("@@")(wanted))
                .order_by(col(Course.id))
            )
        assert codes == found

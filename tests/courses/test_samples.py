"""The courses that a newcomer finds."""

from math import ceil

from sqlalchemy import func
from sqlmodel import col, select

from app.accounts.models import User
from app.core.resources import Resources
from app.courses.models import (
    Course,
    CourseStatus,
    Exercise,
    ExerciseKind,
    Lesson,
    LessonStatus,
    Section,
)
from app.courses.policy import listed
from app.courses.samples import SAMPLE_COURSES
from app.seed import seed


class TestSeed:
    async def test_again_adds_nothing(self, resources: Resources) -> None:
        await seed(resources.settings)
        await seed(resources.settings)
        async with resources.database.read() as reading:
            rows = await reading.rows(
                select(Course.slug, Section.title, Lesson.title, Lesson.estimated_minutes)
                .join(Section, col(Section.course_id) == Course.id)
                .join(Lesson, col(Lesson.section_id) == Section.id)
                .order_by(col(Course.id), col(Section.position), col(Lesson.position))
            )
        assert [tuple(row) for row in rows] == [
            (course.slug, section.title, title, minutes)
            for course in SAMPLE_COURSES
            for section in course.sections
            for title, minutes in section.lessons
        ]

    async def test_lessons_have_exercises(self, resources: Resources) -> None:
        """As many minutes of them as they take, and of each kind one at least."""
        await seed(resources.settings)
        async with resources.database.read() as reading:
            rows = await reading.rows(
                select(Lesson.estimated_minutes, func.sum(Exercise.estimated_minutes))
                .join(Exercise, col(Exercise.lesson_id) == Lesson.id)
                .group_by(col(Lesson.id))
            )
            kinds = await reading.all(select(Exercise.kind).distinct())
        lessons = sum(len(each.lessons) for course in SAMPLE_COURSES for each in course.sections)
        assert len(rows) == lessons
        assert all(minutes == total for minutes, total in rows)
        assert set(kinds) == set(ExerciseKind)

    async def test_one_is_a_draft(self, resources: Resources) -> None:
        await seed(resources.settings)
        [draft] = [course for course in SAMPLE_COURSES if course.published_at is None]
        published = [course for course in SAMPLE_COURSES if course is not draft]
        async with resources.database.read() as reading:
            ida = await reading.value(select(User.id).where(User.username == "ida"))
            courses = await reading.all(select(Course))
            slugs = await reading.all(
                select(Course.slug).where(listed()).order_by(col(Course.published_at).desc())
            )
            drafts = await reading.value(
                select(func.count()).where(Lesson.status == LessonStatus.DRAFT)
            )
        assert {course.instructor_id for course in courses} == {ida}
        assert slugs == [course.slug for course in reversed(published)]
        [row] = [course for course in courses if course.status is CourseStatus.DRAFT]
        assert (row.slug, row.public, row.published_at) == (draft.slug, False, None)
        assert row.estimated_hours == ceil(draft.minutes / 60) == 3
        assert drafts == sum(len(section.lessons) for section in draft.sections)

"""How far somebody is with a course, its sections and its lessons."""

from typing import Any

import pytest
from sqlalchemy import insert, text

from app.core.clock import now
from app.core.ids import from_global, new_id
from app.core.resources import Resources
from app.courses.models import (
    Exercise,
    ExerciseKind,
    ExerciseProgress,
    Lesson,
    LessonProgress,
    LessonStatus,
    Section,
)
from tests.client import Api
from tests.conftest import Counting
from tests.courses.authoring import QUIZ
from tests.courses.learning import MATERIAL, VIDEO, add, make_cohort, read
from tests.factories import Person, Teaching, make_course, make_person, writing

COUNTS = "totalExercises completedExercises totalMinutes completedMinutes percent lastActivityAt"
DOCUMENT = f"""query ($course: ID!, $user: ID) {{
    courseProgress(courseId: $course, userId: $user) {{
        course {{ id }} learner {{ id }} completedAt
        totalLessons completedLessons {COUNTS}
        sections {{ totalCount nodes {{
            section {{ title }} totalLessons completedLessons {COUNTS}
            lessons {{ totalCount nodes {{ lesson {{ title }} completedAt {COUNTS} }} }}
        }} }}
    }}
}}"""
# What no statement says: so all of it is read a level at a time.
ORDINARY = DOCUMENT.replace("course { id }", "course { id price { currency } }")


@pytest.fixture
async def course(api: Api, resources: Resources, ida: Person) -> Teaching:
    """A section of two lessons and a draft; a section with a lesson without exercises."""
    statuses = [
        [LessonStatus.PUBLISHED, LessonStatus.PUBLISHED, LessonStatus.DRAFT],
        [LessonStatus.PUBLISHED],
    ]
    return await make_course(resources, ida, description="Leaves.", lessons=statuses)


@pytest.fixture
async def exercises(api: Api, ida: Person, course: Teaching) -> list[str]:
    """Three in the first lesson, one in the second, one in the draft, of five minutes each."""
    contents = [(MATERIAL, 0), (VIDEO, 0), (QUIZ, 0), (MATERIAL, 1), (MATERIAL, 2)]
    return [await add(api, ida, course, content, place) for content, place in contents]


async def ask(
    api: Api, who: Person, course: Teaching, *, about: Person | None = None,
    document: str = DOCUMENT,
) -> Any:  # fmt: skip
    variables = {"course": course.id, "user": about.id if about else None}
    return (await api.execute(document, variables, as_=who)).ok()["courseProgress"]


async def _read(api: Api, who: Person, exercise: str, percent: int) -> None:
    given = {"exerciseId": exercise, "scrollPercent": percent}
    (await api.mutate("exerciseProgressUpdate", given, as_=who)).ok()


def _counts(found: dict[str, Any]) -> tuple[Any, ...]:
    lessons = (found.get("completedLessons"), found.get("totalLessons"))
    return (
        *(lessons if lessons != (None, None) else ()),
        found["completedExercises"], found["totalExercises"],
        found["completedMinutes"], found["totalMinutes"],
        found["percent"], found["lastActivityAt"] is not None,
    )  # fmt: skip


class TestCourseProgress:
    @pytest.mark.usefixtures("exercises")
    async def test_of_who_has_not_begun(self, api: Api, ana: Person, course: Teaching) -> None:
        found = await ask(api, ana, course)
        assert (found["course"], found["learner"]) == ({"id": course.id}, {"id": ana.id})
        assert found["completedAt"] is None
        assert _counts(found) == (0, 3, 0, 4, 0, 30, 0, False)

    async def test_of_who_has_begun(
        self, api: Api, resources: Resources, ana: Person, ida: Person, course: Teaching,
        exercises: list[str],
    ) -> None:  # fmt: skip
        await _read(api, ana, exercises[0], 100)
        await _read(api, ana, exercises[3], 100)
        # Another's, and what is in a draft, count for nothing.
        await _read(api, ida, exercises[4], 100)
        found = await ask(api, ana, course)
        # Two exercises of four, and a lesson without any: two things of five.
        assert _counts(found) == (1, 3, 2, 4, 10, 30, 40, True)
        first, second = found["sections"]["nodes"]
        assert found["sections"]["totalCount"] == 2
        assert (first["section"], second["section"]) == (
            {"title": "Section 0"}, {"title": "Section 1"},
        )  # fmt: skip
        assert _counts(first) == (1, 2, 2, 4, 10, 20, 50, True)
        assert _counts(second) == (0, 1, 0, 0, 0, 10, 0, False)
        assert first["lessons"]["totalCount"] == 2
        assert [
            (each["lesson"]["title"], each["completedAt"] is not None, *_counts(each))
            for each in first["lessons"]["nodes"]
        ] == [
            ("Lesson 0.0", False, 1, 3, 5, 15, 33, True),
            ("Lesson 0.1", True, 1, 1, 5, 5, 100, True),
        ]
        [last] = [
            each.updated_at
            for each in await read(resources, ExerciseProgress, user_id=ana.key)
            if each.exercise_id == from_global("exe", exercises[3])
        ]
        assert found["lastActivityAt"] >= last.isoformat()[:19]

    @pytest.mark.usefixtures("exercises")
    async def test_a_lesson_without_exercises(
        self, api: Api, ana: Person, course: Teaching
    ) -> None:
        done = {"lessonId": f"les_{course.lessons[3].id}"}
        (await api.mutate("lessonComplete", done, as_=ana)).ok()
        found = await ask(api, ana, course)
        assert _counts(found) == (1, 3, 0, 4, 10, 30, 20, True)
        second = found["sections"]["nodes"][1]
        assert _counts(second) == (1, 1, 0, 0, 10, 10, 100, True)

    async def test_of_an_empty_course(self, api: Api, resources: Resources, ida: Person) -> None:
        empty = await make_course(resources, ida, lessons=[])
        found = await ask(api, ida, empty)
        assert _counts(found) == (0, 0, 0, 0, 0, 0, 0, False)
        assert found["sections"] == {"totalCount": 0, "nodes": []}

    async def test_both_executions_say_the_same(
        self, api: Api, resources: Resources, ana: Person, ivo: Person, course: Teaching,
        exercises: list[str],
    ) -> None:  # fmt: skip
        await make_cohort(resources, course, ana, leader=ivo)
        await _read(api, ana, exercises[0], 100)
        for who, about in ((ana, None), (ivo, ana), (ivo, None)):
            compiled = await ask(api, who, course, about=about)
            ordinary = await ask(api, who, course, about=about, document=ORDINARY)
            assert ordinary["course"].pop("price") is None
            assert ordinary == compiled

    @pytest.mark.usefixtures("exercises")
    async def test_pages_of_lessons(self, api: Api, ana: Person, course: Teaching) -> None:
        document = """query ($course: ID!, $after: String) { courseProgress(courseId: $course) {
            sections(first: 1) { nodes { lessons(first: 1, after: $after) {
                nodes { lesson { title } } pageInfo { endCursor hasNextPage }
            } } }
        } }"""
        titles, after = [], None
        for more in (True, False):
            answer = await api.execute(document, {"course": course.id, "after": after}, as_=ana)
            [section] = answer.ok()["courseProgress"]["sections"]["nodes"]
            page = section["lessons"]
            titles += [each["lesson"]["title"] for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            assert page["pageInfo"]["hasNextPage"] is more
        assert titles == ["Lesson 0.0", "Lesson 0.1"]


class TestWhoSeesIt:
    async def test_students_of_theirs(
        self, api: Api, resources: Resources, ida: Person, ivo: Person, ana: Person, sam: Person,
        course: Teaching,
    ) -> None:  # fmt: skip
        eva = await make_person(resources, role="instructor")
        bob, col_ = await make_person(resources), await make_person(resources)
        await make_cohort(resources, course, ana, leader=ivo)
        await make_cohort(resources, course, bob, leader=eva)
        everyone = {"ida": ida, "ivo": ivo, "eva": eva, "sam": sam, "ana": ana, "bob": bob}
        learners = {"ana": ana, "bob": bob, "nobody's": col_}
        seen = {
            (name, learner)
            for name, who in everyone.items()
            for learner, about in learners.items()
            if await ask(api, who, course, about=about) is not None
        }
        assert seen == {
            *[(name, learner) for name in ("ida", "sam") for learner in ("ana", "bob")],
            ("ivo", "ana"),
            ("eva", "bob"),
            ("ana", "ana"),
            ("bob", "bob"),
        }

    async def test_not_of_other_courses(
        self, api: Api, resources: Resources, ida: Person, ivo: Person, ana: Person,
        course: Teaching,
    ) -> None:  # fmt: skip
        other = await make_course(resources, ivo)
        await make_cohort(resources, course, ana)
        assert await ask(api, ida, course, about=ana) is not None
        assert await ask(api, ida, other, about=ana) is None
        assert await ask(api, ivo, other, about=ana) is None

    async def test_a_personal_course(
        self, api: Api, resources: Resources, ida: Person, ivo: Person, ana: Person
    ) -> None:
        own = await make_course(resources, ida, public=False, learner_id=ana.key)
        assert await ask(api, ana, own) is not None
        assert await ask(api, ida, own, about=ana) is not None
        assert await ask(api, ivo, own, about=ana) is None
        assert await ask(api, ivo, own) is None

    async def test_only_who_leads_still_may_teach(
        self, api: Api, resources: Resources, ana: Person, course: Teaching
    ) -> None:
        eve = await make_person(resources)
        await make_cohort(resources, course, ana, leader=eve)
        assert await ask(api, eve, course, about=ana) is None


SIZE = 5_000


async def _fill(resources: Resources, course: Teaching, person: Person) -> None:
    """Fifty sections of a hundred lessons with two exercises each, half of them done."""
    async with writing(resources) as session:
        sections = [
            {"id": new_id(), "course_id": course.key, "title": "S", "position": place}
            for place in range(1, SIZE // 100 + 1)
        ]
        lessons = [
            {
                "id": new_id(), "section_id": section["id"], "title": "L", "position": place,
                "objectives": [], "estimated_minutes": 10, "status": LessonStatus.PUBLISHED,
            }
            for section in sections
            for place in range(100)
        ]  # fmt: skip
        exercises = [
            {
                "id": new_id(), "lesson_id": lesson["id"], "kind": ExerciseKind.MATERIAL,
                "title": "E", "position": place, "estimated_minutes": 5, "body": "",
                "required_percent": 1,
            }
            for lesson in lessons
            for place in range(2)
        ]  # fmt: skip
        done = [
            {
                "id": new_id(), "user_id": person.key, "exercise_id": each["id"],
                "watched_seconds": 0, "scroll_percent": 100, "completed_at": now(),
            }
            for each in exercises[: SIZE]
        ]  # fmt: skip
        finished = [
            {"id": new_id(), "user_id": person.key, "lesson_id": each["lesson_id"]}
            for each in exercises[:SIZE:2]
        ]
        for table, rows in (
            (Section, sections), (Lesson, lessons), (Exercise, exercises),
            (ExerciseProgress, done), (LessonProgress, finished),
        ):  # fmt: skip
            for start in range(0, len(rows), 1000):
                await session.execute(insert(table), rows[start : start + 1000])


@pytest.mark.parametrize(("document", "most"), [(DOCUMENT, 1), (ORDINARY, 12)])
async def test_a_course_of_thousands_of_lessons(
    api: Api, resources: Resources, ana: Person, statements: Counting, document: str, most: int
) -> None:
    course = await make_course(resources, None, lessons=[])
    await _fill(resources, course, ana)
    async with writing(resources) as session:
        # As the server does by itself after a while.
        await session.execute(text("ANALYZE"))
    await ask(api, ana, course, document=document)
    with statements(api.resources) as seen:
        found = await ask(api, ana, course, document=document)
    assert _counts(found) == (2500, 5000, 5000, 10_000, 25_000, 50_000, 50, True)
    assert len(found["sections"]["nodes"]) == 20
    assert len(seen) <= most

"""What learners watch and read, and what they are done with."""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from app.core.ids import from_global
from app.core.resources import Resources
from app.courses.models import (
    CourseProgress,
    CourseStatus,
    Exercise,
    ExerciseProgress,
    Lesson,
    LessonProgress,
    LessonStatus,
)
from app.courses.service import progress
from app.reference.models import Currency
from tests.client import Api, Payload
from tests.courses.authoring import ASSIGNMENT, CODING, QUIZ
from tests.courses.learning import (
    MATERIAL,
    VIDEO,
    add,
    change_exercise,
    count,
    lesson_id,
    make_cohort,
    read,
    told,
)
from tests.factories import Person, Teaching, make_course, writing

PROGRESS = """exercise { id viewerProgress {
    watchedSeconds scrollPercent percent completedAt
} }"""
PUBLISHED = LessonStatus.PUBLISHED


@pytest.fixture
async def course(resources: Resources, ida: Person) -> Teaching:
    """A free course of the catalogue: three lessons in two sections, the last one a draft."""
    lessons = [[PUBLISHED, PUBLISHED], [LessonStatus.DRAFT]]
    return await make_course(resources, ida, description="Leaves.", lessons=lessons)


async def go_on(api: Api, who: Person, exercise: str, **given: Any) -> Payload:
    """Watch or read."""
    return await api.mutate(
        "exerciseProgressUpdate", {"exerciseId": exercise, **given}, PROGRESS, as_=who
    )


async def finish(api: Api, who: Person, exercise: str) -> Payload:
    return await api.mutate("exerciseComplete", {"exerciseId": exercise}, PROGRESS, as_=who)


async def finish_lesson(api: Api, who: Person, lesson: str) -> Payload:
    fields = "lesson { viewerProgress { completedAt percent } }"
    return await api.mutate("lessonComplete", {"lessonId": lesson}, fields, as_=who)


def _places(payload: Payload) -> tuple[Any, ...]:
    found = payload.ok()["exercise"]["viewerProgress"]
    done = found["completedAt"] is not None
    return found["watchedSeconds"], found["scrollPercent"], found["percent"], done


class TestExerciseProgressUpdate:
    async def test_never_goes_back(
        self, api: Api, ida: Person, ana: Person, course: Teaching
    ) -> None:
        video = await add(api, ida, course, VIDEO)
        await add(api, ida, course, MATERIAL)
        assert _places(await go_on(api, ana, video, watchedSeconds=100)) == (100, None, 33, False)
        assert _places(await go_on(api, ana, video, watchedSeconds=40)) == (100, None, 33, False)
        # One second before nine tenths, and then there.
        assert _places(await go_on(api, ana, video, watchedSeconds=269)) == (269, None, 89, False)
        assert _places(await go_on(api, ana, video, watchedSeconds=270)) == (270, None, 90, True)
        assert _places(await go_on(api, ana, video, watchedSeconds=0)) == (270, None, 90, True)

    async def test_ends_at_the_end(
        self, api: Api, ida: Person, ana: Person, course: Teaching
    ) -> None:
        video, text = await add(api, ida, course, VIDEO), await add(api, ida, course, MATERIAL)
        assert _places(await go_on(api, ana, video, watchedSeconds=2**31 - 1)) == (
            300, None, 100, True,
        )  # fmt: skip
        assert _places(await go_on(api, ana, text, scrollPercent=1000)) == (None, 100, 100, True)

    async def test_a_text(self, api: Api, ida: Person, ana: Person, course: Teaching) -> None:
        text = await add(api, ida, course, MATERIAL)
        assert _places(await go_on(api, ana, text, scrollPercent=49)) == (None, 49, 49, False)
        assert _places(await go_on(api, ana, text, scrollPercent=50)) == (None, 50, 50, True)

    async def test_many_at_once(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        video = await add(api, ida, course, VIDEO)
        seconds = [*range(10, 210, 10)]
        made = await asyncio.gather(
            *[go_on(api, ana, video, watchedSeconds=each) for each in reversed(seconds)]
        )
        for payload in made:
            payload.ok()
        [row] = await read(resources, ExerciseProgress)
        assert (row.user_id, row.watched_seconds, row.completed_at) == (ana.key, 200, None)

    @pytest.mark.parametrize(
        ("kind", "given", "field"),
        [
            ("video", {}, "watchedSeconds"),
            ("video", {"scrollPercent": 5}, "watchedSeconds"),
            ("video", {"watchedSeconds": 5, "scrollPercent": 5}, "scrollPercent"),
            ("video", {"watchedSeconds": -1}, "watchedSeconds"),
            ("material", {"watchedSeconds": 5}, "watchedSeconds"),
            ("material", {"scrollPercent": -1}, "scrollPercent"),
            ("material", {}, "scrollPercent"),
            ("quiz", {"scrollPercent": 5}, "exerciseId"),
            ("quiz", {}, "exerciseId"),
            ("coding", {"watchedSeconds": 5}, "exerciseId"),
            ("assignment", {"watchedSeconds": 5}, "exerciseId"),
        ],
    )
    async def test_what_makes_no_sense(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        ana: Person,
        course: Teaching,
        kind: str,
        given: dict[str, int],
        field: str,
    ) -> None:
        contents = {"video": VIDEO, "material": MATERIAL, "quiz": QUIZ, "coding": CODING,
                    "assignment": ASSIGNMENT}  # fmt: skip
        exercise = await add(api, ida, course, contents[kind])
        payload = await go_on(api, ana, exercise, **given)
        assert [(each["code"], each["field"]) for each in payload.errors] == [
            ("INVALID_INPUT", ["input", field])
        ]
        assert await count(resources, ExerciseProgress) == 0

    async def test_what_is_locked_is_not_found(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        first, second = await add(api, ida, course, VIDEO), await add(api, ida, course, VIDEO, 1)
        draft = await add(api, ida, course, VIDEO, 2)
        await make_cohort(resources, course, ana, unlocked=1)
        for exercise in (second, draft):
            payload = await go_on(api, ana, exercise, watchedSeconds=5)
            assert [(each["code"], each["field"]) for each in payload.errors] == [
                ("NOT_FOUND", ["input", "exerciseId"])
            ]
            assert (await finish(api, ana, exercise)).codes == ["NOT_FOUND"]
        assert (await finish_lesson(api, ana, lesson_id(course, 1))).codes == ["NOT_FOUND"]
        assert await count(resources, ExerciseProgress) == 0
        (await go_on(api, ana, first, watchedSeconds=5)).ok()

    async def test_a_course_with_a_price_is_not_found(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        async with writing(resources) as session:
            session.add(Currency(code="XTS", number="963", name="Test", symbol="T", minor_units=2))
        priced = await make_course(
            resources, ida, description="Leaves.", price_amount=5, price_currency="XTS"
        )
        video = await add(api, ida, priced, VIDEO)
        assert (await go_on(api, ana, video, watchedSeconds=300)).codes == ["NOT_FOUND"]
        assert await count(resources, ExerciseProgress) == 0


class TestExerciseComplete:
    async def test_only_what_was_done(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        said = []
        for content in (VIDEO, MATERIAL, QUIZ, ASSIGNMENT, CODING):
            exercise = await add(api, ida, course, content)
            payload = await finish(api, ana, exercise)
            said.append((payload.errors[0]["code"], payload.errors[0]["message"]))
        assert said == [
            ("NOT_COMPLETE", "Watch at least 90 percent of this video first."),
            ("NOT_COMPLETE", "Read at least 50 percent of this first."),
            ("NOT_COMPLETE", "Pass this quiz first."),
            ("NOT_COMPLETE", "Hand in your work first."),
            ("NOT_COMPLETE", "Finish this program first."),
        ]
        assert await count(resources, ExerciseProgress) == 0
        assert await told(resources, ana) == []

    async def test_once_less_is_asked_for(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        video = await add(api, ida, course, VIDEO)
        await add(api, ida, course, MATERIAL)
        (await go_on(api, ana, video, watchedSeconds=150)).ok()
        assert (await finish(api, ana, video)).codes == ["NOT_COMPLETE"]
        await change_exercise(resources, video, required_percent=50)
        assert _places(await finish(api, ana, video)) == (150, None, 50, True)
        # A second time changes and tells nothing.
        [before] = await read(resources, ExerciseProgress)
        (await finish(api, ana, video)).ok()
        assert await read(resources, ExerciseProgress) == [before]
        assert await told(resources, ana) == ["exercise.completed"]


class TestComplete:
    async def test_a_lesson_and_a_course_end_with_their_last_exercise(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        first = [await add(api, ida, course, MATERIAL) for _ in range(2)]
        last = await add(api, ida, course, MATERIAL, 1)
        # A draft's exercise is in nobody's way.
        await add(api, ida, course, MATERIAL, 2)
        for exercise in (*first, last):
            (await go_on(api, ana, exercise, scrollPercent=100)).ok()
        assert await told(resources, ana) == [
            "exercise.completed",
            "exercise.completed",
            "lesson.completed",
            "exercise.completed",
            "lesson.completed",
            "course.learned",
        ]
        lessons = await read(resources, LessonProgress)
        assert [(each.user_id, each.lesson_id) for each in lessons] == [
            (ana.key, each.id) for each in course.lessons[:2]
        ]
        [learned] = await read(resources, CourseProgress)
        assert (learned.user_id, learned.course_id) == (ana.key, course.key)

    async def test_the_last_two_at_the_same_moment(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        exercises = [await add(api, ida, course, MATERIAL, place) for place in (0, 0, 0, 1, 1)]
        given = [go_on(api, ana, each, scrollPercent=100) for each in exercises * 3]
        for payload in await asyncio.gather(*given):
            payload.ok()
        kinds = await told(resources, ana)
        assert sorted(kinds) == [
            "course.learned", *["exercise.completed"] * 5, *["lesson.completed"] * 2,
        ]  # fmt: skip
        assert kinds[-2:] == ["lesson.completed", "course.learned"]

    async def test_as_other_rooms_call_it(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        work = from_global("exe", await add(api, ida, course, ASSIGNMENT))
        await add(api, ida, course, MATERIAL, 1)

        async def once() -> None:
            async with resources.begin() as uow:
                exercise = await uow.session.value(select(Exercise).where(Exercise.id == work))
                await progress.complete(uow, ana.key, exercise)

        await asyncio.gather(*[once() for _ in range(4)])
        assert await told(resources, ana) == ["exercise.completed", "lesson.completed"]
        assert await count(resources, ExerciseProgress) == 1

    async def test_a_draft_completes_no_lesson(
        self, api: Api, resources: Resources, ida: Person, course: Teaching
    ) -> None:
        draft = await add(api, ida, course, MATERIAL, 2)
        (await go_on(api, ida, draft, scrollPercent=100)).ok()
        assert await told(resources, ida) == ["exercise.completed"]
        payload = await finish_lesson(api, ida, lesson_id(course, 2))
        assert [each["message"] for each in payload.errors] == ["This lesson is a draft."]
        assert await count(resources, LessonProgress) == 0


class TestLessonComplete:
    async def test_says_what_is_missing(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        done = await add(api, ida, course, MATERIAL)
        for content in (VIDEO, QUIZ):
            await add(api, ida, course, content)
        (await go_on(api, ana, done, scrollPercent=100)).ok()
        payload = await finish_lesson(api, ana, lesson_id(course))
        assert [(each["code"], each["message"]) for each in payload.errors] == [
            ("NOT_COMPLETE", 'The exercise "Exercise" isn\'t complete.')
        ] * 2
        assert payload.data["lesson"] is None
        assert await count(resources, LessonProgress) == 0

    async def test_without_exercises(
        self, api: Api, resources: Resources, ana: Person, course: Teaching
    ) -> None:
        (await finish_lesson(api, ana, lesson_id(course))).ok()
        made = await asyncio.gather(
            *[finish_lesson(api, ana, lesson_id(course, 1)) for _ in range(5)]
        )
        for payload in made:
            assert payload.ok()["lesson"]["viewerProgress"]["percent"] == 100
        assert await told(resources, ana) == [
            "lesson.completed", "lesson.completed", "course.learned",
        ]  # fmt: skip

    async def test_once_what_was_missing_is_gone(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        done, left = await add(api, ida, course, MATERIAL), await add(api, ida, course, VIDEO)
        await add(api, ida, course, VIDEO, 1)
        (await go_on(api, ana, done, scrollPercent=100)).ok()
        (await api.mutate("exerciseDelete", {"id": left}, as_=ida)).ok()
        (await finish_lesson(api, ana, lesson_id(course))).ok()
        assert await told(resources, ana) == ["exercise.completed", "lesson.completed"]


class TestWhatIsWorkedOn:
    async def test_is_not_deleted(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        draft = await make_course(resources, ida, status=CourseStatus.DRAFT, description="Leaves.")
        await make_cohort(resources, draft, ana)
        text, other = await add(api, ida, draft, MATERIAL), await add(api, ida, draft, MATERIAL)
        (await go_on(api, ana, text, scrollPercent=1)).ok()
        for kind, key in (
            ("exercise", text),
            ("lesson", lesson_id(draft)),
            ("section", f"sec_{draft.sections[0].id}"),
            ("course", draft.id),
        ):
            payload = await api.mutate(f"{kind}Delete", {"id": key}, as_=ida)
            assert payload.codes == ["COURSE_IN_USE"], kind
        assert await count(resources, ExerciseProgress) == 1
        (await api.mutate("exerciseDelete", {"id": other}, as_=ida)).ok()

    async def test_but_what_its_author_tried_is(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        draft = await make_course(resources, ida, status=CourseStatus.DRAFT, description="Leaves.")
        text = await add(api, ida, draft, MATERIAL)
        (await go_on(api, ida, text, scrollPercent=100)).ok()
        (await api.mutate("courseDelete", {"id": draft.id}, as_=ida)).ok()
        assert await count(resources, ExerciseProgress) == 0

    async def test_while_somebody_begins(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        """Either the exercise is gone and nobody worked on it, or both are there."""
        await add(api, ida, course, MATERIAL, 1)
        for _ in range(5):
            text = await add(api, ida, course, MATERIAL)
            await add(api, ida, course, MATERIAL)
            begun, deleted = await asyncio.gather(
                go_on(api, ana, text, scrollPercent=1),
                api.mutate("exerciseDelete", {"id": text}, as_=ida),
            )
            rows = await read(resources, ExerciseProgress, exercise_id=from_global("exe", text))
            assert (begun.codes, deleted.codes, len(rows)) in (
                ([], ["COURSE_IN_USE"], 1),
                (["NOT_FOUND"], [], 0),
            )


async def test_a_lesson_stays_complete(
    api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
) -> None:
    text = await add(api, ida, course, MATERIAL)
    (await go_on(api, ana, text, scrollPercent=100)).ok()
    await add(api, ida, course, VIDEO)
    answer = await api.execute(
        "query ($id: ID!) { lesson(id: $id) { viewerProgress {"
        " completedAt percent totalExercises completedExercises } } }",
        {"id": lesson_id(course)},
        as_=ana,
    )
    found = answer.ok()["lesson"]["viewerProgress"]
    assert found.pop("completedAt") is not None
    assert found == {"percent": 50, "totalExercises": 2, "completedExercises": 1}


async def test_nobody_has_progress(api: Api, resources: Resources, course: Teaching) -> None:
    async with writing(resources) as session:
        lesson = await session.value(select(Lesson).where(Lesson.id == course.lessons[0].id))
        lesson.estimated_minutes = 7
    answer = await api.execute(
        "query ($id: ID!) { lesson(id: $id) { estimatedMinutes viewerProgress { percent } } }",
        {"id": lesson_id(course)},
    )
    assert answer.ok()["lesson"] == {"estimatedMinutes": 7, "viewerProgress": None}

"""The life of a course: every state and every step."""

from itertools import product
from typing import Any

import pytest

from app.core.resources import Resources
from app.courses.models import CourseStatus
from app.courses.states import CourseStep
from tests.client import Api
from tests.courses.authoring import MATERIAL, add_exercise, draft, read_course
from tests.factories import Person, empty_outbox, make_course, waiting_events

S = CourseStatus

# Said once more: where each step leads, from the states that allow it.
_LEADS: dict[CourseStep, dict[CourseStatus, CourseStatus | None]] = {
    CourseStep.EDIT: {each: each for each in (S.DRAFT, S.ERROR, S.PUBLISHED, S.ACTIVE, S.PAUSED)},
    CourseStep.PUBLISH: dict.fromkeys((S.DRAFT, S.ERROR, S.ARCHIVED), S.PUBLISHED),
    CourseStep.ARCHIVE: dict.fromkeys(
        (S.DRAFT, S.ERROR, S.PUBLISHED, S.ACTIVE, S.PAUSED, S.COMPLETED), S.ARCHIVED
    ),
    CourseStep.DUPLICATE: {each: each for each in S if each is not S.GENERATING},
    CourseStep.DELETE: {S.DRAFT: None, S.ERROR: None},
}
_EVENTS = {
    CourseStep.EDIT: "course.changed",
    CourseStep.PUBLISH: "course.published",
    CourseStep.ARCHIVE: "course.archived",
    CourseStep.DUPLICATE: "course.created",
    CourseStep.DELETE: "course.deleted",
}


def _call(step: CourseStep, id: str) -> tuple[str, dict[str, Any]]:
    if step is CourseStep.EDIT:
        return "courseUpdate", {"id": id, "topic": "Leaves"}
    return f"course{step.capitalize()}", {"id": id}


@pytest.mark.parametrize("step", list(_LEADS))
async def test_every_state(api: Api, resources: Resources, ida: Person, step: CourseStep) -> None:
    for status in CourseStatus:
        course = await make_course(
            resources, ida, status=status, description="About leaves.", topic=""
        )
        if status in (S.DRAFT, S.PUBLISHED, S.ERROR):
            lesson = f"les_{course.lessons[0].id}"
            (await add_exercise(api, ida, lesson, MATERIAL)).ok()
        else:
            await _exercise(resources, course.lessons[0].id)
        before = await read_course(resources, course.key)
        await empty_outbox(resources)
        payload = await api.mutate(*_call(step, course.id), as_=ida)
        after = await read_course(resources, course.key)
        events = await waiting_events(resources)
        if status in _LEADS[step]:
            assert payload.codes == [], (step, status)
            assert (after.status if after else None) == _LEADS[step][status], (step, status)
            assert events == [_EVENTS[step]]
        else:
            assert payload.codes == ["COURSE_WRONG_STATE"], (step, status)
            assert status.value in payload.errors[0]["message"]
            assert after == before, (step, status)
            assert events == []


async def _exercise(resources: Resources, lesson_id: Any) -> None:
    """An exercise in a course that can't be edited."""
    from app.courses.models import Exercise, ExerciseKind
    from tests.factories import writing

    async with writing(resources) as session:
        session.add(
            Exercise(
                lesson_id=lesson_id,
                kind=ExerciseKind.MATERIAL,
                title="Read",
                position=0,
                body="x",
                required_percent=90,
            )
        )


def test_every_step_is_walked() -> None:
    # Those of a personal course's learner and of its model: see `test_certificates`.
    personal = {CourseStep.RETRY, CourseStep.FINISH, CourseStep.FAIL, CourseStep.COMPLETE}
    assert _LEADS.keys() | personal == set(CourseStep)
    assert len(list(product(CourseStatus, _LEADS))) == 40


class TestPublish:
    async def test_what_is_missing_is_told_in_one_list(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 2, 1, description=" ")
        first, _, third = [f"les_{each.id}" for each in course.lessons]
        (await add_exercise(api, ida, first, {"quiz": {}}, title="Empty quiz")).ok()
        challenge = {"coding": {"instructions": "x"}}
        playground = {
            "coding": {"instructions": "x", "mode": "PLAYGROUND", "completion": "RUN_ONCE"}
        }
        (await add_exercise(api, ida, third, challenge, title="Untested")).ok()
        (await add_exercise(api, ida, third, playground, title="Free")).ok()
        payload = await api.mutate("coursePublish", {"id": course.id}, "course { id }", as_=ida)
        assert set(payload.codes) == {"COURSE_INCOMPLETE"}
        assert [each["message"] for each in payload.errors] == [
            "The course has no description.",
            'The quiz "Empty quiz" has no question.',
            'The lesson "Lesson 0.1" has no exercise.',
            'The challenge "Untested" has no test.',
        ]
        row = await read_course(resources, course.key)
        assert row is not None
        assert (row.status, row.published_at) == (S.DRAFT, None)

    @pytest.mark.parametrize(
        ("sections", "drafts", "message"),
        [
            ((), False, "The course has no section."),
            ((0,), False, "The course has no lesson."),
            ((2,), True, "No lesson of the course is published."),
        ],
    )
    async def test_nothing_to_teach(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        sections: tuple[int, ...],
        message: str,
        *,
        drafts: bool,
    ) -> None:
        course = await draft(resources, ida, *sections)
        if drafts:
            for lesson in course.lessons:
                given = {"id": f"les_{lesson.id}", "status": "DRAFT"}
                (await api.mutate("lessonUpdate", given, as_=ida)).ok()
        payload = await api.mutate("coursePublish", {"id": course.id}, as_=ida)
        assert [each["message"] for each in payload.errors] == [message]

    async def test_everybody_finds_it(
        self, api: Api, resources: Resources, ida: Person, ana: Person
    ) -> None:
        course = await draft(resources, ida, 1)
        (await add_exercise(api, ida, f"les_{course.lessons[0].id}", MATERIAL)).ok()
        document = "query ($id: ID!) { course(id: $id) { status } }"
        assert (await api.execute(document, {"id": course.id}, as_=ana)).ok() == {"course": None}
        (await api.mutate("coursePublish", {"id": course.id}, as_=ida)).ok()
        found = (await api.execute(document, {"id": course.id}, as_=ana)).ok()
        assert found == {"course": {"status": "PUBLISHED"}}
        assert (await api.execute(document, {"id": course.id})).ok() == found

    async def test_again_keeps_its_place_in_the_catalogue(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 1)
        (await add_exercise(api, ida, f"les_{course.lessons[0].id}", MATERIAL)).ok()
        (await api.mutate("coursePublish", {"id": course.id}, as_=ida)).ok()
        first = await read_course(resources, course.key)
        (await api.mutate("courseArchive", {"id": course.id}, as_=ida)).ok()
        (await api.mutate("coursePublish", {"id": course.id}, as_=ida)).ok()
        second = await read_course(resources, course.key)
        assert first is not None
        assert second is not None
        assert second.published_at == first.published_at

    async def test_a_published_course_stays_whole(
        self, api: Api, resources: Resources, ida: Person
    ) -> None:
        course = await draft(resources, ida, 1)
        lesson = f"les_{course.lessons[0].id}"
        made = (await add_exercise(api, ida, lesson, MATERIAL)).ok()["exercise"]
        (await api.mutate("coursePublish", {"id": course.id}, as_=ida)).ok()
        for mutation, given in (
            ("exerciseDelete", {"id": made["id"]}),
            ("lessonDelete", {"id": lesson}),
            ("lessonUpdate", {"id": lesson, "status": "DRAFT"}),
            ("courseUpdate", {"id": course.id, "description": ""}),
        ):
            payload = await api.mutate(mutation, given, as_=ida)
            assert payload.codes == ["COURSE_INCOMPLETE"], mutation
        answer = await api.execute(
            "query ($id: ID!) { lesson(id: $id) { status exercises { totalCount } } }",
            {"id": lesson},
            as_=ida,
        )
        assert answer.ok()["lesson"] == {"status": "PUBLISHED", "exercises": {"totalCount": 1}}

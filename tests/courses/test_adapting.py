"""`curriculumAdapt`: reviews of what went badly, as a proposal."""

from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.resources import Resources
from app.courses.models import (
    CourseStatus,
    Curriculum,
    Exercise,
    ExerciseKind,
    Lesson,
    QuizAttempt,
)
from app.courses.service import adapting
from tests.client import Api, Payload
from tests.courses.composer import Composer, node, run_jobs, tree
from tests.courses.test_curricula import _LEAVES, count, make_personal, save
from tests.factories import Person, Teaching, empty_outbox, make_person, waiting_events, writing

pytestmark = pytest.mark.usefixtures("composer")

_FIELDS = "curriculum { version status origin baseVersion }"


async def _adapt(api: Api, person: Person, course: Teaching, **results: int) -> Payload:
    given = {
        "courseId": course.id,
        "results": [{"key": key, "percent": percent} for key, percent in results.items()],
    }
    return await api.mutate("curriculumAdapt", given, _FIELDS, as_=person)


@pytest.fixture
async def course(api: Api, resources: Resources, ana: Person) -> Teaching:
    """Ana's own, with a curriculum."""
    made = await make_personal(resources, ana, topic="Photosynthesis")
    (await save(api, ana, made, _LEAVES)).ok()
    await empty_outbox(resources)
    return made


async def _score(resources: Resources, person: Person, title: str, percent: int) -> None:
    """Have somebody try the quiz of a lesson."""
    async with writing(resources) as session:
        [lesson] = await session.all(select(Lesson).where(Lesson.title == title))
        quiz = Exercise(
            lesson_id=lesson.id,
            kind=ExerciseKind.QUIZ,
            title="Quiz",
            position=0,
            instructions="",
            passing_percent=60,
            shuffled=False,
        )
        await session.insert(
            [
                quiz,
                *(
                    QuizAttempt(
                        user_id=person.key,
                        exercise_id=quiz.id,
                        number=number,
                        submitted_at=now(),
                        points=points,
                        max_points=100,
                    )
                    for number, points in enumerate((percent - 5, percent), start=1)
                ),
            ]
        )


async def test_a_proposal_and_following_it(
    api: Api, resources: Resources, ana: Person, course: Teaching, composer: Composer
) -> None:
    before = await tree(api, ana, course.id)
    made = (await _adapt(api, ana, course, colours=90, water=40, calvin=69)).ok()["curriculum"]
    assert made == {"version": 2, "status": "WRITING", "origin": "ADAPTED", "baseVersion": 1}
    # It can't be followed yet, and nothing else changed.
    assert (await save(api, ana, course, _LEAVES, 2)).codes == ["CURRICULUM_OUTDATED"]
    await run_jobs(resources)
    assert await waiting_events(resources) == ["curriculum.proposed"]
    assert await tree(api, ana, course.id) == before
    proposed = (await tree(api, ana, course.id, 2))["curriculum"]
    assert (proposed["status"], proposed["notice"]) == ("PROPOSED", None)
    nodes = proposed["nodes"]["nodes"]
    told = ("path", "key", "minutes", "prerequisites")
    assert [tuple(each[name] for name in told) for each in nodes] == [
        ("1", "light", 0, []),
        ("1.1", "colours", 10, []),
        ("1.2", "water", 20, ["colours"]),
        ("1.3", "review-water", 10, ["water"]),
        ("2", "sugar", 0, ["light"]),
        ("2.1", "calvin", 30, []),
        ("2.2", "review-calvin", 15, ["calvin"]),
    ]  # fmt: skip
    assert [user.split("\n")[1] for _, user in composer.asked] == [
        'Lesson: "Review: Water"',
        'Lesson: "Review: Calvin"',
    ]
    given = [
        node(each["key"], (each["parent"] or {}).get("key"), kind=each["kind"], title=each["title"])
        for each in nodes
    ]
    assert (await save(api, ana, course, given, 2)).ok()["curriculum"] == {"version": 3}
    found = await tree(api, ana, course.id)
    assert found["curriculum"]["baseVersion"] == 2
    lessons = [
        lesson["title"]
        for section in found["course"]["sections"]["nodes"]
        for lesson in section["lessons"]["nodes"]
    ]
    assert lessons == ["Colours", "Water", "Review: Water", "Calvin", "Review: Calvin"]
    assert (await tree(api, ana, course.id, 2))["curriculum"]["status"] == "ACCEPTED"
    assert (await save(api, ana, course, given, 2)).codes == ["CURRICULUM_OUTDATED"]


async def test_what_is_measured_counts_and_the_worst_of_it(
    api: Api, resources: Resources, ana: Person, course: Teaching
) -> None:
    await _score(resources, ana, "Colours", 10)
    await _score(resources, ana, "Water", 95)
    assert (await _adapt(api, ana, course, colours=100)).codes == []
    nodes = (await tree(api, ana, course.id, 2))["curriculum"]["nodes"]["nodes"]
    assert [each["key"] for each in nodes if each["key"].startswith("review")] == ["review-colours"]


async def test_a_model_that_fails(
    api: Api, resources: Resources, ana: Person, course: Teaching, composer: Composer
) -> None:
    composer.failing = 1
    (await _adapt(api, ana, course, water=0, calvin=0)).ok()
    await run_jobs(resources)
    proposed = (await tree(api, ana, course.id, 2))["curriculum"]
    assert (proposed["status"], proposed["notice"]) == ("PROPOSED", adapting.UNWORDED)
    async with resources.database.read() as session:
        from app.courses.models import CurriculumNode

        rows = await session.rows(
            select(CurriculumNode.key, CurriculumNode.objectives)
            .where(col(CurriculumNode.key).like("review-%"))
            .order_by(col(CurriculumNode.key))
        )
    assert [tuple(row) for row in rows] == [
        ("review-calvin", ["Say it once more", "Draw it once more"]),
        ("review-water", ["Go over Water again."]),
    ]


async def test_words_that_never_come(
    api: Api, resources: Resources, ana: Person, course: Teaching
) -> None:
    (await _adapt(api, ana, course, water=0)).ok()
    await adapting.give_up(resources)
    assert (await tree(api, ana, course.id, 2))["curriculum"]["status"] == "WRITING"
    async with writing(resources) as session:
        await session.execute(update(Curriculum).values(created_at=now() - adapting._PATIENCE))
    await adapting.give_up(resources)
    found = (await tree(api, ana, course.id, 2))["curriculum"]
    assert (found["status"], found["notice"]) == ("PROPOSED", adapting.UNWORDED)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ({}, "NOTHING_TO_ADAPT"),
        ({"water": 70}, "NOTHING_TO_ADAPT"),
        ({"light": 0}, "INVALID_INPUT"),
        ({"none": 0}, "INVALID_INPUT"),
        ({"water": 101}, "INVALID_INPUT"),
    ],
)
async def test_refused(
    api: Api, resources: Resources, ana: Person, course: Teaching, results: Any, code: str
) -> None:
    assert (await _adapt(api, ana, course, **results)).codes == [code]
    assert await count(resources, Curriculum) == 1


async def test_who_and_when(api: Api, resources: Resources, ana: Person, course: Teaching) -> None:
    ben, sam = await make_person(resources), await make_person(resources, role="staff")
    assert (await _adapt(api, ben, course, water=0)).codes == ["NOT_FOUND"]
    assert (await _adapt(api, sam, course, water=0)).codes == ["NOT_LEARNER"]
    bare = await make_personal(resources, ana)
    assert (await _adapt(api, ana, bare, water=0)).codes == ["NOT_FOUND"]
    done = await make_personal(resources, ana, status=CourseStatus.COMPLETED)
    assert (await _adapt(api, ana, done, water=0)).codes == ["COURSE_WRONG_STATE"]
    assert await count(resources, Curriculum) == 1

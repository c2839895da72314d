"""What is shown of a try at a quiz, to whom, and what stays when the quiz changes."""

import asyncio
from typing import Any

from app.core.ids import from_global
from app.core.resources import Resources
from app.courses.models import QuizAnswer, QuizAttempt
from tests.client import Api
from tests.courses.learning import count, make_cohort, read
from tests.courses.quizzes import (
    QUIZ,
    Quiz,
    attempt_of,
    be_late,
    make_quiz,
    shown_of,
    start,
    submit,
)
from tests.factories import Person, Teaching

_HIDDEN: list[tuple[Any, ...]] = [([], None, None)] * 3


_RIGHT: list[tuple[Any, ...]] = [
    (["Chlorophyll"], [], "A secret reason."),
    (["Light", "Water"], [], None),
    ([], ["Secret sugar", "Zucker für die Straße"], None),
]


class TestRightAnswers:
    async def test_are_shown_once_it_is_passed(self, api: Api, ana: Person, quiz: Quiz) -> None:
        first = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
        assert shown_of(first) == _HIDDEN
        assert "ecret" not in str(first)
        second = (await submit(api, ana, quiz, quiz.right)).ok()["attempt"]
        assert shown_of(second) == _RIGHT
        assert shown_of(await attempt_of(api, ana, first["id"])) == _RIGHT

    async def test_are_shown_once_no_attempts_are_left(
        self, api: Api, ida: Person, ana: Person, course: Teaching
    ) -> None:
        quiz = await make_quiz(api, ida, course, attempts=2)
        first = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
        # The last one has begun: it could still be answered with them.
        (await start(api, ana, quiz)).ok()
        assert shown_of(await attempt_of(api, ana, first["id"])) == _HIDDEN
        second = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
        assert shown_of(second) == _RIGHT

    async def test_are_shown_once_the_last_attempt_is_over(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        quiz = await make_quiz(api, ida, course, attempts=2, timeLimitSeconds=60)
        (await start(api, ana, quiz)).ok()
        first = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
        (await start(api, ana, quiz)).ok()
        assert shown_of(await attempt_of(api, ana, first["id"])) == _HIDDEN
        await be_late(resources)
        assert shown_of(await attempt_of(api, ana, first["id"])) == _RIGHT

    async def test_are_never_shown_without_end(
        self, api: Api, ida: Person, ana: Person, course: Teaching
    ) -> None:
        quiz = await make_quiz(api, ida, course, attempts=None)
        for _ in range(3):
            made = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
            assert shown_of(made) == _HIDDEN

    async def test_are_shown_to_who_teaches_a_student(
        self, api: Api, resources: Resources, ida: Person, ivo: Person, ana: Person,
        course: Teaching, quiz: Quiz,
    ) -> None:  # fmt: skip
        made = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
        # Who learns by themselves is nobody's student.
        assert await attempt_of(api, ida, made["id"]) is None
        await make_cohort(resources, course, ana, leader=ivo)
        for teacher in (ida, ivo):
            assert shown_of(await attempt_of(api, teacher, made["id"])) == _RIGHT


async def test_who_sees_attempts(
    api: Api, resources: Resources, ana: Person, sam: Person, ivo: Person, course: Teaching,
    quiz: Quiz,
) -> None:  # fmt: skip
    made = (await submit(api, ana, quiz, quiz.wrong)).ok()["attempt"]
    # He leads another cohort of the course.
    await make_cohort(resources, course, leader=ivo)
    for stranger in (ivo, sam):
        assert await attempt_of(api, stranger, made["id"]) is None
    document = """query ($id: ID!) { exercise(id: $id) { ... on QuizExercise {
        viewerAttempts { totalCount nodes { id } } viewerProgress { percent }
    } } }"""
    for who, expected, percent in ((ana, [made["id"]], {"percent": 0}), (sam, [], None)):
        found = (await api.execute(document, {"id": quiz.id}, as_=who)).ok()["exercise"]
        assert [each["id"] for each in found["viewerAttempts"]["nodes"]] == expected
        assert found["viewerProgress"] == percent


async def test_a_quiz_written_anew_keeps_the_points(
    api: Api, resources: Resources, ida: Person, ana: Person, quiz: Quiz
) -> None:
    made = (await submit(api, ana, quiz, quiz.right)).ok()["attempt"]
    change = {"id": quiz.id, "content": {"quiz": QUIZ}}
    (await api.mutate("exerciseUpdate", change, as_=ida)).ok()
    found = await attempt_of(api, ana, made["id"])
    assert (found["points"], found["maxPoints"], found["answers"]) == (6, 6, [])
    assert await count(resources, QuizAnswer) == 0


async def test_while_the_quiz_is_written_anew(
    api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
) -> None:
    """Answers are to the old questions, all of them, or refused."""
    quiz = await make_quiz(api, ida, course, attempts=100)
    change = {"id": quiz.id, "content": {"quiz": QUIZ | {"attempts": 100}}}
    made = await asyncio.gather(
        submit(api, ana, quiz, quiz.wrong),
        api.mutate("exerciseUpdate", change, as_=ida),
        submit(api, ana, quiz, quiz.wrong),
    )
    assert made[1].codes == []
    for payload in (made[0], made[2]):
        assert payload.codes in ([], ["INVALID_INPUT"] * 3)
    key = from_global("exe", quiz.id)
    rows = await read(resources, QuizAttempt, exercise_id=key)
    assert {(each.max_points, each.passed) for each in rows} <= {(6, False)}

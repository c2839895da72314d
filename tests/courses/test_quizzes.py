"""Tries at quizzes: started, answered, counted by the server."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.core.ids import new_id
from app.core.resources import Resources
from app.courses.models import QuestionKind, QuizAnswer, QuizAttempt, QuizQuestion
from app.courses.service import scoring
from app.courses.service.scoring import Given
from tests.client import Api
from tests.courses.learning import MATERIAL, add, change_exercise, count, make_cohort, read, told
from tests.courses.quizzes import (
    Quiz,
    be_late,
    make_quiz,
    nothing_is_there,
    score_of,
    start,
    submit,
)
from tests.factories import Person, Teaching


class TestScoring:
    @pytest.mark.parametrize(
        ("given", "right"),
        [
            ("Secret sugar", True),
            ("  sEcReT\t\n sugar ", True),
            ("zucker fu\u0308r die STRASSE", True),
            ("secretsugar", False),
            ("Secret sugar!", False),
            ("", False),
        ],
    )
    def test_a_text(self, given: str, right: bool) -> None:
        accepted = ["Secret sugar", "Zucker für die Straße"]
        question = QuizQuestion(
            exercise_id=new_id(),
            kind=QuestionKind.SHORT_TEXT,
            text="What is made?",
            position=0,
            accepted_answers=accepted,
        )
        assert scoring.is_right(question, (), Given(text=given)) is right

    @pytest.mark.parametrize(
        ("points", "most", "percent", "enough"),
        [(6, 10, 60, True), (59, 100, 60, False), (2, 3, 67, False), (0, 10, 0, True),
         (0, 0, 100, True), (1, 3, 33, True)],
    )  # fmt: skip
    def test_what_is_enough(self, points: int, most: int, percent: int, enough: bool) -> None:
        assert scoring.is_enough(points, most, percent) is enough


class TestSubmit:
    @pytest.mark.parametrize(
        ("given", "score"),
        [
            (([0], [0, 1], "secret sugar"), (6, 100, True, [True, True, True])),
            (([0], [1, 0], None), (5, 83, True, [True, True, False])),
            ((None, [0, 1], "SECRET SUGAR"), (4, 66, True, [False, True, True])),
            (([0], [0], "secret sugar"), (3, 50, False, [True, False, True])),
            (([0], [0, 1, 2], "secret sugar"), (3, 50, False, [True, False, True])),
            (([1], [2], "salt"), (0, 0, False, [False, False, False])),
            (([], [], ""), (0, 0, False, [False, False, False])),
            ((), (0, 0, False, [False, False, False])),
        ],
    )
    async def test_is_counted(
        self, api: Api, ana: Person, quiz: Quiz, given: tuple[Any, ...], score: tuple[Any, ...]
    ) -> None:
        payload = await submit(api, ana, quiz, quiz.answers(*given))
        assert score_of(payload) == (1, *score)
        assert payload.data["attempt"]["maxPoints"] == 6

    async def test_says_what_was_answered(self, api: Api, ana: Person, quiz: Quiz) -> None:
        payload = await submit(api, ana, quiz, quiz.answers([1], [0, 2], "Salz"))
        found = payload.ok()["attempt"]["answers"]
        assert [(each["question"]["text"], each["text"], each["points"]) for each in found] == [
            ("What is green?", None, 0),
            ("What goes in?", None, 0),
            ("What is made?", "Salz", 0),
        ]
        assert [[option["text"] for option in each["options"]] for each in found] == [
            ["Water"],
            ["Light", "Sugar"],
            [],
        ]

    async def test_completes_what_is_passed(
        self, api: Api, resources: Resources, ana: Person, quiz: Quiz
    ) -> None:
        (await submit(api, ana, quiz, quiz.wrong)).ok()
        assert await told(resources, ana) == []
        (await submit(api, ana, quiz, quiz.right)).ok()
        assert await told(resources, ana) == [
            "exercise.completed", "lesson.completed", "course.learned",
        ]  # fmt: skip
        done = {"exerciseId": quiz.id}
        (await api.mutate("exerciseComplete", done, as_=ana)).ok()

    async def test_what_makes_no_sense(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching, quiz: Quiz
    ) -> None:
        other = await make_quiz(api, ida, course)
        first, second, third = quiz.questions
        right = quiz.options[0][0]
        wrong: list[tuple[list[dict[str, Any]], list[list[str]]]] = [
            ([{"questionId": other.questions[0], "optionIds": []}], [["0", "questionId"]]),
            (
                [{"questionId": first, "optionIds": [other.options[0][0]]}],
                [["0", "optionIds", "0"]],
            ),
            # Of another question of the same quiz.
            (
                [{"questionId": first, "optionIds": [quiz.options[1][0]]}],
                [["0", "optionIds", "0"]],
            ),
            (
                [*quiz.answers([0]), {"questionId": first, "optionIds": [right]}],
                [["1", "questionId"]],
            ),
            ([{"questionId": first, "optionIds": quiz.options[0]}], [["0", "optionIds"]]),
            (
                [{"questionId": second, "optionIds": [quiz.options[1][0]] * 2}],
                [["0", "optionIds"]],
            ),
            ([{"questionId": first, "text": "Chlorophyll"}], [["0", "text"]]),
            (
                [{"questionId": first, "text": "x", "optionIds": [right]}],
                [["0", "text"]],
            ),
            ([{"questionId": first}], [["0", "optionIds"]]),
            ([{"questionId": third, "optionIds": []}], [["0", "optionIds"]]),
            ([{"questionId": third}], [["0", "text"]]),
            ([{"questionId": third, "text": "a\0b"}], [["0", "text"]]),
            ([{"questionId": third, "text": "x" * 2001}], [["0", "text"]]),
            # All of them at once.
            (
                [
                    {"questionId": first},
                    {"questionId": other.questions[1], "optionIds": []},
                    {"questionId": third},
                ],
                [["0", "optionIds"], ["1", "questionId"], ["2", "text"]],
            ),
        ]
        for answers, paths in wrong:
            payload = await submit(api, ana, quiz, answers)
            assert [(each["code"], each["field"]) for each in payload.errors] == [
                ("INVALID_INPUT", ["input", "answers", *path]) for path in paths
            ]
            assert payload.data["attempt"] is None
        await nothing_is_there(resources)

    async def test_of_what_is_no_quiz(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        text = Quiz(await add(api, ida, course, MATERIAL), [])
        for payload in (await submit(api, ana, text, []), await start(api, ana, text)):
            assert [(each["code"], each["field"]) for each in payload.errors] == [
                ("INVALID_INPUT", ["input", "exerciseId"])
            ]
        await nothing_is_there(resources)

    async def test_of_what_is_locked(
        self, api: Api, resources: Resources, ana: Person, course: Teaching, quiz: Quiz
    ) -> None:
        await make_cohort(resources, course, ana, unlocked=0)
        for payload in (await submit(api, ana, quiz, []), await start(api, ana, quiz)):
            assert payload.codes == ["NOT_FOUND"]
        await nothing_is_there(resources)


class TestAttempts:
    async def test_are_numbered_and_limited(
        self, api: Api, resources: Resources, ida: Person, ana: Person, course: Teaching
    ) -> None:
        quiz = await make_quiz(api, ida, course, attempts=4)
        (await submit(api, ana, quiz, quiz.wrong)).ok()
        made = await asyncio.gather(*[submit(api, ana, quiz, quiz.wrong) for _ in range(20)])
        codes = sorted(each.codes for each in made)
        assert codes == [[]] * 3 + [["NO_ATTEMPTS_LEFT"]] * 17
        rows = await read(resources, QuizAttempt, user_id=ana.key)
        assert [each.number for each in rows] == [1, 2, 3, 4]
        assert await count(resources, QuizAnswer) == 12

    async def test_are_everybodys_own(
        self, api: Api, ida: Person, ana: Person, course: Teaching, sam: Person
    ) -> None:
        quiz = await make_quiz(api, ida, course, attempts=1)
        (await submit(api, ana, quiz, quiz.wrong)).ok()
        assert score_of(await submit(api, sam, quiz, quiz.right))[0] == 1

    async def test_end_with_passing(
        self, api: Api, resources: Resources, ana: Person, quiz: Quiz
    ) -> None:
        made = await asyncio.gather(*[submit(api, ana, quiz, quiz.right) for _ in range(5)])
        assert sorted(each.codes for each in made) == [[]] + [["QUIZ_PASSED"]] * 4
        assert (await start(api, ana, quiz)).codes == ["QUIZ_PASSED"]
        assert await count(resources, QuizAttempt) == 1
        assert len(await told(resources, ana)) == 3

    async def test_without_end(self, api: Api, ida: Person, ana: Person, course: Teaching) -> None:
        quiz = await make_quiz(api, ida, course, attempts=None)
        numbers = [score_of(await submit(api, ana, quiz, quiz.wrong))[0] for _ in range(5)]
        assert numbers == [1, 2, 3, 4, 5]


class TestTimeLimit:
    @pytest.fixture
    async def timed(self, api: Api, ida: Person, course: Teaching) -> Quiz:
        return await make_quiz(api, ida, course, attempts=2, timeLimitSeconds=60)

    async def test_needs_a_start(
        self, api: Api, resources: Resources, ana: Person, timed: Quiz
    ) -> None:
        assert (await submit(api, ana, timed, timed.right)).codes == ["QUIZ_NOT_STARTED"]
        await nothing_is_there(resources)
        begun = (await start(api, ana, timed)).ok()["attempt"]
        [row] = await read(resources, QuizAttempt)
        assert row.due_at - row.created_at == pytest.approx(
            timedelta(seconds=60), abs=timedelta(seconds=1)
        )
        assert (begun["number"], begun["submittedAt"], begun["answers"]) == (1, None, [])
        assert (begun["points"], begun["percent"], begun["passed"]) == (0, 0, False)
        assert score_of(await submit(api, ana, timed, timed.right))[:3] == (1, 6, 100)

    async def test_a_start_counts_once_however_often_it_is_clicked(
        self, api: Api, resources: Resources, ana: Person, timed: Quiz
    ) -> None:
        made = await asyncio.gather(*[start(api, ana, timed) for _ in range(10)])
        assert len({each.ok()["attempt"]["id"] for each in made}) == 1
        assert await count(resources, QuizAttempt) == 1

    async def test_answers_that_come_late(
        self, api: Api, resources: Resources, ana: Person, timed: Quiz
    ) -> None:
        (await start(api, ana, timed)).ok()
        await be_late(resources)
        assert (await submit(api, ana, timed, timed.right)).codes == ["QUIZ_TIME_OVER"]
        assert await count(resources, QuizAnswer) == 0
        # It counts: one more, and no other.
        assert (await start(api, ana, timed)).ok()["attempt"]["number"] == 2
        await be_late(resources)
        assert (await start(api, ana, timed)).codes == ["NO_ATTEMPTS_LEFT"]
        assert await told(resources, ana) == []

    async def test_after_all_attempts(self, api: Api, ana: Person, timed: Quiz) -> None:
        for _ in range(2):
            (await start(api, ana, timed)).ok()
            (await submit(api, ana, timed, timed.wrong)).ok()
        assert (await submit(api, ana, timed, timed.wrong)).codes == ["NO_ATTEMPTS_LEFT"]

    async def test_a_longer_limit_is_for_later_attempts(
        self, api: Api, resources: Resources, ana: Person, timed: Quiz
    ) -> None:
        (await start(api, ana, timed)).ok()
        [before] = await read(resources, QuizAttempt)
        await change_exercise(resources, timed.id, time_limit_seconds=6000)
        (await start(api, ana, timed)).ok()
        assert (await read(resources, QuizAttempt))[0].due_at == before.due_at

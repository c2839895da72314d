"""Exercises of five kinds: written whole, read by learners without what gives them away."""

from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.ids import from_global, to_global
from app.core.resources import Resources
from app.courses.models import CodingTest, Exercise, Lesson, QuizOption, QuizQuestion
from tests.client import Api
from tests.courses.authoring import ASSIGNMENT, CODING, CONTENTS, QUIZ, VIDEO, WHOLE, add_exercise
from tests.factories import Person, Teaching, make_course, make_person

KINDS = ["video", "material", "quiz", "assignment", "coding"]


@pytest.fixture
async def course(resources: Resources, ida: Person) -> Teaching:
    return await make_course(resources, ida, description="About leaves.")


def _lesson(course: Teaching) -> str:
    return to_global("les", course.lessons[0].id)


async def _count(resources: Resources, table: type[Any]) -> int:
    async with resources.database.read() as reading:
        return await reading.value(select(func.count()).select_from(table))


class TestCreate:
    async def test_of_each_kind(self, api: Api, ida: Person, course: Teaching) -> None:
        made = {}
        for kind in KINDS:
            payload = await add_exercise(
                api, ida, _lesson(course), CONTENTS[kind], title=kind, estimatedMinutes=5
            )
            made[kind] = payload.ok()["exercise"]
            # What the payload says is what a query says.
            answer = await api.execute(
                f"query ($id: ID!) {{ exercise(id: $id) {{ {WHOLE} }} }}",
                {"id": made[kind]["id"]},
                as_=ida,
            )
            assert answer.ok()["exercise"] == made[kind]
        assert [each["__typename"] for each in made.values()] == [
            f"{kind.capitalize()}Exercise" for kind in KINDS
        ]
        assert [each["position"] for each in made.values()] == [0, 1, 2, 3, 4]
        assert made["coding"]["lesson"] == {"id": _lesson(course), "estimatedMinutes": 25}
        assert made["video"] | {"id": "", "lesson": None} == {
            "__typename": "VideoExercise",
            "id": "",
            "kind": "VIDEO",
            "title": "video",
            "description": None,
            "position": 0,
            "estimatedMinutes": 5,
            "lesson": None,
            "url": "https://example.org/leaf.mp4",
            "captionsUrl": None,
            "durationSeconds": 300,
            "requiredPercent": 90,
        }
        quiz = made["quiz"]
        assert (quiz["maxPoints"], quiz["attempts"], quiz["passingPercent"]) == (3, 3, 60)
        first, second = quiz["questions"]
        assert [(each["text"], each["correct"]) for each in first["options"]] == [
            ("Chlorophyll", True),
            ("Water", False),
        ]
        assert (first["acceptedAnswers"], first["explanation"]) == ([], "A secret reason.")
        assert (second["options"], second["acceptedAnswers"]) == (
            [],
            ["Secret sugar", "Glucose"],
        )
        assert made["assignment"]["accepts"] == ["LINK", "TEXT"]
        assert made["assignment"]["modelAnswer"] == "A secret leaf."
        coding = made["coding"]
        assert (coding["maxPoints"], coding["runLimitSeconds"], coding["mode"]) == (
            30,
            30,
            "CHALLENGE",
        )
        assert [(each["name"], each["hidden"]) for each in coding["tests"]] == [
            ("Basic", False),
            ("Secret test", True),
        ]
        assert coding["solutionCode"].endswith("# secret")

    @pytest.mark.parametrize(
        ("content", "path"),
        [
            ({"video": {"url": "ftp://example.org/x", "durationSeconds": 1}}, "video.url"),
            (
                {"video": {"url": "https://example.org", "durationSeconds": 0}},
                "video.durationSeconds",
            ),
            ({"material": {"body": "a\0b"}}, "material.body"),
            ({"assignment": {"instructions": "x", "accepts": []}}, "assignment.accepts"),
            ({"quiz": {"attempts": 0}}, "quiz.attempts"),
            (
                {"coding": {"instructions": "x", "packages": ["os; rm"]}},
                "coding.packages.0",
            ),
            ({"coding": {"instructions": "x", "mode": "PLAYGROUND"}}, "coding"),
            (
                {
                    "quiz": {
                        "questions": [
                            {"kind": "SINGLE_CHOICE", "text": "?", "options": [{"text": "One"}]}
                        ]
                    }
                },
                "quiz.questions.0",
            ),
            (
                {
                    "quiz": {
                        "questions": [
                            {
                                "kind": "SINGLE_CHOICE",
                                "text": "?",
                                "options": [
                                    {"text": "One", "correct": True},
                                    {"text": "Two", "correct": True},
                                ],
                            }
                        ]
                    }
                },
                "quiz.questions.0",
            ),
            (
                {
                    "quiz": {
                        "questions": [
                            {
                                "kind": "MULTIPLE_CHOICE",
                                "text": "?",
                                "options": [{"text": "One"}, {"text": "Two"}],
                            }
                        ]
                    }
                },
                "quiz.questions.0",
            ),
            ({"quiz": {"questions": [{"kind": "SHORT_TEXT", "text": "?"}]}}, "quiz.questions.0"),
        ],
    )
    async def test_what_makes_no_sense(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        course: Teaching,
        content: dict[str, Any],
        path: str,
    ) -> None:
        payload = await add_exercise(api, ida, _lesson(course), content)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"] == ["input", "content", *path.split(".")]
        assert payload.data["exercise"] is None
        assert await _count(resources, Exercise) == 0

    @pytest.mark.parametrize("content", [{}, VIDEO | ASSIGNMENT, {"video": None}])
    async def test_none_or_two_of_the_five(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        course: Teaching,
        content: dict[str, Any],
    ) -> None:
        answer = await api.execute(
            "mutation ($input: ExerciseCreateInput!) { exerciseCreate(input: $input)"
            " { errors { code } } }",
            {"input": {"lessonId": _lesson(course), "title": "x", "content": content}},
            as_=ida,
        )
        assert answer.codes == ["BAD_USER_INPUT"]
        assert await _count(resources, Exercise) == 0


class TestUpdate:
    async def test_what_is_given(self, api: Api, ida: Person, course: Teaching) -> None:
        made = (await add_exercise(api, ida, _lesson(course), QUIZ)).ok()["exercise"]
        payload = await api.mutate(
            "exerciseUpdate",
            {"id": made["id"], "title": "New", "estimatedMinutes": 7},
            f"exercise {{ {WHOLE} }}",
            as_=ida,
        )
        changed = payload.ok()["exercise"]
        assert (changed["title"], changed["lesson"]["estimatedMinutes"]) == ("New", 7)
        assert changed["questions"] == made["questions"]

    async def test_content_replaces_all_of_it(
        self, api: Api, resources: Resources, ida: Person, course: Teaching
    ) -> None:
        made = (await add_exercise(api, ida, _lesson(course), QUIZ)).ok()["exercise"]
        question = {"kind": "SHORT_TEXT", "text": "Why?", "acceptedAnswers": ["Light"]}
        payload = await api.mutate(
            "exerciseUpdate",
            {"id": made["id"], "content": {"quiz": {"questions": [question]}}},
            f"exercise {{ {WHOLE} }}",
            as_=ida,
        )
        changed = payload.ok()["exercise"]
        assert (changed["attempts"], changed["maxPoints"]) == (None, 1)
        assert [each["text"] for each in changed["questions"]] == ["Why?"]
        assert await _count(resources, QuizQuestion) == 1
        assert await _count(resources, QuizOption) == 0

    async def test_it_stays_of_its_kind(
        self, api: Api, resources: Resources, ida: Person, course: Teaching
    ) -> None:
        made = (await add_exercise(api, ida, _lesson(course), QUIZ)).ok()["exercise"]
        payload = await api.mutate(
            "exerciseUpdate", {"id": made["id"], "title": "x", "content": VIDEO}, as_=ida
        )
        assert payload.codes == ["EXERCISE_KIND_FIXED"]
        assert await _count(resources, QuizQuestion) == 2
        async with resources.database.read() as reading:
            assert await reading.all(select(Exercise.title)) == ["Exercise"]


class TestDelete:
    async def test_the_others_move_up(
        self, api: Api, resources: Resources, ida: Person, course: Teaching
    ) -> None:
        ids = [
            (
                await add_exercise(
                    api, ida, _lesson(course), CODING, title=title, estimatedMinutes=10
                )
            ).ok()["exercise"]["id"]
            for title in "abc"
        ]
        payload = await api.mutate("exerciseDelete", {"id": ids[0]}, "deletedId", as_=ida)
        assert payload.ok()["deletedId"] == ids[0]
        async with resources.database.read() as reading:
            rows = await reading.rows(
                select(Exercise.title, Exercise.position).order_by(col(Exercise.position))
            )
            minutes = await reading.all(select(Lesson.estimated_minutes))
        assert [tuple(row) for row in rows] == [("b", 0), ("c", 1)]
        assert minutes == [20]
        assert await _count(resources, CodingTest) == 4


class TestSecrets:
    """Whatever gives an exercise away is for those who teach, whichever way it is reached."""

    async def _everything(self, api: Api, person: Person, course: Teaching, ids: list[str]) -> str:
        """All that somebody can read of exercises, as text."""
        below = f"exercises(first: 20) {{ nodes {{ {WHOLE} }} }}"
        edges = f"exercises(last: 5) {{ edges {{ node {{ {WHOLE} }} }} }}"
        lessons = (
            f"sections(first: 1) {{ nodes {{ lessons(first: 1) {{ nodes {{ {edges} }} }} }} }}"
        )
        every_id = f"id ... on Exercise {{ {WHOLE} }}"
        every_id += " ... on QuizQuestion { text acceptedAnswers explanation }"
        every_id += " ... on QuizOption { text correct }"
        every_id += " ... on CodingTest { name input expectedOutput }"
        asked = [
            (f"query ($id: ID!) {{ lesson(id: $id) {{ {below} }} }}", {"id": _lesson(course)}),
            (
                f"query ($id: ID!) {{ course(id: $id) {{ {lessons} }} }}",
                {"id": course.id},
            ),
            (
                f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {every_id} }} }}",
                {"ids": ids},
            ),
        ]
        asked += [
            (f"query ($id: ID!) {{ exercise(id: $id) {{ {WHOLE} }} }}", {"id": each})
            for each in ids
            if each.startswith("exe_")
        ]
        found = [await api.execute(*each, as_=person) for each in asked]
        assert not any(each.errors for each in found), [each.errors for each in found]
        return "\n".join(each.response.text for each in found)

    async def _fill(self, api: Api, resources: Resources, ida: Person, course: Teaching) -> Any:
        for kind in KINDS:
            (await add_exercise(api, ida, _lesson(course), CONTENTS[kind])).ok()
        ids = []
        async with resources.database.read() as reading:
            for prefix, table in (
                ("exe", Exercise),
                ("qst", QuizQuestion),
                ("opt", QuizOption),
                ("tst", CodingTest),
            ):
                ids += [to_global(prefix, key) for key in await reading.all(select(table.id))]
        return ids

    async def test_for_who_learns(
        self,
        api: Api,
        resources: Resources,
        ida: Person,
        ana: Person,
        ivo: Person,
        course: Teaching,
    ) -> None:
        ids = await self._fill(api, resources, ida, course)
        for person in (ana, ivo, await make_person(resources, role="moderator")):
            text = await self._everything(api, person, course, ids)
            assert "Chlorophyll" in text
            assert "solve(5, 3)" in text
            assert "secret" not in text.lower()
            assert "solve(7, 6)" not in text
            assert '"correct":true' not in text
            assert '"correct":false' not in text

    async def test_for_who_teaches(
        self, api: Api, resources: Resources, ida: Person, sam: Person, course: Teaching
    ) -> None:
        ids = await self._fill(api, resources, ida, course)
        for person in (ida, sam):
            text = await self._everything(api, person, course, ids)
            for secret in ("A secret leaf", "A secret reason", "Secret sugar", "solve(7, 6)"):
                assert secret in text
            assert "# secret" in text
            assert '"correct":true' in text

    async def test_nobody_reads_an_exercise_without_signing_in(
        self, api: Api, resources: Resources, ida: Person, course: Teaching
    ) -> None:
        await self._fill(api, resources, ida, course)
        answer = await api.execute(
            "query ($id: ID!) { lesson(id: $id) { title exercises { totalCount nodes { id } } } }",
            {"id": _lesson(course)},
        )
        assert answer.ok()["lesson"] == {
            "title": "Lesson 0.0",
            "exercises": {"totalCount": 0, "nodes": []},
        }

    async def test_a_hidden_test_counts_for_its_points_alone(
        self, api: Api, ida: Person, ana: Person, course: Teaching
    ) -> None:
        made = (await add_exercise(api, ida, _lesson(course), CODING)).ok()["exercise"]
        answer = await api.execute(
            "query ($id: ID!) { exercise(id: $id) { ... on CodingExercise"
            " { maxPoints solutionCode tests { name } } } }",
            {"id": made["id"]},
            as_=ana,
        )
        assert answer.ok()["exercise"] == {
            "maxPoints": 30,
            "solutionCode": None,
            "tests": [{"name": "Basic"}],
        }
        hidden = made["tests"][1]["id"]
        answer = await api.execute(
            "query ($id: ID!) { node(id: $id) { id } }", {"id": hidden}, as_=ana
        )
        assert answer.ok() == {"node": None}

    async def test_what_a_learner_is_refused_says_nothing(
        self, api: Api, resources: Resources, ida: Person, ivo: Person, course: Teaching
    ) -> None:
        made = (await add_exercise(api, ida, _lesson(course), QUIZ)).ok()["exercise"]
        payload = await api.mutate(
            "exerciseUpdate",
            {"id": made["id"], "content": {"quiz": {}}},
            f"exercise {{ {WHOLE} }}",
            as_=ivo,
        )
        assert payload.codes == ["NOT_TEACHER"]
        assert payload.data["exercise"] is None
        async with resources.database.read() as reading:
            key = from_global("exe", made["id"])
            questions = await reading.all(
                select(QuizQuestion.id).where(QuizQuestion.exercise_id == key)
            )
        assert len(questions) == 2

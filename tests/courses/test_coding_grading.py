"""How programs that were handed in are graded, and what their authors write."""

import ast
import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.resources import Resources
from app.courses.models import (
    CodingCompletion,
    CodingFailure,
    CodingSubmission,
    CodingTest,
    CourseStatus,
)
from app.courses.models import CodingSubmissionStatus as Status
from app.courses.packages import MODULES
from app.courses.service import coding
from app.courses.service.coding import CUT, Ending, cut
from tests.client import Api
from tests.courses.authoring import CODING, add_exercise
from tests.courses.coding import (
    SOLVE,
    Coding,
    grade,
    key_of,
    make_coding,
    programs,
    read_submission,
    results,
    run,
    submit,
)
from tests.factories import Person, empty_outbox, make_course, waiting_events, writing


@pytest.mark.usefixtures("impatient")
class TestGrading:
    async def _submitted(self, api: Api, person: Person, challenge: Coding) -> dict[str, Any]:
        found: dict[str, Any] = (await submit(api, person, challenge, SOLVE)).ok()["submission"]
        return found

    async def test_once_though_done_twice(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        key = key_of(await self._submitted(api, ana, challenge))
        async with resources.begin() as uow:
            assert await coding.begin(uow, key) is not None
        await empty_outbox(resources)
        await grade(resources, key, True, True, True)
        async with resources.begin() as uow:
            await coding.finish(uow, key, Ending("late", "", 1.0), [])
            assert await coding.begin(uow, key) is None
            await coding.give_up(uow, key)
        [kept] = await programs(resources)
        assert (kept.output, kept.score, kept.max_score, kept.passed) == ("printed", 35, 35, True)
        assert (len(await results(resources)), kept.tries) == (3, 2)
        assert await waiting_events(resources) == [
            "exercise.completed", "lesson.completed", "course.learned", "code.graded",
        ]  # fmt: skip

    async def test_two_workers_at_the_same_moment(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        key = key_of(await self._submitted(api, ana, challenge))
        await empty_outbox(resources)
        async with resources.begin() as uow:
            assert await coding.begin(uow, key) is not None

        async def finish(output: str) -> None:
            async with resources.begin() as uow:
                await coding.finish(uow, key, Ending(output, "", 1.0), [])

        await asyncio.gather(*[finish(str(number)) for number in range(5)])
        assert await waiting_events(resources) == ["code.graded"]

    async def test_not_for_ever(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        key = key_of(await self._submitted(api, ana, challenge))
        for expected in (True, True, True, False):
            async with resources.begin() as uow:
                assert (await coding.begin(uow, key) is not None) == expected
        [kept] = await programs(resources)
        assert (kept.status, kept.failure) == (Status.FAILED, CodingFailure.NOT_RUN)
        assert (kept.passed, kept.score, kept.tries) == (False, None, 3)

    async def test_forgotten_ones_are_given_up(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        old, new = [key_of(await self._submitted(api, ana, challenge)) for _ in range(2)]
        async with writing(resources) as session:
            await session.execute(
                update(CodingSubmission)
                .where(col(CodingSubmission.id) == old)
                .values(created_at=now() - timedelta(minutes=31))
            )
        await coding.give_up_forgotten(resources)
        assert {each.id: each.status for each in await programs(resources)} == {
            old: Status.FAILED,
            new: Status.QUEUED,
        }

    async def test_a_run_has_the_open_tests_and_no_score(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        found = (await run(api, ana, challenge, SOLVE)).ok()["submission"]
        await grade(resources, key_of(found), True, False)
        [kept] = await programs(resources)
        assert (kept.attempt, kept.score, kept.max_score, kept.passed) == (None,) * 4
        assert {(each.name, each.hidden) for each in await results(resources)} == {
            ("Basic", False),
            ("Zero", False),
        }

    async def test_hidden_tests_are_run_last(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        """So that how long they take doesn't show in others' results."""
        key = key_of(await self._submitted(api, ana, challenge))
        async with resources.begin() as uow:
            brief = await coding.begin(uow, key)
        assert brief is not None
        assert [each.name for each in brief.tests] == ["Basic", "Zero", "Secret"]
        assert brief.limit_s == 2

    async def test_other_tests_meanwhile(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        found = await self._submitted(api, ana, challenge)
        key = key_of(found)
        async with resources.begin() as uow:
            brief = await coding.begin(uow, key)
        assert brief is not None
        async with writing(resources) as session:
            for test in await session.all(select(CodingTest)):
                await session.delete(test)
        ends = [
            coding.TestEnding(each, True, each.expected_output, Ending("", "", 0.1))
            for each in brief.tests
        ]
        async with resources.begin() as uow:
            await coding.finish(uow, key, Ending("", "", 0.1), ends)
        seen = await read_submission(api, ana, found["id"])
        assert seen is not None
        assert [(each["name"], each["test"]) for each in seen["results"]] == [
            ("Basic", None),
            (None, None),
            ("Zero", None),
        ]

    async def test_long_output(
        self, api: Api, resources: Resources, ana: Person, challenge: Coding
    ) -> None:
        found = await self._submitted(api, ana, challenge)
        text = "\N{SNOWMAN}" * 65_536
        ending = Ending(text, text, 0.1, CodingFailure.TOO_MUCH_OUTPUT)
        await grade(resources, key_of(found), True, True, True, ending=ending)
        [kept] = await programs(resources)
        for each in (kept.output, kept.error):
            assert len(each.encode()) <= coding.LONGEST_TEXT
            assert each.endswith(CUT)

    @pytest.mark.parametrize(
        ("completion", "ending", "passed", "done"),
        [
            (CodingCompletion.ALL_TESTS_PASS, None, True, True),
            (CodingCompletion.ALL_TESTS_PASS, None, False, False),
            (CodingCompletion.RUN_ONCE, None, False, True),
            (CodingCompletion.RUN_ONCE, CodingFailure.TIMED_OUT, False, False),
        ],
    )
    async def test_what_completes_the_exercise(
        self,
        api: Api,
        resources: Resources,
        ana: Person,
        ida: Person,
        completion: CodingCompletion,
        ending: CodingFailure | None,
        passed: bool,
        done: bool,
    ) -> None:
        exercise = await make_coding(resources, ida, completion=completion)
        found = await self._submitted(api, ana, exercise)
        end = Ending("", "", 0.1, ending)
        await grade(resources, key_of(found), True, True, passed, ending=end)
        [kept] = await programs(resources)
        assert coding.completes(exercise.row, kept) == done

    async def test_without_tests_nothing_is_passed(
        self, api: Api, resources: Resources, ana: Person, ida: Person
    ) -> None:
        exercise = await make_coding(resources, ida, tests=())
        await grade(resources, key_of(await self._submitted(api, ana, exercise)))
        [kept] = await programs(resources)
        assert (kept.score, kept.max_score, kept.passed) == (0, 0, False)


@pytest.mark.usefixtures("impatient")
class TestAuthoring:
    async def test_what_was_worked_on_is_not_deleted(
        self, api: Api, resources: Resources, ana: Person, ida: Person, challenge: Coding
    ) -> None:
        other = await make_coding(resources, ida, course=challenge.course)
        # Trying it oneself is no work of learners.
        (await run(api, ida, challenge, SOLVE)).ok()
        (await run(api, ida, other, SOLVE)).ok()
        (await run(api, ana, challenge, SOLVE)).ok()
        before = len(await programs(resources))
        ways = {
            "exerciseDelete": challenge.id,
            "lessonDelete": f"les_{challenge.course.lessons[0].id}",
            "sectionDelete": f"sec_{challenge.course.sections[0].id}",
        }
        for name, id in ways.items():
            assert (await api.mutate(name, {"id": id}, as_=ida)).codes == ["COURSE_IN_USE"], name
        assert len(await programs(resources)) == before == 3
        (await api.mutate("exerciseDelete", {"id": other.id}, as_=ida)).ok()

    async def test_packages_that_there_are(self, api: Api, resources: Resources, ida: Person):
        course = await make_course(resources, ida, status=CourseStatus.DRAFT)
        lesson = f"les_{course.lessons[0].id}"

        async def codes(*packages: str) -> list[str]:
            content = {"coding": CODING["coding"] | {"packages": list(packages)}}
            return (await add_exercise(api, ida, lesson, content)).codes

        assert await codes("math", "random", "json") == []
        for missing in ("numpy", "turtle", "asyncio", "Math"):
            assert await codes("math", missing) == ["INVALID_INPUT"], missing

    def test_packages_are_those_of_the_interpreter(self) -> None:
        guest = Path(__file__).parents[2] / "workers" / "sandbox" / "guest" / "guest.py"
        [built] = [
            node.value
            for node in ast.parse(guest.read_text()).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_MODULES"
        ]
        assert isinstance(built, ast.Call)
        assert isinstance(built.func, ast.Attribute)
        names = ast.literal_eval(built.func.value).split()
        top = {name.partition(".")[0] for name in names}
        assert {name for name in top if not name.startswith("_")} - {"builtins"} == MODULES


class TestCut:
    def test_what_fits_stays(self) -> None:
        assert cut("abc", 3, marked=False) == "abc"

    @pytest.mark.parametrize("text", ["x" * 100, "\N{SNOWMAN}" * 40, "short"])
    def test_what_is_left_out_is_said(self, text: str) -> None:
        short = cut(text, 50, marked=True)
        assert short.endswith(CUT)
        assert len(short.encode()) <= 50
        assert text.startswith(short.removesuffix(CUT))

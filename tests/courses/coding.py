"""Coding exercises in an open course, and what learners ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.core.ids import from_global, to_global
from app.core.resources import Resources
from app.courses.models import (
    CodingCompletion,
    CodingLanguage,
    CodingMode,
    CodingOutput,
    CodingSubmission,
    CodingTest,
    CodingTestResult,
    Exercise,
    ExerciseKind,
)
from app.courses.service import coding
from app.courses.service.coding import Ending, TestEnding
from tests.client import Api, Data, Payload
from tests.factories import Person, Teaching, make_course, writing

SOLVE = "def solve(a, b):\n    return a * b"
# Name, input, what is expected, whether it is hidden, points.
TESTS = (
    ("Basic", "solve(5, 3)", "15", False, 10),
    ("Secret", "solve(7000, 6000)", "42000000", True, 20),
    ("Zero", "solve(0, 3)", "0", False, 5),
)
WHOLE = """submission {
    id kind status failure code input output error attempt score maxScore passed claimedPassed
    results {
        position hidden points passed name actual error failure
        test { input expectedOutput }
    }
    exercise { id } user { id }
}"""


@dataclass(frozen=True)
class Coding:
    """An exercise of a course."""

    course: Teaching
    row: Exercise
    tests: Sequence[CodingTest]

    @property
    def id(self) -> str:
        """The global id."""
        return to_global("exe", self.row.id)


async def make_coding(
    resources: Resources,
    instructor: Person,
    *,
    course: Teaching | None = None,
    tests: Sequence[tuple[str, str, str, bool, int]] = TESTS,
    **values: Any,
) -> Coding:
    """A challenge in a course that is open to everybody, unless another is given."""
    course = course or await make_course(resources, instructor, description="Programs.")
    given: dict[str, Any] = {
        "mode": CodingMode.CHALLENGE,
        "completion": CodingCompletion.ALL_TESTS_PASS,
        "run_limit_seconds": 2,
        **values,
    }
    async with writing(resources) as session:
        lesson = course.lessons[0].id
        there = await session.all(select(Exercise.id).where(Exercise.lesson_id == lesson))
        exercise = Exercise(
            lesson_id=lesson,
            kind=ExerciseKind.CODING,
            title="Multiply",
            position=len(there),
            instructions="Multiply.",
            language=CodingLanguage.PYTHON,
            starter_code="",
            packages=[],
            hints=[],
            output=CodingOutput.CONSOLE,
            **given,
        )
        session.add(exercise)
        await session.flush()
        made = [
            CodingTest(
                exercise_id=exercise.id,
                name=name,
                input=input,
                expected_output=expected,
                hidden=hidden,
                points=points,
                position=position,
            )
            for position, (name, input, expected, hidden, points) in enumerate(tests)
        ]
        session.add(*made)
    return Coding(course, exercise, made)


async def run(api: Api, person: Person, exercise: Coding, code: str, **more: Any) -> Payload:
    """Run a program."""
    given = {"exerciseId": exercise.id, "code": code, **more}
    return await api.mutate("codingRun", given, WHOLE, as_=person)


async def submit(api: Api, person: Person, exercise: Coding, code: str, **more: Any) -> Payload:
    """Hand a program in."""
    given = {"exerciseId": exercise.id, "code": code, **more}
    return await api.mutate("codingSubmit", given, WHOLE, as_=person)


def key_of(submission: Data) -> UUID:
    """The key of a program."""
    return from_global("csb", submission["id"])


async def programs(resources: Resources) -> list[CodingSubmission]:
    """All that were ever given, the oldest first."""
    async with resources.database.read() as session:
        return await session.all(select(CodingSubmission).order_by(col(CodingSubmission.id)))


async def results(resources: Resources) -> list[CodingTestResult]:
    """How the tests of all of them ended."""
    async with resources.database.read() as session:
        return await session.all(select(CodingTestResult))


async def grade(
    resources: Resources, key: UUID, *passed: bool, ending: Ending | None = None
) -> None:
    """What a worker does to a program; so many of its tests pass, in the order of the brief."""
    async with resources.begin() as uow:
        brief = await coding.begin(uow, key)
    assert brief is not None
    tests = [
        TestEnding(test, each, "out", Ending("out", f"oops {test.input}", 0.01))
        for test, each in zip(brief.tests, passed, strict=True)
    ]
    async with resources.begin() as uow:
        await coding.finish(uow, key, ending or Ending("printed", "", 0.02), tests)


_READ = """query ($id: ID!) { node(id: $id) { ... on CodingSubmission {
    code score results { passed hidden name actual error failure seconds points test { input } }
} } }"""


async def read_submission(api: Api, person: Person, id: str) -> dict[str, Any] | None:
    """What somebody sees of a program; None for nothing."""
    found: dict[str, Any] | None = (await api.execute(_READ, {"id": id}, as_=person)).ok()["node"]
    return found

"""Programs that learners run and hand in.

A request puts a program into the queue, a worker takes it (`begin`), runs it outside of any
transaction, and says what came of it (`finish`). Only what the worker says is scored.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from app.core.clock import now
from app.core.errors import NotFound
from app.core.events import Envelope
from app.core.realtime.hub import Gap
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.coding_states import CodingStep, after, allows
from app.courses.errors import CodingQueueFull, NotCoding, PlaygroundNotScored
from app.courses.events import CodeGraded, GradeCode, learning_stream
from app.courses.models import (
    CodingCompletion,
    CodingFailure,
    CodingMode,
    CodingSubmission,
    CodingSubmissionKind,
    CodingSubmissionStatus,
    CodingTest,
    CodingTestResult,
    Exercise,
    ExerciseKind,
)
from app.courses.service import progress
from app.courses.store import coding as store
from app.courses.store import progress as progress_store

# Bytes of UTF-8.
LONGEST_TEXT: Final = 64 * 1024
# What is kept of what a single test printed.
LONGEST_RESULT: Final = 16 * 1024
CUT: Final = "\n[cut here: there was more]\n"
MOST_WAITING: Final = 2
MOST_TRIES: Final = 3
# How long a request waits for what comes of its program.
PATIENCE_S: Final = 10.0
# Nobody waits for a program any more that has waited so long.
_FORGOTTEN = timedelta(minutes=30)
_BATCH = 100


def _short(value: str) -> str:
    if "\0" in value:
        raise ValueError("A text can't have the character U+0000.")
    if len(value.encode()) > LONGEST_TEXT:
        raise ValueError(f"At most {LONGEST_TEXT // 1024} kB.")
    return value


Program = Annotated[str, AfterValidator(_short)]


class RunData(BaseModel):
    """A program to run, and what it reads."""

    code: Program
    input: Program = ""


class SubmissionData(BaseModel):
    """A program to score; `claimed_passed` is what the browser says of it."""

    code: Program
    claimed_passed: bool | None = None


@dataclass(frozen=True)
class Brief:
    """What a worker has to run: a program, and tests of it in the order in which they are run.

    All of them together have so many seconds of CPU time.
    """

    code: str
    input: str
    limit_s: int
    tests: Sequence[CodingTest]


@dataclass(frozen=True)
class Ending:
    """How a program ended: `failure` is None for one that came to its end."""

    output: str
    error: str
    seconds: float
    failure: CodingFailure | None = None


@dataclass(frozen=True)
class TestEnding:
    """How a test ended, and what came out instead of what was expected."""

    test: CodingTest
    passed: bool
    actual: str
    ending: Ending


async def run(
    uow: UnitOfWork, viewer: Viewer, exercise_id: UUID, data: RunData
) -> CodingSubmission:
    """Put a program into the queue, to be run without a score."""
    exercise = await _open(uow, viewer, exercise_id)
    return await _queue(
        uow, viewer, exercise, CodingSubmissionKind.RUN, code=data.code, input=data.input
    )


async def submit(
    uow: UnitOfWork, viewer: Viewer, exercise_id: UUID, data: SubmissionData
) -> CodingSubmission:
    """Put a program into the queue, to be scored. Attempts are numbered from 1 on."""
    exercise = await _open(uow, viewer, exercise_id)
    if exercise.mode is CodingMode.PLAYGROUND:
        raise PlaygroundNotScored(field=("input", "exerciseId"))
    return await _queue(
        uow,
        viewer,
        exercise,
        CodingSubmissionKind.SUBMISSION,
        code=data.code,
        claimed_passed=data.claimed_passed,
    )


async def _open(uow: UnitOfWork, viewer: Viewer, exercise_id: UUID) -> Exercise:
    exercise = await store.visible_exercise(uow.session, viewer, exercise_id)
    if exercise is None:
        raise NotFound(field=("input", "exerciseId"))
    if exercise.kind is not ExerciseKind.CODING:
        raise NotCoding(field=("input", "exerciseId"))
    return exercise


async def _queue(
    uow: UnitOfWork,
    viewer: Viewer,
    exercise: Exercise,
    kind: CodingSubmissionKind,
    *,
    code: str,
    input: str = "",
    claimed_passed: bool | None = None,
) -> CodingSubmission:
    await store.hold_programs(uow.session, viewer.user_id)
    if await store.waiting(uow.session, viewer.user_id) >= MOST_WAITING:
        raise CodingQueueFull
    attempt = None
    if kind is CodingSubmissionKind.SUBMISSION:
        attempt = 1 + await store.last_attempt(uow.session, viewer.user_id, exercise.id)
    submission = CodingSubmission(
        user_id=viewer.user_id,
        exercise_id=exercise.id,
        kind=kind,
        code=code,
        input=input,
        attempt=attempt,
        claimed_passed=claimed_passed,
    )
    uow.session.add(submission)
    uow.enqueue(GradeCode(submission_id=submission.id))
    return submission


async def wait(resources: Resources, viewer: Viewer, submission_id: UUID) -> None:
    """Return once a program has ended, or after `PATIENCE_S`. Nothing is held meanwhile."""
    heard = asyncio.Event()

    def hear(item: Envelope | Gap) -> None:
        told = isinstance(item, Gap) or item.data.get("submission_id") == str(submission_id)
        if told:
            heard.set()

    with suppress(TimeoutError):
        async with (
            asyncio.timeout(PATIENCE_S),
            resources.hub.listen(learning_stream(viewer.user_id), hear),
        ):
            while not await _has_ended(resources, submission_id):
                await heard.wait()
                heard.clear()


async def _has_ended(resources: Resources, submission_id: UUID) -> bool:
    async with resources.database.read() as session:
        return await store.has_ended(session, submission_id)


async def begin(uow: UnitOfWork, submission_id: UUID) -> Brief | None:
    """What to run for a submission; None if nothing is left to do.

    A worker may have been killed in the middle of it: then it begins again, but not for ever.
    """
    submission = await store.hold(uow.session, submission_id)
    if submission is None or not allows(submission.status, CodingStep.BEGIN):
        return None
    if submission.tries >= MOST_TRIES:
        _give_up(uow, submission)
        return None
    submission.status = after(CodingStep.BEGIN)
    submission.tries += 1
    exercise = await uow.session.get(Exercise, submission.exercise_id)
    assert exercise is not None
    scored = submission.kind is CodingSubmissionKind.SUBMISSION
    return Brief(
        code=submission.code,
        input=submission.input,
        # All that is coding has one.
        limit_s=exercise.run_limit_seconds or 1,
        tests=await store.tests(uow.session, exercise.id, hidden_too=scored),
    )


async def finish(
    uow: UnitOfWork, submission_id: UUID, ending: Ending, tests: Sequence[TestEnding]
) -> None:
    """Keep what came of a program. What has ended already stays as it is."""
    step = CodingStep.COMPLETE if ending.failure is None else CodingStep.FAIL
    submission = await store.hold(uow.session, submission_id)
    if submission is None or not allows(submission.status, step):
        return
    # Before the tests are held, for what may be complete by this waits for the learner's turn.
    await progress_store.hold_learner(uow.session, submission.user_id)
    submission.status, submission.failure = after(step), ending.failure
    submission.output = cut(ending.output, LONGEST_TEXT, marked=_is_cut(ending))
    submission.error = cut(ending.error, LONGEST_TEXT, marked=_is_cut(ending) and not ending.output)
    submission.seconds, submission.graded_at = ending.seconds, now()
    if submission.kind is CodingSubmissionKind.SUBMISSION:
        submission.score = sum(each.test.points for each in tests if each.passed)
        submission.max_score = sum(each.test.points for each in tests)
        submission.passed = bool(tests) and all(each.passed for each in tests)
    there = await store.hold_tests(uow.session, [each.test.id for each in tests])
    uow.session.add(*[_result(submission, each, there) for each in tests])
    exercise = await uow.session.get(Exercise, submission.exercise_id)
    assert exercise is not None
    if completes(exercise, submission):
        await progress.complete(uow, submission.user_id, exercise)
    _tell(uow, submission)


def completes(exercise: Exercise, submission: CodingSubmission) -> bool:
    """Whether its exercise is done by a program that has ended."""
    if exercise.completion is CodingCompletion.RUN_ONCE:
        return submission.status is CodingSubmissionStatus.DONE
    return submission.passed is True


async def give_up(uow: UnitOfWork, submission_id: UUID) -> None:
    """Say of a program that waits that it isn't run."""
    submission = await store.hold(uow.session, submission_id)
    if submission is not None and allows(submission.status, CodingStep.GIVE_UP):
        _give_up(uow, submission)


async def give_up_forgotten(resources: Resources) -> None:
    """The same of all that wait for half an hour: their jobs are lost, or nobody does them."""
    async with resources.database.read() as session:
        keys = await store.left_waiting(session, now() - _FORGOTTEN, _BATCH)
    for key in keys:
        async with resources.begin() as uow:
            await give_up(uow, key)


def _give_up(uow: UnitOfWork, submission: CodingSubmission) -> None:
    submission.status = after(CodingStep.GIVE_UP)
    submission.failure, submission.graded_at = CodingFailure.NOT_RUN, now()
    if submission.kind is CodingSubmissionKind.SUBMISSION:
        submission.passed = False
    _tell(uow, submission)


def _tell(uow: UnitOfWork, submission: CodingSubmission) -> None:
    uow.publish(
        CodeGraded(
            user_id=submission.user_id,
            exercise_id=submission.exercise_id,
            submission_id=submission.id,
            passed=submission.passed,
        )
    )


def _result(submission: CodingSubmission, each: TestEnding, there: set[UUID]) -> CodingTestResult:
    test, ending = each.test, each.ending
    return CodingTestResult(
        submission_id=submission.id,
        test_id=test.id if test.id in there else None,
        position=test.position,
        name=test.name,
        hidden=test.hidden,
        points=test.points,
        passed=each.passed,
        failure=ending.failure,
        actual=cut(each.actual, LONGEST_RESULT, marked=_is_cut(ending)),
        error=cut(ending.error, LONGEST_RESULT, marked=False),
        seconds=ending.seconds,
    )


def _is_cut(ending: Ending) -> bool:
    return ending.failure is CodingFailure.TOO_MUCH_OUTPUT


def cut(text: str, most: int, *, marked: bool) -> str:
    """The beginning of a text, at most so many bytes, and `CUT` after what was left out.

    `marked`: the sandbox has left something out already.
    """
    data = text.encode()
    if len(data) <= most and not marked:
        return text
    kept = data[: most - len(CUT.encode())].decode(errors="ignore")
    return f"{kept}{CUT}"

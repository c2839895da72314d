"""The job of learners' programs: they run in the sandbox, between two short transactions."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import dramatiq
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.middleware import Middleware

from app.core.logging import get_logger
from app.core.resources import Resources
from app.core.settings import Settings
from app.courses.events import GradeCode
from app.courses.models import CodingFailure
from app.courses.service import coding
from app.courses.service.coding import Brief, Ending, TestEnding
from workers.broker import broker, handles
from workers.sandbox import grading
from workers.sandbox.grading import Feed, Submission, grade
from workers.sandbox.interpreter import ensure_built
from workers.sandbox.pool import Sandbox
from workers.sandbox.program import Limits, Outcome, Status

# Longer than the longest program with all its tests can take by the clock.
_LIMIT = timedelta(minutes=10)

_FAILURES: Final = {
    Status.COMPLETED: None,
    Status.FAILED: CodingFailure.ERROR,
    Status.TIMED_OUT: CodingFailure.TIMED_OUT,
    Status.OUT_OF_MEMORY: CodingFailure.OUT_OF_MEMORY,
    Status.TOO_MUCH_OUTPUT: CodingFailure.TOO_MUCH_OUTPUT,
}

log = get_logger(__name__)


class _Opened:
    """The sandbox of this worker process: opened by its first program, in its event loop."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._sandbox: Sandbox | None = None

    async def sandbox(self, settings: Settings) -> Sandbox:
        async with self._opening:
            if self._sandbox is None:
                folder = settings.data_dir / "sandbox"
                interpreter = await asyncio.to_thread(ensure_built, folder, log.info)
                self._sandbox = await self._stack.enter_async_context(Sandbox(interpreter))
            return self._sandbox

    async def close(self) -> None:
        await self._stack.aclose()


_opened = _Opened()


class _EndSandbox(Middleware):
    """Ends the sandbox's processes with the worker."""

    def before_worker_shutdown(self, _: dramatiq.Broker, __: dramatiq.Worker) -> None:
        thread = get_event_loop_thread()
        if thread is not None:
            thread.run_coroutine(_opened.close())


broker.add_middleware(_EndSandbox())


# The last try gives the program up.
@handles(GradeCode, time_limit=_LIMIT, max_retries=coding.MOST_TRIES)
async def grade_code(resources: Resources, job: GradeCode) -> None:
    """Run it, and keep what came of it."""
    async with resources.begin() as uow:
        brief = await coding.begin(uow, job.submission_id)
    if brief is None:
        return
    sandbox = await _opened.sandbox(resources.settings)
    ending, tests = await outcome_of(sandbox, brief)
    async with resources.begin() as uow:
        await coding.finish(uow, job.submission_id, ending, tests)


async def outcome_of(sandbox: Sandbox, brief: Brief) -> tuple[Ending, list[TestEnding]]:
    """How a program ends by itself, and then with each test."""
    alone = grading.Test(brief.input, "", Feed.STANDARD_INPUT)
    tests = [
        # Without an expression, what the program itself prints is what counts.
        grading.Test(
            each.input,
            each.expected_output,
            Feed.EXPRESSION if each.input.strip() else Feed.STANDARD_INPUT,
        )
        for each in brief.tests
    ]
    own, *results = await grade(
        sandbox,
        Submission(
            brief.code,
            [alone, *tests],
            limits=Limits(cpu_s=brief.limit_s, output_bytes=coding.LONGEST_TEXT),
            cpu_s=brief.limit_s,
        ),
    )
    return _ending(own.outcome), [
        TestEnding(test, result.passed, result.actual, _ending(result.outcome))
        for test, result in zip(brief.tests, results, strict=True)
    ]


def _ending(outcome: Outcome) -> Ending:
    return Ending(
        output=outcome.stdout,
        error=outcome.stderr,
        seconds=outcome.seconds,
        failure=_FAILURES[outcome.status],
    )

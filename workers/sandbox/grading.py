"""A submission against its tests: what is fed in is known inside, what is expected is not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from workers.sandbox.pool import Sandbox
from workers.sandbox.program import Limits, Outcome, Program, Status


class Feed(Enum):
    """What a test's input is."""

    # Evaluated after the submission, such as `solve(5, 3)`; what counts is its value as `print`
    # shows it, or what was printed if the value is None.
    EXPRESSION = "expression"
    # Read by the submission from standard input; what counts is what it prints.
    STANDARD_INPUT = "standard input"


@dataclass(frozen=True, slots=True)
class Test:
    """What is fed in and what has to come out; white space at the ends of lines doesn't count."""

    input: str
    expected: str
    feed: Feed = Feed.EXPRESSION


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether a test passed, what came out instead of what was expected, and the whole outcome."""

    passed: bool
    actual: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Submission:
    """Source and its tests; `limits` are for each test, `cpu_s` for all of them together."""

    source: str
    tests: Sequence[Test]
    limits: Limits = field(default_factory=Limits)
    cpu_s: float = 30.0


async def grade(sandbox: Sandbox, submission: Submission) -> list[TestResult]:
    """A result for each test, in order; tests for which no time is left have timed out.

    Raises `ProcessError` if the machine can't run any, `ValueError` for a source that is too long.
    """
    programs = [_program(submission, test) for test in submission.tests]
    outcomes = await sandbox.run_all(programs, cpu_s=submission.cpu_s)
    pairs = zip(submission.tests, outcomes, strict=True)
    return [_result(test, outcome) for test, outcome in pairs]


def _program(submission: Submission, test: Test) -> Program:
    if test.feed is Feed.EXPRESSION:
        return Program(submission.source, expression=test.input, limits=submission.limits)
    return Program(submission.source, input=test.input, limits=submission.limits)


def _result(test: Test, outcome: Outcome) -> TestResult:
    actual = outcome.stdout if outcome.value is None else outcome.value
    passed = outcome.status is Status.COMPLETED and _lines(actual) == _lines(test.expected)
    return TestResult(passed, actual, outcome)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")]

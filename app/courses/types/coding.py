"""What the schema shows of programs that learners ran and handed in."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, case, null, true
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, items, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import CodingFailure, CodingSubmissionKind, CodingSubmissionStatus

if TYPE_CHECKING:
    from app.courses.types.exercises import CodingTest, Exercise

describe(
    CodingSubmissionKind,
    "What a program was given for.",
    {
        CodingSubmissionKind.RUN: "To see what it does.",
        CodingSubmissionKind.SUBMISSION: "To be scored.",
    },
)
describe(
    CodingSubmissionStatus,
    "How far a program is.",
    {
        CodingSubmissionStatus.QUEUED: "It waits for its turn.",
        CodingSubmissionStatus.RUNNING: "It runs, or its tests do.",
        CodingSubmissionStatus.DONE: "It came to its end.",
        CodingSubmissionStatus.FAILED: "It did not come to its end: `failure` says why.",
    },
)
describe(
    CodingFailure,
    "Why a program, or a test of it, did not come to its end.",
    {
        CodingFailure.ERROR: "It is no Python, raised an exception, or exited with a failure.",
        CodingFailure.TIMED_OUT: "It took longer than its exercise allows.",
        CodingFailure.OUT_OF_MEMORY: "It wanted more memory than there is for it.",
        CodingFailure.TOO_MUCH_OUTPUT: "It printed more than 64 kB.",
        CodingFailure.NOT_RUN: "The server could not run it; it can be handed in again.",
    },
)

# As many as an exercise has tests.
MOST_RESULTS = 50


def _told(name: str) -> Any:
    """A column for those who learn more of a test than whether it passed; null for others."""

    def sql(viewer: Asker, result: type[models.CodingTestResult]) -> ColumnElement[Any]:
        told = policy.told_result(viewer, result)
        return case((told, getattr(result, name)), else_=null())

    return sql


def _results(
    _: Asker, result: type[models.CodingTestResult], submission: type[models.CodingSubmission]
) -> Rows:
    return Rows(
        col(result.submission_id) == submission.id,
        Order("results", ("position", "id")),
        # Who sees a program sees how its tests ended.
        visible=true(),
    )


@reads(
    models.CodingTestResult,
    visible=policy.visible_result,
    description="How a test of a program ended. Of a hidden test, only those who teach the course"
    " learn more than whether it passed and what that gives.",
)
class CodingTestResult(Node):
    """With the test as it was then."""

    prefix = "ctr"

    position: int = column("Its place among the exercise's tests, from 0 on.")
    hidden: bool = column("Whether learners don't see the test.")
    points: int = column("What passing it gives.")
    passed: bool = column("Whether the right output came out.")
    name: str | None = computed(_told("name"), "What the test is called.")
    actual: str | None = computed(
        _told("actual"), "What came out, at most 16 kB; what was longer says so at its end."
    )
    error: str | None = computed(
        _told("error"), "What the program wrote to its error stream, at most 16 kB."
    )
    failure: CodingFailure | None = computed(
        _told("failure"), "Why it did not come to its end; null if it did."
    )
    seconds: float | None = computed(_told("seconds"), "How much CPU time it took, in seconds.")
    test: Annotated["CodingTest", strawberry.lazy("app.courses.types.exercises")] | None = edge(
        "test_id", "The test, with its input; null if the exercise has other tests now."
    )


@reads(
    models.CodingSubmission,
    visible=policy.visible_program,
    description="A program that a learner ran or handed in, and what came of it.",
)
class CodingSubmission(Node):
    """The server ran it: nothing of it is what a browser says, but for `claimedPassed`."""

    prefix = "csb"

    kind: CodingSubmissionKind = column("What it was given for.")
    status: CodingSubmissionStatus = column("How far it is.")
    failure: CodingFailure | None = column("Why it failed; null unless it did.")
    code: str = column("The program.")
    input: str = column("What it read from its standard input.")
    output: str = column(
        "What it printed, run without a test: at most 64 kB; what was longer says so at its end."
    )
    error: str = column("What it wrote to its error stream, such as a traceback; at most 64 kB.")
    seconds: float | None = column(
        "How much CPU time it took without tests, in seconds; null until it has ended."
    )
    attempt: int | None = column(
        "Which of the learner's submissions for the exercise it is, from 1 on; null for a run."
    )
    score: int | None = column("The points of the passed tests; null for a run, and until then.")
    max_score: int | None = column("The points of all tests; null for a run, and until then.")
    passed: bool | None = column("Whether all tests passed; null for a run, and until then.")
    claimed_passed: bool | None = column(
        "Whether the browser said that all tests passed, which counts for nothing."
    )
    results: list[CodingTestResult] = items(
        _results,
        "How each test ended: of a run the visible ones, of a submission all.",
        most=MOST_RESULTS,
    )
    exercise: Annotated["Exercise", strawberry.lazy("app.courses.types.exercises")] | None = edge(
        "exercise_id", "The exercise that it is for."
    )
    user: User | None = edge("user_id", "Who wrote it.")
    created_at: datetime = column("When it was handed in.")
    graded_at: datetime | None = column("When it had ended.")

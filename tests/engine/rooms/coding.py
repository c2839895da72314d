"""Programs that learners ran and handed in."""

from typing import Any
from uuid import UUID

from app.courses.models import (
    CodingFailure,
    CodingSubmissionKind,
    CodingSubmissionStatus,
    ExerciseKind,
)
from tests.engine.eyes import Eyes, Row, below, edge
from tests.engine.filling import Filling
from tests.engine.people import small, user
from tests.engine.room import Room
from tests.engine.rooms.courses import course_of, exercise_of, teaches

_ENDED = (CodingSubmissionStatus.DONE, CodingSubmissionStatus.FAILED)


def _sees_submission(eyes: Eyes, submission: Row) -> bool:
    course = course_of(eyes.rows, submission)
    theirs = {
        row["cohort_id"] for row in eyes.rows.where("cohort_member", user_id=submission["user_id"])
    }
    led = eyes.rows.where("cohort", course_id=course["id"], instructor_id=eyes.me)
    leads = eyes.may("course.create") and any(each["id"] in theirs for each in led)
    own = eyes.me is not None and submission["user_id"] == eyes.me
    return own or teaches(eyes, course) or leads


def _sees_result(eyes: Eyes, result: Row) -> bool:
    return eyes.sees(
        "CodingSubmission", eyes.rows.one("coding_submission", result["submission_id"])
    )


def _failure(filling: Filling, row: Row) -> Any:
    failed = row["status"] is CodingSubmissionStatus.FAILED
    return filling.rng.choice(list(CodingFailure)) if failed else None


def _attempt(filling: Filling, row: Row) -> int | None:
    # No two of a learner's, whatever the exercise.
    scored = row["kind"] is CodingSubmissionKind.SUBMISSION
    return len(filling.rows["coding_submission"]) + 1 if scored else None


def _test(filling: Filling, row: Row) -> UUID | None:
    return None if filling.chance(0.2) else filling.one(filling.rows["coding_test"])["id"]


def _number(filling: Filling, _: Row) -> float | None:
    return None if filling.chance(0.3) else filling.rng.randrange(1000) / 8


def _own_programs(eyes: Eyes, exercise: Row) -> list[Row]:
    found = eyes.rows.where("coding_submission", exercise_id=exercise["id"])
    return [row for row in found if row["user_id"] == eyes.me]


ROOM = Room(
    sees={"CodingSubmission": _sees_submission, "CodingTestResult": _sees_result},
    leads={
        ("CodingSubmission", "exercise"): edge("exercise", "exercise_id"),
        ("CodingSubmission", "user"): edge("user_account", "user_id"),
        ("CodingSubmission", "results"): below("coding_test_result", "submission_id"),
        ("CodingTestResult", "test"): edge("coding_test", "test_id"),
    },
    own={("CodingExercise", "viewerSubmissions"): _own_programs},
    nodes={
        "CodingSubmission": ("coding_submission", "csb"),
        "CodingTestResult": ("coding_test_result", "ctr"),
    },
    counts={"coding_submission": 150, "coding_test_result": 300},
    rules={
        "coding_submission.user_id": user,
        "coding_submission.exercise_id": exercise_of(ExerciseKind.CODING),
        "coding_submission.failure": _failure,
        "coding_submission.attempt": _attempt,
        "coding_submission.seconds": _number,
        "coding_submission.graded_at": lambda filling, row: (
            filling.past() if row["status"] in _ENDED else None
        ),
        "coding_test_result.position": small,
        "coding_test_result.test_id": _test,
        "coding_test_result.seconds": lambda filling, _: filling.rng.randrange(1000) / 8,
    },
)

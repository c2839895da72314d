"""Files, and work that was handed in."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from app.core.ids import to_global
from app.courses.models import ExerciseKind, SubmissionKind, SubmissionStatus
from app.vault.models import FileStatus, ScanStatus
from tests.engine.eyes import Eyes, Row, Rows, edge
from tests.engine.filling import Filling
from tests.engine.people import person, small, unique_text, user
from tests.engine.room import Room
from tests.engine.rooms.courses import course_of, exercise_of, teaches


def _grades(eyes: Eyes, submission: Row) -> bool:
    """Whether they teach the course, or lead a cohort of it that the student is in."""
    course = course_of(eyes.rows, submission)
    student = submission["student_id"]
    led = [
        cohort
        for cohort in eyes.rows.where("cohort", course_id=course["id"], instructor_id=eyes.me)
        if eyes.rows.where("cohort_member", cohort_id=cohort["id"], user_id=student)
    ]
    return teaches(eyes, course) or (eyes.may("course.create") and bool(led))


def _sees(eyes: Eyes, submission: Row) -> bool:
    return eyes.me == submission["student_id"] or _grades(eyes, submission)


def _submissions(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["assignment_submission"]
    yield "(first: 100)", lambda _: every
    yield "(last: 100)", lambda _: every
    yield (
        "(first: 100, filter: {mine: true})",
        lambda eyes: [row for row in every if row["student_id"] == eyes.me],
    )
    waiting = [row for row in every if row["status"] == "SUBMITTED"]
    yield "(first: 100, filter: {statuses: [SUBMITTED]})", lambda _: waiting
    exercise, student = every[0]["exercise_id"], every[0]["student_id"]
    course = course_of(rows, every[0])["id"]
    for name, prefix, key, fits in (
        ("exerciseId", "exe", exercise, lambda row: row["exercise_id"] == exercise),
        ("studentId", "usr", student, lambda row: row["student_id"] == student),
        ("courseId", "crs", course, lambda row: course_of(rows, row)["id"] == course),
    ):
        found = [row for row in every if fits(row)]
        text = f'(first: 100, filter: {{{name}: "{to_global(prefix, key)}"}})'
        yield text, lambda _, found=found: found


def _kind(filling: Filling, row: Row) -> SubmissionKind:
    """No file where the content is given."""
    kinds = list(SubmissionKind)
    if row.get("content") is not None:
        kinds.remove(SubmissionKind.FILE)
    return filling.rng.choice(kinds)


def _file(filling: Filling, row: Row) -> UUID | None:
    if row["kind"] is not SubmissionKind.FILE:
        return None
    key: UUID = filling.rng.choice(filling.rows["stored_file"])["id"]
    return key


def _student(filling: Filling, row: Row) -> UUID:
    """Some who learn with others, so that who leads them sees something."""
    members = filling.rows["cohort_member"]
    if filling.chance(0.5):
        return user(filling, row)
    key: UUID = filling.one(members)["user_id"]
    return key


def _of_status(status: SubmissionStatus | FileStatus, value: Any) -> Any:
    """A value where the row has this status."""
    return lambda filling, row: value(filling, row) if row["status"] is status else None


_GRADED = SubmissionStatus.GRADED

ROOM = Room(
    sees={
        "File": lambda eyes, row: row["owner_id"] == eyes.me,
        "AssignmentSubmission": _sees,
    },
    leads={
        ("AssignmentSubmission", "exercise"): edge("exercise", "exercise_id"),
        ("AssignmentSubmission", "student"): edge("user_account", "student_id"),
        ("AssignmentSubmission", "file"): edge("stored_file", "file_id"),
        ("AssignmentSubmission", "gradedBy"): edge("user_account", "graded_by_id"),
    },
    nodes={
        "File": ("stored_file", "fil"),
        "AssignmentSubmission": ("assignment_submission", "asg"),
    },
    roots={"submissions": _submissions},
    counts={"stored_file": 60, "assignment_submission": 90},
    rules={
        "stored_file.owner_id": user,
        "stored_file.size": lambda filling, _: filling.rng.randint(1, 2**31 - 1),
        "stored_file.type": _of_status(FileStatus.READY, lambda _, __: "application/pdf"),
        "stored_file.scan": lambda filling, row: filling.rng.choice(
            [
                each
                for each in ScanStatus
                if each is not ScanStatus.INFECTED or row["status"] is FileStatus.REFUSED
            ]
        ),
        "stored_file.claimed_at": _of_status(
            FileStatus.READY, lambda filling, _: filling.past() if filling.chance(0.5) else None
        ),
        "stored_file.object_name": _of_status(FileStatus.READY, unique_text("object_name")),
        "assignment_submission.exercise_id": exercise_of(ExerciseKind.ASSIGNMENT),
        "assignment_submission.student_id": _student,
        "assignment_submission.version": small,
        "assignment_submission.kind": _kind,
        "assignment_submission.file_id": _file,
        "assignment_submission.content": lambda filling, row: (
            None if row["kind"] is SubmissionKind.FILE else unique_text("content")(filling, row)
        ),
        "assignment_submission.grade": _of_status(_GRADED, small),
        "assignment_submission.max_grade": _of_status(
            _GRADED, lambda filling, row: row["grade"] + small(filling, row)
        ),
        "assignment_submission.graded_by_id": lambda filling, _: (
            None if filling.chance(0.4) else person(filling, "instructor")
        ),
    },
)

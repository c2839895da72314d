"""Handing in work on an assignment; grading it, or giving it back to be done again."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from app.core.addresses import PublicAddress
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import (
    NotAssignment,
    NotTeacher,
    SubmissionKindRefused,
    SubmissionWrongState,
)
from app.courses.events import AssignmentGraded, AssignmentReturned, AssignmentSubmitted
from app.courses.models import (
    AssignmentSubmission,
    Exercise,
    ExerciseKind,
    SubmissionKind,
    SubmissionStatus,
)
from app.courses.service import progress
from app.courses.service.contents import Remark, Work
from app.courses.store import submissions as store
from app.courses.submission_states import SubmissionStep, after
from app.vault.models import FilePurpose
from app.vault.service import files

_SAID = {
    SubmissionStatus.SUBMITTED: "This waits to be graded.",
    SubmissionStatus.REPLACED: "There is a newer version of this.",
    SubmissionStatus.GRADED: "This is graded already.",
    SubmissionStatus.RETURNED: "This was returned, and waits for its next version.",
}


class WorkData(BaseModel):
    """What is handed in: one of these."""

    file_id: UUID | None = None
    text: Work | None = None
    link: PublicAddress | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("It is a file, a text or a link.")
        return self

    @property
    def kind(self) -> SubmissionKind:
        """As what it is handed in."""
        if self.file_id is not None:
            return SubmissionKind.FILE
        return SubmissionKind.TEXT if self.text is not None else SubmissionKind.LINK


class SubmissionData(BaseModel):
    """Work, and what its author says of it."""

    work: WorkData
    comment: Remark | None = None


class GradeData(BaseModel):
    """A grade in points."""

    grade: int = Field(ge=0)
    feedback: Remark | None = None
    regrade: bool = False


class ReturnData(BaseModel):
    """Why it is to be done again."""

    feedback: Remark


async def submit(
    uow: UnitOfWork, viewer: Viewer, exercise_id: UUID, data: SubmissionData
) -> AssignmentSubmission:
    """The next version of the viewer's work.

    It takes the place of one that waits to be graded; after a grade there is no other.
    """
    exercise = await progress.held(uow, viewer, exercise_id)
    _check_kind(exercise, data.work.kind)
    newest = await store.hold_newest(uow.session, exercise_id, viewer.user_id)
    if newest is not None:
        _step(newest, SubmissionStep.FOLLOW)
    if data.work.file_id is not None:
        field = ("input", "work", "fileId")
        await files.claim(uow, viewer, data.work.file_id, FilePurpose.ASSIGNMENT, field)
    submission = AssignmentSubmission(
        exercise_id=exercise_id,
        student_id=viewer.user_id,
        version=newest.version + 1 if newest is not None else 1,
        kind=data.work.kind,
        file_id=data.work.file_id,
        content=data.work.text or data.work.link,
        comment=data.comment,
    )
    uow.session.add(submission)
    uow.publish(AssignmentSubmitted(**_told(submission)))
    # An assignment is complete once it is handed in.
    await progress.complete(uow, viewer.user_id, exercise)
    return submission


async def grade(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: GradeData
) -> AssignmentSubmission:
    """Grade what was handed in; with `regrade`, what is graded already, and only that.

    So of two who grade it at the same moment, the second one hears that there is a grade.
    """
    submission, exercise = await _graded_by(uow, viewer, key)
    most = exercise.max_points
    assert most is not None
    if data.grade > most:
        raise InvalidInput(f"The best grade is {most}.", field=("input", "grade"))
    before = {"grade": submission.grade, "max_grade": submission.max_grade}
    _step(submission, SubmissionStep.REGRADE if data.regrade else SubmissionStep.GRADE)
    submission.grade, submission.max_grade = data.grade, most
    _sign(submission, viewer, data.feedback)
    uow.audit(
        "submission.regrade" if data.regrade else "submission.grade",
        viewer.user_id,
        ("submission", key),
        before=before if data.regrade else None,
        after={"grade": data.grade, "max_grade": most},
    )
    uow.publish(AssignmentGraded(**_told(submission)))
    return submission


async def give_back(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: ReturnData
) -> AssignmentSubmission:
    """Have it done again: its author can hand in the next version."""
    submission, _ = await _graded_by(uow, viewer, key)
    _step(submission, SubmissionStep.RETURN)
    _sign(submission, viewer, data.feedback)
    uow.publish(AssignmentReturned(**_told(submission)))
    return submission


async def _graded_by(
    uow: UnitOfWork, viewer: Viewer, key: UUID
) -> tuple[AssignmentSubmission, Exercise]:
    """What the viewer may grade, held, and its exercise; `NotFound` or `NotTeacher` otherwise."""
    found = await store.hold_visible(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", "id"))
    submission, exercise, instructs = found
    if submission.student_id == viewer.user_id:
        raise NotTeacher("Nobody grades their own work.")
    if not instructs:
        raise NotTeacher
    return submission, exercise


def _check_kind(exercise: Exercise, kind: SubmissionKind) -> None:
    if exercise.kind is not ExerciseKind.ASSIGNMENT:
        raise NotAssignment(field=("input", "exerciseId"))
    accepts = exercise.accepts or []
    if kind not in accepts:
        said = " or ".join(each.value for each in accepts)
        raise SubmissionKindRefused(
            f"This is to be handed in as {said}.", field=("input", "work", _FIELDS[kind])
        )


_FIELDS = {
    SubmissionKind.FILE: "fileId",
    SubmissionKind.TEXT: "text",
    SubmissionKind.LINK: "link",
}


def _step(submission: AssignmentSubmission, step: SubmissionStep) -> None:
    """Take a step, if the state allows it."""
    status = after(submission.status, step)
    if status is None:
        raise SubmissionWrongState(_SAID[submission.status])
    submission.status = status


def _sign(submission: AssignmentSubmission, viewer: Viewer, feedback: str | None) -> None:
    submission.feedback = feedback
    submission.graded_by_id, submission.graded_at = viewer.user_id, now()


def _told(submission: AssignmentSubmission) -> dict[str, UUID]:
    return {
        "user_id": submission.student_id,
        "exercise_id": submission.exercise_id,
        "submission_id": submission.id,
    }

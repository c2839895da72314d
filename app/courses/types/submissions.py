"""What the schema shows of work that is handed in."""

from datetime import datetime

from sqlalchemy import ColumnElement, case, null, true
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, computed, edge, reads
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import SubmissionKind, SubmissionStatus
from app.courses.types.exercises import Exercise
from app.vault.types import File

describe(
    SubmissionStatus,
    "Where what was handed in is on its way.",
    {
        SubmissionStatus.SUBMITTED: "It waits to be graded.",
        SubmissionStatus.REPLACED: "A later version came before it was graded.",
        SubmissionStatus.GRADED: "It has a grade.",
        SubmissionStatus.RETURNED: "It is to be done again.",
    },
)


def _text(_: Asker, submission: type[models.AssignmentSubmission]) -> ColumnElement[str | None]:
    return _content(submission, SubmissionKind.TEXT)


def _link(_: Asker, submission: type[models.AssignmentSubmission]) -> ColumnElement[str | None]:
    return _content(submission, SubmissionKind.LINK)


def _content(
    submission: type[models.AssignmentSubmission], kind: SubmissionKind
) -> ColumnElement[str | None]:
    return case((col(submission.kind) == kind, col(submission.content)), else_=null())


@reads(
    models.AssignmentSubmission,
    visible=policy.visible_submission,
    description="A version of somebody's work on an assignment.",
)
class AssignmentSubmission(Node):
    """For its author, and for those who grade it."""

    prefix = "asg"

    exercise: Exercise | None = edge(
        "exercise_id", "The assignment; null once it is no longer open to the viewer."
    )
    student: User | None = edge("student_id", "Whose work it is.")
    version: int = column("Its number among the versions of this work, from 1 on.")
    kind: SubmissionKind = column("As what it was handed in.")
    file: File | None = edge("file_id", "The file, if it is one.", visible=true())
    text: str | None = computed(_text, "The text, if it is one.")
    link: str | None = computed(_link, "Where it is, if it is elsewhere.")
    comment: str | None = column("What its author said of it.")
    status: SubmissionStatus = column("Where it is on its way.")
    grade: int | None = column("Its points; null until it is graded.")
    max_grade: int | None = column("The best grade there was then; null until it is graded.")
    feedback: str | None = column("What was said when it was graded or returned.")
    graded_by: User | None = edge("graded_by_id", "Who graded or returned it.")
    graded_at: datetime | None = column("When it was graded or returned.")
    created_at: datetime = column("When it was handed in.")

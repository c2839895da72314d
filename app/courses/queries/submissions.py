"""Root queries of what was handed in."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, true
from sqlmodel import col

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import SubmissionStatus
from app.courses.types import Course, Exercise
from app.courses.types.submissions import AssignmentSubmission


@strawberry.input(description="Which submissions.")
class SubmissionFilter:
    """What isn't given doesn't narrow."""

    mine: bool = strawberry.field(default=False, description="What you handed in yourself.")
    course_id: strawberry.ID | None = id_field(
        "On assignments of this course.", Course.prefix, default=None
    )
    exercise_id: strawberry.ID | None = id_field(
        "On this assignment.", Exercise.prefix, default=None
    )
    student_id: strawberry.ID | None = id_field("By this user.", User.prefix, default=None)
    statuses: list[SubmissionStatus] | None = strawberry.field(
        default=None, description="In one of these states: `SUBMITTED` alone is what waits."
    )


def _submissions(
    viewer: Asker,
    submission: type[models.AssignmentSubmission],
    *,
    filter: Annotated[
        SubmissionFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.mine:
            where &= col(submission.student_id) == viewer.user_id
        if filter.course_id is not None:
            where &= policy.of_course(submission, filter.course_id)
        if filter.exercise_id is not None:
            where &= col(submission.exercise_id) == filter.exercise_id
        if filter.student_id is not None:
            where &= col(submission.student_id) == filter.student_id
        if filter.statuses is not None:
            where &= col(submission.status).in_(filter.statuses)
    return Rows(where, Order("submissions", ("created_at", "id")))


@strawberry.type
class SubmissionQuery:
    """Look through work that was handed in."""

    submissions: Connection[AssignmentSubmission] = browse(
        _submissions,
        SIGNED_IN,
        "Work that was handed in, the oldest first: the viewer's own, and what they grade as who"
        " teaches the course, or leads a class that its author is in.",
    )

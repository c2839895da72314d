"""Root queries of study buddies."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col

from app.buddies import models, policy
from app.buddies.models import BuddyAssignmentStatus, BuddyRequestStatus
from app.buddies.types import Buddy, BuddyAssignment, BuddyMatches, BuddyRequest
from app.buddies.types.buddies import BY_TIME, BuddyAssignmentId
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_field
from app.core.graph.read.pages import Order
from app.core.limits import REPORTS
from app.core.viewer import Asker
from app.courses.models import Course as CourseRow
from app.courses.types import Course, CourseId


@strawberry.input(description="Which requests.")
class BuddyRequestFilter:
    """What isn't given doesn't narrow."""

    sent: bool | None = strawberry.field(
        default=None, description="Those that the viewer has made, or with false has got."
    )
    statuses: list[BuddyRequestStatus] | None = strawberry.field(
        default=None, description="Of which one of these has become."
    )


@strawberry.input(description="Which assignments.")
class BuddyAssignmentFilter:
    """What isn't given doesn't narrow."""

    statuses: list[BuddyAssignmentStatus] | None = strawberry.field(
        default=None, description="In one of these states."
    )
    buddy_id: strawberry.ID | None = id_field("With this buddy.", Buddy.prefix, default=None)
    course_id: strawberry.ID | None = id_field("On this course.", Course.prefix, default=None)


def _matches(_: Asker, course: type[CourseRow], *, course_id: CourseId) -> ColumnElement[bool]:
    return col(course.id) == course_id


def _requests(
    viewer: Asker,
    request: type[models.BuddyRequest],
    *,
    filter: Annotated[
        BuddyRequestFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.sent is not None:
            side = request.requester_id if filter.sent else request.requested_id
            where &= col(side) == viewer.user_id
        if filter.statuses is not None:
            where &= _are(request, filter.statuses)
    return Rows(where, Order("buddyRequests", ("created_at", "id"), descending=True))


def _are(
    request: type[models.BuddyRequest], statuses: list[BuddyRequestStatus]
) -> ColumnElement[bool]:
    """Whether a request is in one of these states by now."""
    known = and_(col(request.status).in_(statuses), ~policy.overdue(request))
    return or_(known, policy.overdue(request)) if BuddyRequestStatus.EXPIRED in statuses else known


def _buddies(_: Asker, __: type[models.Buddy]) -> Rows:
    return Rows(true(), Order("buddies", ("created_at", "id"), descending=True))


def _assignments(
    _: Asker,
    assignment: type[models.BuddyAssignment],
    *,
    filter: Annotated[
        BuddyAssignmentFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.statuses is not None:
            where &= col(assignment.status).in_(filter.statuses)
        if filter.buddy_id is not None:
            where &= col(assignment.buddy_id) == filter.buddy_id
        if filter.course_id is not None:
            where &= col(assignment.context_id) == filter.course_id
    return Rows(where, BY_TIME)


def _assignment(
    _: Asker, assignment: type[models.BuddyAssignment], *, id: BuddyAssignmentId
) -> ColumnElement[bool]:
    return col(assignment.id) == id


@strawberry.type
class BuddiesQuery:
    """Look for people to study with, and read what there is with them."""

    buddy_matches: BuddyMatches | None = find(
        _matches,
        SIGNED_IN,
        "Who fits the viewer on a course; null unless the viewer is on it: in a class of it, or,"
        " of the catalogue's courses, at work on it, and hasn't completed it.",
        REPORTS,
    )
    buddy_requests: Connection[BuddyRequest] = browse(
        _requests, SIGNED_IN, "The requests that the viewer has made and got, the newest first."
    )
    buddies: Connection[Buddy] = browse(
        _buddies, SIGNED_IN, "Those with whom the viewer studies, the newest first."
    )
    buddy_assignments: Connection[BuddyAssignment] = browse(
        _assignments,
        SIGNED_IN,
        "What the viewer studies with buddies, or has studied, the newest first.",
    )
    buddy_assignment: BuddyAssignment | None = find(
        _assignment,
        SIGNED_IN,
        "What the viewer studies with a buddy; null for what others do.",
    )

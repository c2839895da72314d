"""What the schema shows of buddies, and of what they study."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, case, func, true
from sqlmodel import col, select

import app.buddies.types.context  # noqa: F401 - describes the enum
from app.accounts.models import User as Person
from app.accounts.types import User
from app.buddies import models, policy
from app.buddies.models import BuddyAssignmentStatus, BuddyContextKind
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    one,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses.types import Course, Section

describe(
    BuddyAssignmentStatus,
    "Whether two buddies are at what they share.",
    {
        BuddyAssignmentStatus.ACTIVE: "They are at it.",
        BuddyAssignmentStatus.PAUSED: "They have put it aside.",
        BuddyAssignmentStatus.ENDED: "They don't study it together any more.",
    },
)

BY_TIME = Order("buddyAssignments", ("created_at", "id"), descending=True)


@reads(
    models.BuddyAssignment,
    visible=policy.visible_assignment,
    description="What two buddies study together. For these two alone, and for neither while one"
    " of them has blocked the other.",
)
class BuddyAssignment(Node):
    """It ends without the buddies, and with them."""

    prefix = "bas"

    buddy: "Buddy | None" = edge("buddy_id", "With whom; null when they aren't buddies any more.")
    context_kind: BuddyContextKind = column("What kind of thing it is.")
    course: Course | None = edge(
        "context_id", "The course; null if it is none, or not for the viewer."
    )
    section: Section | None = edge("section_id", "Where in it they are; null if that isn't said.")
    status: BuddyAssignmentStatus = column("Whether they are at it.")
    created_at: datetime = column("Since when.")
    updated_at: datetime = column("When it was last changed.")
    ended_at: datetime | None = column("When it ended; null until then.")


def _other(viewer: Asker, user: type[Person], buddy: type[models.Buddy]) -> ColumnElement[bool]:
    first, second = col(buddy.first_id), col(buddy.second_id)
    return col(user.id) == case((first == viewer.user_id, second), else_=first)


def _assignments(
    _: Asker, assignment: type[models.BuddyAssignment], buddy: type[models.Buddy]
) -> Rows:
    # Who sees the buddy is one of the two.
    return Rows(col(assignment.buddy_id) == buddy.id, BY_TIME, visible=true())


def _of_sessions(value: Any, buddy: type[models.Buddy]) -> Any:
    found = select(value).where(models.BuddySession.buddy_id == buddy.id)
    return found.correlate(buddy).scalar_subquery()


def _total(_: Asker, buddy: type[models.Buddy]) -> ColumnElement[int]:
    return whole(_of_sessions(func.count(), buddy))


def _last(_: Asker, buddy: type[models.Buddy]) -> ColumnElement[datetime]:
    found: ColumnElement[datetime] = _of_sessions(func.max(models.BuddySession.ended_at), buddy)
    return found


@reads(
    models.Buddy,
    visible=policy.visible_buddy,
    description="Somebody with whom the viewer studies. For these two alone.",
)
class Buddy(Node):
    """As the viewer sees it: the other one of two."""

    prefix = "bdy"

    user: User | None = one(_other, "The other one; null while they aren't active.")
    connected_at: datetime = column("Since when.", "created_at")
    total_sessions: int = computed(
        _total, "How many study sessions for two they have both attended since."
    )
    last_session_at: datetime | None = computed(
        _last, "When the last one of these ended; null if there was none."
    )
    assignments: Connection[BuddyAssignment] = pages(
        _assignments, "What the two study together, or have, the newest first."
    )


BuddyAssignmentId = Annotated[strawberry.ID, id_argument("The assignment.", BuddyAssignment.prefix)]

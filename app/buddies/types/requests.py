"""What the schema shows of who asks whom."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement

import app.buddies.types.context  # noqa: F401 - describes the enum
from app.accounts.types import User
from app.buddies import models, policy
from app.buddies.models import BuddyContextKind, BuddyRequestStatus
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, computed, edge, id_argument, reads
from app.core.viewer import Asker
from app.courses.types import Course, Section

describe(
    BuddyRequestStatus,
    "What became of a request.",
    {
        BuddyRequestStatus.PENDING: "It waits for an answer.",
        BuddyRequestStatus.ACCEPTED: "The two are buddies, or were.",
        BuddyRequestStatus.REJECTED: "Who was asked said no.",
        BuddyRequestStatus.CANCELLED: "Who has asked took it back.",
        BuddyRequestStatus.EXPIRED: "There was no answer for seven days.",
    },
)


def _status(_: Asker, request: type[models.BuddyRequest]) -> ColumnElement[BuddyRequestStatus]:
    return policy.status(request)


@reads(
    models.BuddyRequest,
    visible=policy.visible_request,
    description="Somebody asks somebody else to study together. For these two alone, and for"
    " neither while one of them has blocked the other.",
)
class BuddyRequest(Node):
    """Two people have one open request at most."""

    prefix = "brq"

    requester: User | None = edge("requester_id", "Who asks; null while they aren't active.")
    requested: User | None = edge("requested_id", "Who is asked; null while they aren't active.")
    context_kind: BuddyContextKind = column("What kind of thing is to be studied together.")
    course: Course | None = edge(
        "context_id", "The course; null if it is none, or not for the viewer."
    )
    section: Section | None = edge("section_id", "Where in it to begin; null if that isn't said.")
    score: int = column("How well the two fitted when it was sent: 0 to 100.")
    reason: str = column("Why they fitted then, in a sentence that is made by rule.")
    message: str | None = column("What the one who asks has to say, plain: it isn't HTML.")
    status: BuddyRequestStatus = computed(_status, "What became of it.")
    created_at: datetime = column("When it was sent.")
    expires_at: datetime = column("Until when it can be accepted: for seven days.")
    responded_at: datetime | None = column("When it was answered or taken back.")


BuddyRequestId = Annotated[strawberry.ID, id_argument("The request.", BuddyRequest.prefix)]

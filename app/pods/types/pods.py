"""What the schema shows of pods as a whole."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col, select

from app.accounts.models import User as Person
from app.accounts.policy import blocked
from app.accounts.types import User
from app.classes.models import Weekday
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    column,
    computed,
    edge,
    id_argument,
    items,
    one,
    pages,
    reads,
    whole,
)
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.messaging.types import Conversation
from app.pods import models, policy
from app.pods.models import PodCategory, PodDifficulty, PodMemberStatus, PodStatus
from app.pods.states import PodAction
from app.pods.types.invitations import PodInvitation
from app.pods.types.members import PodMember
from app.reference.types.taxonomy import Subject

describe(
    PodCategory,
    "For what people of a pod learn.",
    {
        PodCategory.ACADEMIC: "For school or university.",
        PodCategory.PROFESSIONAL: "For their work.",
        PodCategory.HOBBY: "For the joy of it.",
    },
)
describe(
    PodDifficulty,
    "What a pod asks of its members.",
    {
        PodDifficulty.BEGINNER: "Nothing is presupposed.",
        PodDifficulty.INTERMEDIATE: "The basics are known.",
        PodDifficulty.ADVANCED: "Much is known.",
    },
)
describe(
    PodStatus,
    "Whether a pod lives.",
    {
        PodStatus.ACTIVE: "It does.",
        PodStatus.ARCHIVED: "It is only read.",
    },
)

_INVITATIONS = 10


def _count(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    counted = select(func.count()).where(
        models.PodMember.pod_id == pod.id, models.PodMember.status == PodMemberStatus.ACTIVE
    )
    return whole(counted.scalar_subquery())


def _starts(_: Asker, pod: type[models.Pod]) -> ColumnElement[str]:
    return func.to_char(pod.starts_at, "HH24:MI")


def _ends(_: Asker, pod: type[models.Pod]) -> ColumnElement[str]:
    return func.to_char(pod.ends_at, "HH24:MI")


def _creator(viewer: Asker, user: type[Person], pod: type[models.Pod]) -> ColumnElement[bool]:
    return and_(col(user.id) == pod.creator_id, ~blocked(viewer, user.id))


def _own(
    viewer: Asker, member: type[models.PodMember], pod: type[models.Pod]
) -> ColumnElement[bool]:
    return and_(col(member.pod_id) == pod.id, col(member.user_id) == viewer.user_id)


def _members(
    _: Asker,
    member: type[models.PodMember],
    pod: type[models.Pod],
    *,
    status: Annotated[
        PodMemberStatus | None,
        strawberry.argument(description="Who stands to it like this; else who is in it."),
    ] = None,
) -> Rows:
    wanted = PodMemberStatus.ACTIVE if status is None else status
    where = and_(col(member.pod_id) == pod.id, col(member.status) == wanted)
    return Rows(where, Order("podMembers", ("created_at", "id")))


def _invitations(
    viewer: Asker, invitation: type[models.PodInvitation], pod: type[models.Pod]
) -> Rows:
    return Rows(
        col(invitation.pod_id) == pod.id,
        Order("podInvitations", ("created_at", "id"), descending=True),
        exists=policy.may(viewer, PodAction.INVITE, pod.id),
    )


def _to_viewer(
    viewer: Asker, invitation: type[models.PodInvitation], pod: type[models.Pod]
) -> Rows:
    # Whoever can accept one sees it.
    where = and_(col(invitation.pod_id) == pod.id, policy.for_viewer(viewer, invitation))
    return Rows(where, Order("podViewerInvitations", ("created_at", "id")), visible=true())


@reads(
    models.Pod,
    visible=policy.visible,
    description="A learning community. A public one is found by everybody signed in; a private"
    " one exists only for its members and for those who are invited. Hours are those of its time"
    " zone.",
)
class Pod(Node):
    """Its members, and what they say to each other."""

    prefix = "pod"

    name: str = column("What it is called.")
    description: str = column("What it is about, in plain text.")
    subject: Subject | None = edge("subject_id", "What is studied; null once that is gone.")
    category: PodCategory | None = column("For what its people learn.")
    difficulty: PodDifficulty | None = column("What it asks of them.")
    cover_image_url: str | None = column("Where its picture is: an address that begins with https.")
    icon: str | None = column("A name or an emoji to show instead of a picture.")
    public: bool = column("Whether everybody finds it, and may join.")
    max_members: int = column("How many members it may have.")
    member_count: int = computed(_count, "How many members it has.")
    creator: User | None = one(
        _creator, "Who made it; null if the account is gone, or a block is between the two."
    )
    tags: list[str] = column("Words that it is marked with.")
    rules: str = column("What its members keep to, in plain text.")
    weekdays: list[Weekday] = column("On which days it usually meets, from Monday on.")
    starts_at: str | None = computed(_starts, "When a meeting begins, as HH:MM.")
    ends_at: str | None = computed(_ends, "When a meeting ends, as HH:MM.")
    time_zone: str = column("The time zone of its days and hours, by its IANA name.")
    language: str = column("The language that it speaks, as a BCP 47 tag.")
    status: PodStatus = column("Whether it lives.")
    archived_at: datetime | None = column("Since when it is only read.")
    conversation: Conversation | None = edge("conversation_id", "Its chat, for its members.")
    viewer_membership: PodMember | None = one(
        _own, "How the viewer stands to it; null if not at all.", visible=true()
    )
    viewer_invitations: list[PodInvitation] = items(
        _to_viewer, "Invitations that the viewer can accept.", most=_INVITATIONS
    )
    members: Connection[PodMember] = pages(
        _members,
        "Its people, in the order in which they came: to members, and of a public pod to"
        " everybody who sees it. Blocked people aren't shown to each other.",
    )
    invitations: Connection[PodInvitation] | None = pages(
        _invitations,
        "All invitations, the newest first; null unless the viewer may invite. They are kept for 30"
        " days after they expire, or would have.",
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last changed.")


PodId = Annotated[strawberry.ID, id_argument("The pod.", Pod.prefix)]

"""What the schema shows of invitations into pods."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from app.accounts.models import User as Person
from app.accounts.policy import blocked
from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, edge, one, reads
from app.core.viewer import Asker
from app.pods import models, policy
from app.pods.models import PodInvitationKind, PodInvitationStatus

if TYPE_CHECKING:
    from app.pods.types.pods import Pod

describe(
    PodInvitationKind,
    "Who is invited into a pod.",
    {
        PodInvitationKind.USER: "A user.",
        PodInvitationKind.EMAIL: "Whoever has confirmed an e-mail address as theirs.",
        PodInvitationKind.CODE: "Whoever has a code, as many people as it is good for.",
    },
)
describe(
    PodInvitationStatus,
    "What became of an invitation.",
    {
        PodInvitationStatus.PENDING: "It is good until it expires.",
        PodInvitationStatus.ACCEPTED: "It was used, as often as it could be.",
        PodInvitationStatus.DECLINED: "It isn't wanted.",
        PodInvitationStatus.REVOKED: "It was taken back: by somebody of the pod, with the role of"
        " who made it, by a ban, because the pod was archived, or because it had expired.",
    },
)


def _inviter(
    viewer: Asker, user: type[Person], invitation: type[models.PodInvitation]
) -> ColumnElement[bool]:
    return and_(col(user.id) == invitation.inviter_id, ~blocked(viewer, user.id))


def _invitee(
    viewer: Asker, user: type[Person], invitation: type[models.PodInvitation]
) -> ColumnElement[bool]:
    return and_(col(user.id) == invitation.invitee_id, ~blocked(viewer, user.id))


@reads(
    models.PodInvitation,
    visible=policy.visible_invitation,
    description="An invitation into a pod: for those who can accept it, and all to those who may"
    " invite. The code is said once, by `podInvite`.",
)
class PodInvitation(Node):
    """To a user, an address, or those who have a code."""

    prefix = "pin"

    pod: Annotated["Pod", strawberry.lazy("app.pods.types.pods")] | None = edge(
        "pod_id", "The pod."
    )
    kind: PodInvitationKind = column("Who is invited.")
    inviter: User | None = one(
        _inviter, "Who invites; null if the account is gone, or a block is between the two."
    )
    invitee: User | None = one(
        _invitee, "The user who is invited; null for the other kinds, and across a block."
    )
    email: str | None = column("The address that is invited.")
    message: str = column("What the inviter says, in plain text; empty if nothing.")
    status: PodInvitationStatus = column("What became of it.")
    max_uses: int = column("For how many people it is good.")
    uses: int = column("How many have come in by it.")
    expires_at: datetime = column("When it is no longer good.")
    created_at: datetime = column("When it was made.")

"""What the schema shows of who belongs to a pod."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.accounts.types import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, edge, reads
from app.pods import models, policy
from app.pods.models import PodMemberStatus, PodRole

if TYPE_CHECKING:
    from app.pods.types.pods import Pod

describe(
    PodRole,
    "What a member of a pod may do. Nobody acts on somebody of an equal or higher role.",
    {
        PodRole.OWNER: "Everything, and make others owners. A pod has at least one.",
        PodRole.ADMIN: "Change, archive and delete the pod, see its analytics, give the lower"
        " roles, and what moderators do.",
        PodRole.MODERATOR: "Invite, let in, remove and ban, and make events.",
        PodRole.MEMBER: "Take part.",
    },
)
describe(
    PodMemberStatus,
    "How somebody stands to a pod.",
    {
        PodMemberStatus.ACTIVE: "They are in it.",
        PodMemberStatus.PENDING: "They ask to be let in.",
        PodMemberStatus.BANNED: "They may not be in it.",
    },
)


@reads(
    models.PodMember,
    visible=policy.visible_member,
    description="Somebody in a pod. Those who may invite see as well who asks to be let in, and"
    " who is banned. Two users of whom one has blocked the other aren't shown to each other.",
)
class PodMember(Node):
    """One for each person and pod."""

    prefix = "pmb"

    pod: Annotated["Pod", strawberry.lazy("app.pods.types.pods")] | None = edge(
        "pod_id", "The pod."
    )
    user: User | None = edge("user_id", "Who.")
    role: PodRole = column("What they may do there.")
    status: PodMemberStatus = column("How they stand to it.")
    joined_at: datetime | None = column("Since when they are in it; null while they aren't.")
    created_at: datetime = column("When they came, asked to come, or were banned before they came.")

"""Root mutations of coming into a pod by oneself, and of leaving it."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.enums import describe
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.mutations.inputs import errors
from app.pods.mutations.pods import PodInput
from app.pods.service import joining as service
from app.pods.service.joining import PodJoinOutcome
from app.pods.types import Pod, PodMember

describe(
    PodJoinOutcome,
    "What became of wanting to join a pod.",
    {
        PodJoinOutcome.JOINED: "You are in it.",
        PodJoinOutcome.REQUESTED: "If there is a private pod with this id, those who run it may"
        " let you in. Whether there is one, you don't learn before.",
    },
)


@strawberry.type(description="The answer to `podJoin`.")
class PodJoinPayload:
    """You are in, or you wait."""

    outcome: PodJoinOutcome | None = strawberry.field(
        default=None, description="What became of it; null with errors."
    )
    pod: Pod | None = edge("pod_key", "The pod that you are in now.")
    membership: PodMember | None = edge("member_key", "How you stand to it.")
    pod_key: strawberry.Private[UUID | None] = None
    member_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `podLeave`.")
class PodLeavePayload:
    """You aren't in it."""

    pod: Pod | None = edge("pod_key", "The pod; null if you don't see it any more.")
    pod_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class PodJoiningMutation:
    """Come, and go."""

    @mutation(SIGNED_IN)
    async def pod_join(self, info: Info, input: PodInput) -> PodJoinPayload:
        """Come into a public pod at once, or into a private one that you are invited into, and
        into its chat; again changes nothing. There are never more members than places. Of a
        private pod that you don't see this asks those who run it to let you in.
        """
        key = from_global(Pod.prefix, input.id)
        async with info.context.begin() as uow:
            done = await service.join(uow, info.context.me, key)
        pod_key = key if done.member_id else None
        return PodJoinPayload(outcome=done.outcome, pod_key=pod_key, member_key=done.member_id)

    @mutation(SIGNED_IN)
    async def pod_leave(self, info: Info, input: PodInput) -> PodLeavePayload:
        """Leave a pod, and its chat at once, on open subscriptions too; or take back that you
        asked to be let in. A pod's last owner can't leave. Invitations that you made are revoked.
        A pod that you aren't in you leave without a change, whether there is one or not.
        """
        key = from_global(Pod.prefix, input.id)
        async with info.context.begin() as uow:
            left = await service.leave(uow, info.context.me, key)
        return PodLeavePayload(pod_key=left)

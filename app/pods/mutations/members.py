"""Root mutations of what those who run a pod do with people."""

from typing import Protocol
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.mutations.inputs import errors
from app.pods.models import PodRole
from app.pods.service import members as service
from app.pods.types import Pod, PodMember


@strawberry.input(description="Somebody in a pod, or about to be.")
class PodMemberInput:
    """By both their ids."""

    pod_id: strawberry.ID = strawberry.field(description="The pod.")
    user_id: strawberry.ID = strawberry.field(description="The person.")


@strawberry.input(description="Which role somebody has in a pod from now on.")
class PodMemberRoleSetInput:
    """By both their ids."""

    pod_id: strawberry.ID = strawberry.field(description="The pod.")
    user_id: strawberry.ID = strawberry.field(description="The person, or yourself.")
    role: PodRole = strawberry.field(description="What they may do.")


@strawberry.type
class _MemberPayload:
    member: PodMember | None = edge(
        "member_key", "How they stand to the pod; null across a block as well."
    )
    member_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `podMemberApprove`.")
class PodMemberApprovePayload(_MemberPayload):
    """The member."""


@strawberry.type(description="The answer to `podMemberRoleSet`.")
class PodMemberRoleSetPayload(_MemberPayload):
    """The member."""


@strawberry.type(description="The answer to `podMemberBan`.")
class PodMemberBanPayload(_MemberPayload):
    """Who is banned."""


@strawberry.type(description="The answer to `podMemberRemove`.")
class PodMemberRemovePayload:
    """They have nothing to do with it."""

    pod: Pod | None = edge("pod_key", "The pod.")
    pod_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


class _Person(Protocol):
    pod_id: strawberry.ID
    user_id: strawberry.ID


def _keys(input: _Person) -> tuple[UUID, UUID]:
    return from_global(Pod.prefix, input.pod_id), from_global(User.prefix, input.user_id)


@strawberry.type
class PodMemberMutation:
    """Let people in, give them roles, and keep them out."""

    @mutation(SIGNED_IN)
    async def pod_member_approve(
        self, info: Info, input: PodMemberInput
    ) -> PodMemberApprovePayload:
        """Let somebody in who asks to be, if there is room: for owners, admins and moderators.
        They are notified.
        """
        async with info.context.begin() as uow:
            member = await service.approve(uow, info.context.me, *_keys(input))
        return PodMemberApprovePayload(member_key=member.id)

    @mutation(SIGNED_IN)
    async def pod_member_role_set(
        self, info: Info, input: PodMemberRoleSetInput
    ) -> PodMemberRoleSetPayload:
        """Give somebody another role, who is notified. Owners give any role to whoever isn't an
        owner; admins make moderators and members of those below them; everybody may take a lower
        role themselves, but a pod keeps an owner. Of who may invite no more, the invitations are
        revoked.
        """
        pod_id, user_id = _keys(input)
        async with info.context.begin() as uow:
            member = await service.set_role(uow, info.context.me, pod_id, user_id, input.role)
        return PodMemberRoleSetPayload(member_key=member.id)

    @mutation(SIGNED_IN)
    async def pod_member_remove(self, info: Info, input: PodMemberInput) -> PodMemberRemovePayload:
        """Take somebody of a lower role out of a pod, and out of its chat at once, on open
        subscriptions too; or refuse who asks to be let in, or lift a ban: for owners, admins and
        moderators. Invitations that they made are revoked.
        """
        pod_id, user_id = _keys(input)
        async with info.context.begin() as uow:
            await service.remove(uow, info.context.me, pod_id, user_id)
        return PodMemberRemovePayload(pod_key=pod_id)

    @mutation(SIGNED_IN)
    async def pod_member_ban(self, info: Info, input: PodMemberInput) -> PodMemberBanPayload:
        """Keep somebody of a lower role out of a pod, or somebody who isn't in it: for owners,
        admins and moderators. They leave its chat at once, on open subscriptions too, can't join
        or be invited, and don't see it if it is private. Again changes nothing;
        `podMemberRemove` lifts it.
        """
        pod_id, user_id = _keys(input)
        async with info.context.begin() as uow:
            member = await service.ban(uow, info.context.me, pod_id, user_id)
        return PodMemberBanPayload(member_key=member.id)

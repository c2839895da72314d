"""Root mutations of invitations into pods."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.accounts.types import User
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import AUTH, INVITATIONS
from app.courses.mutations.inputs import errors, keys, maybe
from app.pods.service import invitations as service
from app.pods.types import Pod, PodInvitation, PodMember


@strawberry.input(description="An invitation: to a user, to an e-mail address, or by a code.")
class PodInviteInput:
    """One of the three."""

    pod_id: strawberry.ID = strawberry.field(description="The pod.")
    user_id: strawberry.ID | None = maybe("The user who is invited.")
    email: str | None = maybe("The address that is invited, by a letter.")
    code_uses: int | None = maybe("For how many people a code is to be good, 1 to 1000.")
    message: str | None = maybe("What you say to them, in plain text, to 1000 characters.")
    days: int = strawberry.field(default=7, description="For how many days it is good, 1 to 30.")


@strawberry.input(one_of=True, description="Which invitation to accept: one of the two.")
class PodInvitationAcceptInput:
    """By its id, or by what was told."""

    id: strawberry.ID | None = maybe("One to you, or to your confirmed address.")
    code: str | None = maybe("A code that somebody gave you.")


@strawberry.input(description="Which invitation.")
class PodInvitationInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The invitation.")


@strawberry.type(description="The answer to `podInvite`.")
class PodInvitePayload:
    """The invitation, and its code if it has one."""

    invitation: PodInvitation | None = edge("invitation_key", "The invitation.")
    code: str | None = strawberry.field(
        default=None, description="The code, if one was asked for: said now, and never again."
    )
    invitation_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `podInvitationAccept`.")
class PodInvitationAcceptPayload:
    """You are in."""

    membership: PodMember | None = edge("member_key", "How you stand to the pod.")
    member_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class _InvitationPayload:
    invitation: PodInvitation | None = edge("invitation_key", "The invitation.", visible=true())
    invitation_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `podInvitationDecline`.")
class PodInvitationDeclinePayload(_InvitationPayload):
    """The invitation."""


@strawberry.type(description="The answer to `podInvitationRevoke`.")
class PodInvitationRevokePayload(_InvitationPayload):
    """The invitation."""


def _key(input: PodInvitationInput) -> UUID:
    return from_global(PodInvitation.prefix, input.id)


@strawberry.type
class PodInvitationMutation:
    """Invite, and be invited."""

    @mutation(SIGNED_IN, INVITATIONS)
    async def pod_invite(self, info: Info, input: PodInviteInput) -> PodInvitePayload:
        """Invite somebody into a pod: for its owners, admins and moderators. A user is notified.
        An address gets a letter, unless it is that of somebody banned or kept apart from you by
        a block: you aren't told whose it is. A code lets in whoever has it, until it is used up.
        Whoever is banned can't be invited.
        """
        more = keys(input, pod_id=Pod.prefix, user_id=User.prefix)
        data = to_data(service.InvitationData, input, **more)
        envelope = info.context.resources.envelope
        async with info.context.begin() as uow:
            made, code = await service.invite(uow, envelope, info.context.me, data)
        return PodInvitePayload(invitation_key=made.id, code=code)

    @mutation(SIGNED_IN, AUTH)
    async def pod_invitation_accept(
        self, info: Info, input: PodInvitationAcceptInput
    ) -> PodInvitationAcceptPayload:
        """Come into a pod, and into its chat: by an invitation to you, by one to an e-mail
        address that you have confirmed as yours, or by a code. There are never more members than
        places, and a code is never used more often than it is good for.
        """
        async with info.context.begin() as uow:
            if isinstance(input.code, str):
                member = await service.accept_code(uow, info.context.me, input.code)
            else:
                key = from_global(PodInvitation.prefix, str(input.id))
                member = await service.accept(uow, info.context.me, key)
        return PodInvitationAcceptPayload(member_key=member.id)

    @mutation(SIGNED_IN)
    async def pod_invitation_decline(
        self, info: Info, input: PodInvitationInput
    ) -> PodInvitationDeclinePayload:
        """Say that you don't come: you don't see a private pod any more."""
        async with info.context.begin() as uow:
            declined = await service.decline(uow, info.context.me, _key(input))
        return PodInvitationDeclinePayload(invitation_key=declined.id)

    @mutation(SIGNED_IN)
    async def pod_invitation_revoke(
        self, info: Info, input: PodInvitationInput
    ) -> PodInvitationRevokePayload:
        """Take an invitation back: for the pod's owners, admins and moderators. Whoever came in
        by it stays; of one that is settled nothing changes.
        """
        async with info.context.begin() as uow:
            revoked = await service.revoke(uow, info.context.me, _key(input))
        return PodInvitationRevokePayload(invitation_key=revoked.id)

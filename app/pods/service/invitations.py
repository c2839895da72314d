"""Inviting people into pods, and what becomes of it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, EmailStr, Field, model_validator

from app.accounts.models import User
from app.accounts.store import blocks
from app.core.clock import now
from app.core.envelope import Envelope
from app.core.errors import InvalidInput, NotFound
from app.core.mail import SendMail
from app.core.resources import Resources
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.pods.errors import AlreadyInvited, AlreadyPodMember, PodBanned
from app.pods.events import PodInvited
from app.pods.models import (
    Pod,
    PodInvitation,
    PodInvitationKind,
    PodInvitationStatus,
    PodMember,
    PodMemberStatus,
)
from app.pods.service import codes, letters
from app.pods.service.holding import check, held
from app.pods.service.membership import admit
from app.pods.states import PodAction
from app.pods.store import invitations as store
from app.pods.store import members, pods

_CODE = ("input", "code")
_ID = ("input", "id")
# How long invitations are kept that expired, or would have.
_KEPT = timedelta(days=30)
_AT_A_TIME = 1000


class InvitationData(BaseModel):
    """An invitation to make: to a user, to an address, or a code for so many people."""

    pod_id: UUID
    user_id: UUID | None = None
    email: EmailStr | None = None
    code_uses: Annotated[int, Field(ge=1, le=1000)] | None = None
    message: Annotated[str, AfterValidator(text(1000))] | None = None
    days: Annotated[int, Field(ge=1, le=30)] = 7

    @model_validator(mode="after")
    def _one(self) -> "InvitationData":
        if sum(each is not None for each in (self.user_id, self.email, self.code_uses)) != 1:
            raise ValueError("Say one of user, e-mail address and uses of a code.")
        return self

    @property
    def kind(self) -> PodInvitationKind:
        """Who is invited."""
        if self.user_id is not None:
            return PodInvitationKind.USER
        return PodInvitationKind.CODE if self.email is None else PodInvitationKind.EMAIL


async def invite(
    uow: UnitOfWork, envelope: Envelope, viewer: Viewer, data: InvitationData
) -> tuple[PodInvitation, str | None]:
    """An invitation; of one by a code, the code, which is never said again.

    `AlreadyPodMember`, `AlreadyInvited`, `PodBanned`; of an address nothing is said of whose it
    is: where somebody is banned or blocked there goes no letter, and it can't be accepted.
    """
    user = await _invitee(uow, viewer, data)
    inviter = await members.hold_account(uow.session, viewer.user_id)
    pod, _ = await held(uow, viewer, data.pod_id, PodAction.INVITE, field="podId")
    if inviter is None:
        raise NotFound
    await store.forget_expired(uow.session, pod.id)
    if data.kind is not PodInvitationKind.CODE:
        await _check_new(uow, pod, data, user)
    made = PodInvitation(
        pod_id=pod.id,
        kind=data.kind,
        inviter_id=viewer.user_id,
        invitee_id=data.user_id,
        email=data.email,
        message=data.message or "",
        max_uses=data.code_uses or 1,
        expires_at=now() + timedelta(days=data.days),
    )
    code = None
    if data.kind is PodInvitationKind.CODE:
        code, made.code_selector, made.code_hash = codes.new_code()
    uow.session.add(made)
    await uow.session.flush()
    if data.email is not None and not await store.is_unwanted(
        uow.session, viewer, pod.id, data.email
    ):
        letter = letters.invitation(data.email, inviter.first_name, pod.name, data.days)
        uow.enqueue(await SendMail.of(envelope, letter))
    if data.user_id is not None:
        uow.publish(PodInvited(pod_id=pod.id, user_id=data.user_id, invitation_id=made.id))
    return made, code


async def accept(uow: UnitOfWork, viewer: Viewer, key: UUID) -> PodMember:
    """Come in by an invitation to the viewer or to their confirmed address."""
    user = await _account(uow, viewer)
    pod = await _pod(uow, await store.pod_of(uow.session, key))
    found = pod and await store.for_viewer(uow.session, viewer, key)
    if pod is None or not found:
        raise NotFound(field=_ID)
    return await _enter(uow, pod, user, key)


async def accept_code(uow: UnitOfWork, viewer: Viewer, code: str) -> PodMember:
    """Come in by a code; a wrong one, one that is used up, and one for somebody who is banned
    are the same: `NotFound`.
    """
    wrong = NotFound("This code isn't good, or no longer is.", field=_CODE)
    user = await _account(uow, viewer)
    found = await store.by_selector(uow.session, codes.selector_of(code))
    right = codes.matches(code, found.code_hash if found else None)
    if found is None or not right:
        raise wrong
    pod = await _pod(uow, found.pod_id)
    current = await store.get(uow.session, found.id)
    if pod is None or current is None or _is_over(current):
        raise wrong
    known = await members.of(uow.session, pod.id, viewer.user_id)
    if known and known.status is PodMemberStatus.BANNED:
        raise wrong
    return await _enter(uow, pod, user, found.id)


async def decline(uow: UnitOfWork, viewer: Viewer, key: UUID) -> PodInvitation:
    """Not come in by an invitation to the viewer."""
    pod = await _pod(uow, await store.pod_of(uow.session, key))
    found = await store.for_viewer(uow.session, viewer, key) if pod else None
    if pod is None or found is None:
        raise NotFound(field=_ID)
    check(pod, PodAction.DECLINE)
    found.status = PodInvitationStatus.DECLINED
    uow.session.add(found)
    return found


async def revoke(uow: UnitOfWork, viewer: Viewer, key: UUID) -> PodInvitation:
    """Take an invitation back; again changes nothing, nor does one that is settled."""
    pod_id = await store.pod_of(uow.session, key)
    if pod_id is None:
        raise NotFound(field=_ID)
    pod = await pods.hold(uow.session, pod_id)
    if pod is None or not await store.is_shown(uow.session, viewer, key):
        raise NotFound(field=_ID)
    await held(uow, viewer, pod_id, PodAction.REVOKE)
    found = await store.get(uow.session, key)
    if found is None:
        raise NotFound(field=_ID)
    if found.status is PodInvitationStatus.PENDING:
        found.status = PodInvitationStatus.REVOKED
        uow.session.add(found)
        uow.audit("pod.invitation_revoke", viewer.user_id, ("pod", pod_id))
    return found


async def forget_old(resources: Resources) -> None:
    """Forget invitations, and the addresses in them, a month after the time they were good for."""
    found = _AT_A_TIME
    while found == _AT_A_TIME:
        async with resources.begin() as uow:
            found = await store.forget(uow.session, now() - _KEPT, _AT_A_TIME)


async def _invitee(uow: UnitOfWork, viewer: Viewer, data: InvitationData) -> User | None:
    """The user who is invited as one; who is kept apart from the viewer by a block is nobody."""
    if data.user_id is None:
        return None
    user = await members.hold_account(uow.session, data.user_id)
    if user is None or await blocks.blocked_among(uow.session, viewer, [data.user_id]):
        raise NotFound(field=("input", "userId"))
    return user


async def _check_new(uow: UnitOfWork, pod: Pod, data: InvitationData, user: User | None) -> None:
    field = ("input", "userId" if user else "email")
    if user is not None:
        known = await members.of(uow.session, pod.id, user.id)
        if known and known.status is PodMemberStatus.ACTIVE:
            raise AlreadyPodMember(field=field)
        if known and known.status is PodMemberStatus.BANNED:
            raise PodBanned(field=field)
    if await store.is_pending(uow.session, pod.id, invitee_id=data.user_id, email=data.email):
        raise AlreadyInvited(field=field)


async def _account(uow: UnitOfWork, viewer: Viewer) -> User:
    user = await members.hold_account(uow.session, viewer.user_id)
    if user is None:
        raise NotFound
    return user


async def _pod(uow: UnitOfWork, key: UUID | None) -> Pod | None:
    return None if key is None else await pods.hold(uow.session, key)


async def _enter(uow: UnitOfWork, pod: Pod, user: User, key: UUID) -> PodMember:
    """Come into a pod that is held; the invitation is used, once more than before."""
    check(pod, PodAction.ACCEPT)
    known = await members.of(uow.session, pod.id, user.id)
    if known and known.status is PodMemberStatus.ACTIVE:
        raise AlreadyPodMember
    if not await store.take(uow.session, key):
        raise InvalidInput("This invitation isn't good any more.")
    return await admit(uow, pod, user, known)


def _is_over(invitation: PodInvitation) -> bool:
    pending = invitation.status is PodInvitationStatus.PENDING
    return not pending or invitation.expires_at <= now() or invitation.uses >= invitation.max_uses

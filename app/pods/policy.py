"""Who sees what of pods. Conditions on a table or an alias of it, for whoever asks."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.models import User
from app.accounts.policy import blocked
from app.core.viewer import Asker
from app.pods.models import (
    Pod,
    PodInvitation,
    PodInvitationKind,
    PodInvitationStatus,
    PodMember,
    PodMemberStatus,
    PodRole,
)
from app.pods.states import ON_POD, PodAction


def _stands(
    viewer: Asker, pod_id: Any, status: PodMemberStatus, roles: Iterable[PodRole] | None = None
) -> ColumnElement[bool]:
    if not viewer.signed_in:
        return false()
    own: Any = aliased(PodMember)
    where = [own.pod_id == pod_id, own.user_id == viewer.user_id, own.status == status]
    if roles is not None:
        where.append(own.role.in_(sorted(roles)))
    return exists(select(own.id).where(*where).correlate_except(own))


def belongs(viewer: Asker, pod_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is in a pod."""
    return _stands(viewer, pod_id, PodMemberStatus.ACTIVE)


def may(viewer: Asker, action: PodAction, pod_id: Any) -> ColumnElement[bool]:
    """Whether the viewer's role in a pod lets them do something to it."""
    return _stands(viewer, pod_id, PodMemberStatus.ACTIVE, ON_POD[action])


def banned(viewer: Asker, pod_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is banned from a pod."""
    return _stands(viewer, pod_id, PodMemberStatus.BANNED)


def pending(invitation: Any) -> ColumnElement[bool]:
    """Invitations that still count."""
    return and_(
        col(invitation.status) == PodInvitationStatus.PENDING,
        col(invitation.expires_at) > func.now(),
    )


def for_viewer(viewer: Asker, invitation: Any) -> ColumnElement[bool]:
    """Invitations that the viewer can accept: to them, or to an address that they have shown to
    be theirs. They don't count for who is banned, nor across a block.
    """
    if not viewer.signed_in:
        return false()
    address = exists(
        select(User.id)
        .where(
            User.id == viewer.user_id,
            col(User.email_verified),
            User.email == invitation.email,
        )
        .correlate_except(User)
    )
    to_them = or_(
        and_(
            col(invitation.kind) == PodInvitationKind.USER,
            col(invitation.invitee_id) == viewer.user_id,
        ),
        and_(col(invitation.kind) == PodInvitationKind.EMAIL, address),
    )
    return and_(
        to_them,
        pending(invitation),
        ~banned(viewer, invitation.pod_id),
        ~blocked(viewer, invitation.inviter_id),
    )


def invited(viewer: Asker, pod_id: Any) -> ColumnElement[bool]:
    """Whether the viewer has an invitation into a pod."""
    own: Any = aliased(PodInvitation)
    return exists(
        select(own.id).where(own.pod_id == pod_id, for_viewer(viewer, own)).correlate_except(own)
    )


def visible(viewer: Asker, pod: type[Pod] = Pod) -> ColumnElement[bool]:
    """Public pods, and those that the viewer is in or invited into."""
    if not viewer.signed_in:
        return false()
    return or_(col(pod.public), belongs(viewer, pod.id), invited(viewer, pod.id))


def visible_member(viewer: Asker, member: type[PodMember] = PodMember) -> ColumnElement[bool]:
    """Members of public pods, and of those that the viewer is in; who waits or is banned, to
    those who invite as well. One's own where the pod is seen; never across a block.
    """
    if not viewer.signed_in:
        return false()
    pod: Any = aliased(Pod)
    seen = exists(
        select(pod.id).where(pod.id == member.pod_id, visible(viewer, pod)).correlate_except(pod)
    )
    public = exists(select(pod.id).where(pod.id == member.pod_id, pod.public).correlate_except(pod))
    own = col(member.user_id) == viewer.user_id
    shown = and_(
        col(member.status) == PodMemberStatus.ACTIVE, or_(public, belongs(viewer, member.pod_id))
    )
    steward = may(viewer, PodAction.INVITE, member.pod_id)
    return and_(seen, or_(own, shown, steward), ~blocked(viewer, member.user_id))


def visible_invitation(
    viewer: Asker, invitation: type[PodInvitation] = PodInvitation
) -> ColumnElement[bool]:
    """Those that the viewer can accept, and all of pods into which they may invite."""
    if not viewer.signed_in:
        return false()
    return or_(for_viewer(viewer, invitation), may(viewer, PodAction.INVITE, invitation.pod_id))

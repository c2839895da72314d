"""Statements about invitations into a pod that is held."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, update
from sqlmodel import col, select

from app.accounts.models import User
from app.accounts.policy import blocked
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.pods import policy
from app.pods.models import PodInvitation, PodInvitationKind, PodInvitationStatus, PodMember
from app.pods.models import PodMemberStatus as Standing


async def pod_of(session: ReadSession, key: UUID) -> UUID | None:
    """The pod of an invitation."""
    return await session.first(select(PodInvitation.pod_id).where(PodInvitation.id == key))


async def get(session: ReadSession, key: UUID) -> PodInvitation | None:
    """An invitation, as it is now."""
    return await session.first(
        select(PodInvitation)
        .where(PodInvitation.id == key)
        .execution_options(populate_existing=True)
    )


async def by_selector(session: ReadSession, selector: str) -> PodInvitation | None:
    """The invitation whose code begins like this."""
    return await session.first(select(PodInvitation).where(PodInvitation.code_selector == selector))


async def for_viewer(session: ReadSession, viewer: Viewer, key: UUID) -> PodInvitation | None:
    """An invitation that the viewer can accept."""
    return await session.first(
        select(PodInvitation)
        .where(PodInvitation.id == key, policy.for_viewer(viewer, PodInvitation))
        .execution_options(populate_existing=True)
    )


async def is_shown(session: ReadSession, viewer: Viewer, key: UUID) -> bool:
    """Whether the viewer sees an invitation."""
    found = await session.first(
        select(PodInvitation.id).where(
            PodInvitation.id == key, policy.visible_invitation(viewer, PodInvitation)
        )
    )
    return found is not None


async def take(session: WriteSession, key: UUID) -> bool:
    """Use an invitation once; False if it doesn't count any more."""
    used = await session.changed(
        update(PodInvitation)
        .where(
            col(PodInvitation.id) == key,
            policy.pending(PodInvitation),
            col(PodInvitation.uses) < col(PodInvitation.max_uses),
        )
        .values(uses=PodInvitation.uses + 1)
    )
    if used:
        await session.execute(
            update(PodInvitation)
            .where(
                col(PodInvitation.id) == key,
                col(PodInvitation.uses) == col(PodInvitation.max_uses),
            )
            .values(status=PodInvitationStatus.ACCEPTED)
        )
    return bool(used)


async def settle(session: WriteSession, user: User, pod_id: UUID) -> None:
    """Whoever is in a pod has accepted what there was for them."""
    await _end(session, pod_id, _to(user), PodInvitationStatus.ACCEPTED, uses=1)


async def end_to(session: WriteSession, user: User, pod_id: UUID) -> None:
    """Revoke what invites somebody as a user or by their address."""
    await _end(session, pod_id, _to(user), PodInvitationStatus.REVOKED)


async def end_by(session: WriteSession, user_id: UUID, pod_id: UUID) -> None:
    """Revoke what somebody made who may invite no more: no code is left as a way back in."""
    by_them: ColumnElement[bool] = col(PodInvitation.inviter_id) == user_id
    await _end(session, pod_id, by_them, PodInvitationStatus.REVOKED)


async def end_all(session: WriteSession, pod_id: UUID) -> None:
    """Revoke all invitations into a pod."""
    everything: ColumnElement[bool] = col(PodInvitation.pod_id) == pod_id
    await _end(session, pod_id, everything, PodInvitationStatus.REVOKED)


async def forget_expired(session: WriteSession, pod_id: UUID) -> None:
    """Revoke what has expired, so that another one can be made."""
    await session.execute(
        update(PodInvitation)
        .where(
            col(PodInvitation.pod_id) == pod_id,
            col(PodInvitation.status) == PodInvitationStatus.PENDING,
            ~policy.pending(PodInvitation),
        )
        .values(status=PodInvitationStatus.REVOKED)
    )


async def forget(session: WriteSession, before: datetime, most: int) -> int:
    """Delete so many that were no longer good before a time; how many there were."""
    old = select(PodInvitation.id).where(col(PodInvitation.expires_at) < before).limit(most)
    return await session.changed(delete(PodInvitation).where(col(PodInvitation.id).in_(old)))


async def is_pending(
    session: ReadSession, pod_id: UUID, *, invitee_id: UUID | None, email: str | None
) -> bool:
    """Whether a user or an address has an invitation."""
    to_user: ColumnElement[bool] = col(PodInvitation.invitee_id) == invitee_id
    to_address: ColumnElement[bool] = col(PodInvitation.email) == email
    found = await session.first(
        select(PodInvitation.id).where(
            PodInvitation.pod_id == pod_id,
            PodInvitation.status == PodInvitationStatus.PENDING,
            to_user if email is None else to_address,
        )
    )
    return found is not None


async def is_unwanted(session: ReadSession, viewer: Viewer, pod_id: UUID, email: str) -> bool:
    """Whether an address is that of somebody who is banned from the pod, or kept apart from the
    viewer by a block.
    """
    banned = select(PodMember.user_id).where(
        PodMember.pod_id == pod_id, PodMember.status == Standing.BANNED
    )
    found = await session.first(
        select(User.id).where(
            User.email == email,
            or_(col(User.id).in_(banned), blocked(viewer, User.id)),
        )
    )
    return found is not None


def _to(user: User) -> ColumnElement[bool]:
    to_them: ColumnElement[bool] = col(PodInvitation.invitee_id) == user.id
    if not user.email_verified:
        return to_them
    return or_(to_them, col(PodInvitation.email) == user.email)


async def _end(
    session: WriteSession,
    pod_id: UUID,
    which: ColumnElement[bool],
    status: PodInvitationStatus,
    *,
    uses: int = 0,
) -> None:
    counted = {"uses": uses} if uses else {}
    if uses:
        which = which & (col(PodInvitation.kind) != PodInvitationKind.CODE)
    await session.execute(
        update(PodInvitation)
        .where(
            col(PodInvitation.pod_id) == pod_id,
            col(PodInvitation.status) == PodInvitationStatus.PENDING,
            which,
        )
        .values(status=status, **counted)
    )

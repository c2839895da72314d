"""What those who are told of a pod's events have to know, as it is when they are told."""

from uuid import UUID

from sqlmodel import col, select

from app.accounts.models import User
from app.core.db import ReadSession
from app.pods import policy
from app.pods.models import Pod, PodInvitation, PodMember, PodMemberStatus, PodRole


async def invitation(session: ReadSession, key: UUID) -> tuple[str, str | None] | None:
    """What the pod is called, and who invites; None once the invitation doesn't count."""
    rows = await session.rows(
        select(Pod.name, User.first_name)
        .select_from(PodInvitation)
        .join(Pod, col(Pod.id) == PodInvitation.pod_id)
        .join(User, col(User.id) == PodInvitation.inviter_id, isouter=True)
        .where(PodInvitation.id == key, policy.pending(PodInvitation))
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def membership(
    session: ReadSession, pod_id: UUID, user_id: UUID
) -> tuple[str, PodRole] | None:
    """What a pod is called, and somebody's role in it; None once they aren't in it."""
    rows = await session.rows(
        select(Pod.name, PodMember.role)
        .join(PodMember, col(PodMember.pod_id) == Pod.id)
        .where(
            Pod.id == pod_id,
            PodMember.user_id == user_id,
            PodMember.status == PodMemberStatus.ACTIVE,
        )
    )
    return (rows[0][0], rows[0][1]) if rows else None

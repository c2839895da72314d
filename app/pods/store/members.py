"""Statements about who belongs to a pod that is held."""

from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import col, select

from app.accounts.models import AccountStatus, User
from app.core.db import ReadSession, WriteSession
from app.pods.models import PodMember, PodMemberStatus, PodRole


async def of(session: ReadSession, pod_id: UUID, user_id: UUID) -> PodMember | None:
    """How somebody stands to a pod, if at all."""
    return await session.first(
        select(PodMember)
        .where(PodMember.pod_id == pod_id, PodMember.user_id == user_id)
        .execution_options(populate_existing=True)
    )


async def hold_account(session: WriteSession, user_id: UUID) -> User | None:
    """An active account, which stays as it is until the end: its address with it."""
    return await session.first(
        select(User)
        .where(User.id == user_id, User.status == AccountStatus.ACTIVE)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )


async def count_owners(session: ReadSession, pod_id: UUID) -> int:
    """How many owners a pod has."""
    return await session.value(
        select(func.count()).where(PodMember.pod_id == pod_id, PodMember.role == PodRole.OWNER)
    )


async def heir(session: ReadSession, pod_id: UUID) -> PodMember | None:
    """Of those with the highest role the one who came first; of people whose accounts aren't
    active only if there is nobody else.
    """
    rank = case(
        (col(PodMember.role) == PodRole.ADMIN, 0),
        (col(PodMember.role) == PodRole.MODERATOR, 1),
        else_=2,
    )
    away = col(User.status) != AccountStatus.ACTIVE
    return await session.first(
        select(PodMember)
        .join(User, col(User.id) == PodMember.user_id)
        .where(PodMember.pod_id == pod_id, PodMember.status == PodMemberStatus.ACTIVE)
        .order_by(away, rank, col(PodMember.joined_at), col(PodMember.id))
        .limit(1)
    )

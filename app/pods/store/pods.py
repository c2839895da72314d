"""Statements about pods as a whole."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.pods import policy
from app.pods.models import Pod, PodMember, PodMemberStatus, PodRole, PodStatus
from app.reference.models import Subject


async def hold(session: WriteSession, key: UUID) -> Pod | None:
    """A pod which nobody else changes until the end.

    Whatever changes a pod, who is in it or who is invited holds its row first. What is asked
    afterwards is seen as the last holder left it: so members are counted as they are.
    """
    return await session.first(
        select(Pod).where(Pod.id == key).with_for_update().execution_options(populate_existing=True)
    )


async def is_seen(session: ReadSession, viewer: Viewer, key: UUID) -> bool:
    """Whether the viewer sees a pod."""
    found = select(Pod.id).where(Pod.id == key, policy.visible(viewer))
    return await session.first(found) is not None


async def subject(session: ReadSession, key: UUID) -> UUID | None:
    """The key of a subject, if there is one."""
    return await session.first(select(Subject.id).where(Subject.id == key))


async def ownerless(session: ReadSession, most: int) -> Sequence[UUID]:
    """Pods that lost their last owner: the account is gone."""
    owners = select(PodMember.pod_id).where(PodMember.role == PodRole.OWNER)
    return await session.all(
        select(Pod.id)
        .where(Pod.status == PodStatus.ACTIVE, col(Pod.id).not_in(owners))
        .order_by(col(Pod.id))
        .limit(most)
    )


async def count_members(session: ReadSession, key: UUID) -> int:
    """How many are in a pod."""
    return await session.value(
        select(func.count()).where(
            PodMember.pod_id == key, PodMember.status == PodMemberStatus.ACTIVE
        )
    )

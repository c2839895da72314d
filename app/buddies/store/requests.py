"""SQL of who asks whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import col, select

from app.buddies import policy
from app.buddies.models import BuddyRequest, BuddyRequestStatus
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer


def _between(one: UUID, two: UUID) -> ColumnElement[bool]:
    asked = BuddyRequest
    return or_(
        and_(col(asked.requester_id) == one, col(asked.requested_id) == two),
        and_(col(asked.requester_id) == two, col(asked.requested_id) == one),
    )


async def expire(session: WriteSession, *pair: UUID) -> int:
    """Write down that the time of open requests is over: between two people, or of all."""
    where = policy.overdue()
    if pair:
        where = and_(where, _between(*pair))
    return await session.changed(
        update(BuddyRequest)
        .where(where)
        .values(status=BuddyRequestStatus.EXPIRED, updated_at=now())
        .execution_options(synchronize_session=False)
    )


async def open_between(session: WriteSession, one: UUID, two: UUID) -> BuddyRequest | None:
    """The open request between two people, held."""
    return await session.first(
        select(BuddyRequest)
        .where(_between(one, two), BuddyRequest.status == BuddyRequestStatus.PENDING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def visible(session: ReadSession, viewer: Viewer, key: UUID) -> BuddyRequest | None:
    """A request that the viewer has made or got."""
    return await session.first(
        select(BuddyRequest).where(BuddyRequest.id == key, policy.visible_request(viewer))
    )


async def hold(session: WriteSession, viewer: Viewer, key: UUID) -> BuddyRequest | None:
    """The same, held, as it is now."""
    return await session.first(
        select(BuddyRequest)
        .where(BuddyRequest.id == key, policy.visible_request(viewer))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def by_id(session: ReadSession, key: UUID) -> BuddyRequest | None:
    """Any request."""
    return await session.first(select(BuddyRequest).where(BuddyRequest.id == key))


async def was_rejected(
    session: ReadSession, requester_id: UUID, requested_id: UUID, since: datetime
) -> bool:
    """Whether somebody has said no to somebody since then."""
    found = select(BuddyRequest.id).where(
        BuddyRequest.requester_id == requester_id,
        BuddyRequest.requested_id == requested_id,
        BuddyRequest.status == BuddyRequestStatus.REJECTED,
        col(BuddyRequest.responded_at) > since,
    )
    return await session.first(found) is not None

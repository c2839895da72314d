"""SQL of who studies with whom, and what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.buddies import policy
from app.buddies.models import (
    DEFAULT_MAX_BUDDIES,
    Buddy,
    BuddyAssignment,
    BuddyAssignmentStatus,
    BuddySession,
    StudyPreference,
)
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer


async def lock(session: WriteSession, one: UUID, two: UUID) -> None:
    """What happens between buddies is done one after the other, for each of the two."""
    for key in sorted((one, two)):
        lock = func.hashtextextended(f"buddies:{key}", 0)
        await session.execute(select(func.pg_advisory_xact_lock(lock)))


def count(user_id: Any) -> ColumnElement[int]:
    """How many buddies somebody has."""
    counts = [
        select(func.count())
        .where(col(side) == user_id, col(Buddy.ended_at).is_(None))
        .correlate_except(Buddy)
        .scalar_subquery()
        for side in (Buddy.first_id, Buddy.second_id)
    ]
    return counts[0] + counts[1]


async def has_room(session: ReadSession, user_id: UUID) -> bool:
    """Whether somebody has fewer buddies than they want."""
    most = select(StudyPreference.max_buddies).where(StudyPreference.user_id == user_id)
    limit = func.coalesce(most.scalar_subquery(), DEFAULT_MAX_BUDDIES)
    return await session.value(select(count(user_id) < limit))


async def together(session: ReadSession, one: UUID, two: UUID) -> Buddy | None:
    """Two people as buddies, if they are."""
    first, second = sorted((one, two))
    return await session.first(
        select(Buddy).where(
            Buddy.first_id == first, Buddy.second_id == second, col(Buddy.ended_at).is_(None)
        )
    )


async def visible(session: ReadSession, viewer: Viewer, key: UUID) -> Buddy | None:
    """One of the viewer's buddies."""
    return await session.first(select(Buddy).where(Buddy.id == key, policy.visible_buddy(viewer)))


async def hold(session: WriteSession, key: UUID) -> Buddy | None:
    """Two buddies, held, as they are now."""
    return await session.first(
        select(Buddy)
        .where(Buddy.id == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def note_session(
    session: WriteSession, people: Sequence[UUID], session_id: UUID, ended_at: datetime
) -> None:
    """Keep that those of these people who were buddies at its end had a session together."""
    were = (
        select(Buddy.id, literal(session_id), literal(ended_at))
        .where(
            col(Buddy.first_id).in_(people),
            col(Buddy.second_id).in_(people),
            col(Buddy.created_at) <= ended_at,
            or_(col(Buddy.ended_at).is_(None), col(Buddy.ended_at) > ended_at),
        )
        .order_by(col(Buddy.id))
    )
    kept = insert(BuddySession).from_select(["buddy_id", "session_id", "ended_at"], were)
    await session.execute(kept.on_conflict_do_nothing())


async def open_assignments(session: WriteSession, buddy_id: UUID) -> Sequence[BuddyAssignment]:
    """What two buddies study together, held."""
    return await session.all(
        select(BuddyAssignment)
        .where(
            BuddyAssignment.buddy_id == buddy_id,
            BuddyAssignment.status != BuddyAssignmentStatus.ENDED,
        )
        .order_by(col(BuddyAssignment.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def hold_assignment(
    session: WriteSession, viewer: Viewer, key: UUID
) -> tuple[BuddyAssignment, Buddy] | None:
    """An assignment that the viewer sees, held, and whose it is."""
    rows = await session.rows(
        select(BuddyAssignment, Buddy)
        .join(Buddy, col(Buddy.id) == BuddyAssignment.buddy_id)
        .where(BuddyAssignment.id == key, policy.visible_assignment(viewer))
        .with_for_update(of=BuddyAssignment)
        .execution_options(populate_existing=True)
    )
    return (rows[0][0], rows[0][1]) if rows else None

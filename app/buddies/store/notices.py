"""What those who are told of study buddies' events have to know, as it is now."""

from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from app.accounts.models import AccountStatus, User, UserBlock
from app.buddies.models import Buddy, BuddyAssignment, BuddyAssignmentStatus, BuddyRequest
from app.core.db import ReadSession
from app.courses.models import Course


async def name(session: ReadSession, user_id: UUID, told_id: UUID) -> str | None:
    """What an active user is called; None where one of the two has blocked the other."""
    found = await session.first(
        select(User).where(User.id == user_id, User.status == AccountStatus.ACTIVE)
    )
    block = select(UserBlock.id).where(
        or_(
            (col(UserBlock.blocker_id) == user_id) & (col(UserBlock.blocked_id) == told_id),
            (col(UserBlock.blocker_id) == told_id) & (col(UserBlock.blocked_id) == user_id),
        )
    )
    if found is None or await session.first(block) is not None:
        return None
    return " ".join(filter(None, (found.first_name, found.last_name)))


async def course_of_request(session: ReadSession, request_id: UUID) -> str | None:
    """The course of a request."""
    return await session.first(
        select(Course.title)
        .join(BuddyRequest, col(BuddyRequest.context_id) == Course.id)
        .where(BuddyRequest.id == request_id)
    )


async def assignment(
    session: ReadSession, assignment_id: UUID
) -> tuple[str, BuddyAssignmentStatus] | None:
    """The course of an assignment of people who are buddies still, and how it stands."""
    rows = await session.rows(
        select(Course.title, BuddyAssignment.status)
        .join(BuddyAssignment, col(BuddyAssignment.context_id) == Course.id)
        .join(Buddy, col(Buddy.id) == BuddyAssignment.buddy_id)
        .where(BuddyAssignment.id == assignment_id, col(Buddy.ended_at).is_(None))
    )
    return (rows[0][0], rows[0][1]) if rows else None

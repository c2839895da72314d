"""SQL of what people study together. Another kind of context is another branch here."""

from uuid import UUID

from sqlalchemy import and_
from sqlmodel import col, select

from app.accounts.models import AccountStatus, User
from app.buddies import policy
from app.core.db import ReadSession
from app.courses.models import Course, Section


async def is_on(session: ReadSession, user_id: UUID, course_id: UUID) -> bool:
    """Whether somebody with an active account is on a course now."""
    found = (
        select(Course.id)
        .join(User, and_(col(User.id) == user_id, col(User.status) == AccountStatus.ACTIVE))
        .where(Course.id == course_id, policy.on_course(user_id))
    )
    return await session.first(found) is not None


async def has_part(session: ReadSession, course_id: UUID, section_id: UUID) -> bool:
    """Whether a section is one of a course."""
    found = select(Section.id).where(Section.id == section_id, col(Section.course_id) == course_id)
    return await session.first(found) is not None


async def name(session: ReadSession, course_id: UUID) -> str | None:
    """What a course is called."""
    return await session.first(select(Course.title).where(Course.id == course_id))

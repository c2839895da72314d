"""Statements about announcements."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select as select_several
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.classes import policy
from app.classes.models import (
    Announcement,
    AnnouncementRead,
    Class,
    ClassStatus,
    Enrollment,
    EnrollmentStatus,
)
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Asker


async def hold(session: WriteSession, viewer: Asker, key: UUID) -> tuple[Announcement, bool] | None:
    """An announcement that the viewer sees, held, and whether they keep its class."""
    found = await session.rows(
        select_several(Announcement, policy.keeps(viewer, Announcement.class_id))
        .where(col(Announcement.id) == key, policy.visible_announcement(viewer))
        .with_for_update(of=Announcement, key_share=True)
        .execution_options(populate_existing=True)
    )
    return (found[0][0], found[0][1]) if found else None


async def due(session: ReadSession, until: datetime, most: int) -> list[UUID]:
    """Those that were to be sent until a time and weren't; not of cancelled classes."""
    return await session.all(
        select(Announcement.id)
        .join(Class, col(Class.id) == Announcement.class_id)
        .where(
            col(Announcement.sent_at).is_(None),
            col(Announcement.scheduled_at) <= until,
            col(Class.status) != ClassStatus.CANCELLED,
        )
        .order_by(col(Announcement.scheduled_at))
        .limit(most)
    )


async def mark_sent(session: WriteSession, key: UUID) -> UUID | None:
    """Send one that is due, once: its class. None if it was sent, put off or deleted meanwhile."""
    moment = now()
    found = await session.execute(
        update(Announcement)
        .where(
            col(Announcement.id) == key,
            col(Announcement.sent_at).is_(None),
            col(Announcement.scheduled_at) <= moment,
        )
        .values(sent_at=moment)
        .returning(col(Announcement.class_id))
    )
    class_id: UUID | None = found.scalar_one_or_none()
    return class_id


async def mark_read(session: WriteSession, viewer: Asker, key: UUID) -> bool:
    """Note that the viewer has read what they were sent; False if they weren't sent it."""
    seen = await session.first(
        select(Announcement.id).where(
            Announcement.id == key,
            col(Announcement.sent_at).is_not(None),
            policy.visible_announcement(viewer),
        )
    )
    if seen is None:
        return False
    await session.execute(
        insert(AnnouncementRead)
        .values(announcement_id=key, user_id=viewer.user_id, read_at=now())
        .on_conflict_do_nothing()
    )
    return True


async def with_class(session: ReadSession, key: UUID) -> tuple[Announcement, Class] | None:
    """One with the class that it is told to; None if it was deleted."""
    found = await session.rows(
        select_several(Announcement, Class)
        .join(Class, col(Class.id) == Announcement.class_id)
        .where(col(Announcement.id) == key)
    )
    return (found[0][0], found[0][1]) if found else None


async def members(session: ReadSession, class_id: UUID) -> Sequence[UUID]:
    """Who is in a class, or has finished it, in the order of their keys."""
    return await session.all(
        select(Enrollment.student_id)
        .where(
            Enrollment.class_id == class_id,
            col(Enrollment.status) != EnrollmentStatus.WITHDRAWN,
        )
        .order_by(col(Enrollment.student_id))
    )

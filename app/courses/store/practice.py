"""SQL of practice sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import Course, Lesson, PracticeSession, PracticeStatus, Section

_OPEN = col(PracticeSession.status).in_([PracticeStatus.ACTIVE, PracticeStatus.PAUSED])


async def sees_course(session: WriteSession, viewer: Viewer, course_id: UUID) -> bool:
    """Whether there is such a course for the viewer; it stays until the end."""
    found = (
        select(Course.id)
        .where(Course.id == course_id, policy.visible(viewer))
        .with_for_update(read=True, key_share=True)
    )
    return await session.first(found) is not None


async def sees_lesson(
    session: WriteSession, viewer: Viewer, lesson_id: UUID, course_id: UUID
) -> bool:
    """Whether a lesson is of a course, and open to the viewer; it stays until the end."""
    found = (
        select(Lesson.id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(
            Lesson.id == lesson_id,
            Section.course_id == course_id,
            policy.visible_lesson(viewer),
            policy.opened(viewer),
        )
        .with_for_update(read=True, key_share=True, of=Lesson)
    )
    return await session.first(found) is not None


async def add(session: WriteSession, row: PracticeSession) -> bool:
    """Add a session; False if the person has an open one: two at a moment can't both succeed."""
    values = row.model_dump()
    return bool(
        await session.changed(
            insert(PracticeSession)
            .values(**values)
            .on_conflict_do_nothing(index_elements=["user_id"], index_where=_OPEN)
        )
    )


async def open_session(
    session: ReadSession, user_id: UUID
) -> tuple[PracticeSession, Course] | None:
    """The one session of a person that is open, with its course."""
    found = await session.rows(
        select(PracticeSession, Course)
        .join(Course, col(Course.id) == PracticeSession.course_id)
        .where(PracticeSession.user_id == user_id, _OPEN)
    )
    return (found[0][0], found[0][1]) if found else None


async def hold(session: WriteSession, viewer: Viewer, key: UUID) -> PracticeSession | None:
    """A session of the viewer's as it is now, which nobody else changes until the end."""
    return await session.first(
        select(PracticeSession)
        .where(PracticeSession.id == key, policy.practised(viewer, PracticeSession))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def hold_idle(
    session: WriteSession, before: datetime, most: int
) -> Sequence[PracticeSession]:
    """Open sessions of which nothing was heard since a time, but for those that somebody holds."""
    return await session.all(
        select(PracticeSession)
        .where(_OPEN, col(PracticeSession.last_activity_at) < before)
        .order_by(col(PracticeSession.last_activity_at))
        .limit(most)
        .with_for_update(skip_locked=True)
    )

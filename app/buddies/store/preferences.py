"""SQL of how people like to study."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.models import UserSubject
from app.buddies.models import StudyLevel, StudyPreference, StudyTime
from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.courses.models import CourseLevel


async def save(session: WriteSession, user_id: UUID, values: Mapping[str, Any]) -> None:
    """Keep what somebody says; what they don't mention stays."""
    changed = {**values, "updated_at": now()}
    statement = insert(StudyPreference).values(
        **StudyPreference(user_id=user_id).model_dump() | changed
    )
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=changed))


async def replace_times(session: WriteSession, user_id: UUID, times: Sequence[StudyTime]) -> None:
    """These are all the times at which somebody can study."""
    await session.execute(delete(StudyTime).where(col(StudyTime.user_id) == user_id))
    session.add(*times)
    await session.flush()


async def times(session: ReadSession, user_ids: Sequence[UUID]) -> Sequence[StudyTime]:
    """When these can study, day after day."""
    return await session.all(
        select(StudyTime)
        .where(col(StudyTime.user_id).in_(user_ids))
        .order_by(col(StudyTime.user_id), col(StudyTime.weekday), col(StudyTime.starts_minute))
    )


async def subjects(session: ReadSession, user_id: UUID) -> dict[UUID, UUID]:
    """What somebody studies: the keys of the rows that say so, by the keys of the subjects."""
    rows = await session.rows(
        select(UserSubject.subject_id, UserSubject.id).where(UserSubject.user_id == user_id)
    )
    return {row[0]: row[1] for row in rows}


async def replace_levels(session: WriteSession, levels: Mapping[UUID, CourseLevel | None]) -> None:
    """How far somebody is, by the keys of the rows that say what they study."""
    await session.execute(
        delete(StudyLevel).where(col(StudyLevel.user_subject_id).in_(list(levels)))
    )
    session.add(
        *[
            StudyLevel(user_subject_id=key, level=level)
            for key, level in levels.items()
            if level is not None
        ]
    )
    await session.flush()

"""Sessions and who takes part."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.sessions.models import (
    Participant,
    ParticipantStatus,
    SessionStatus,
    StudySession,
)
from app.sessions.policy import member, visible


async def session(reading: ReadSession, viewer: Viewer, key: UUID) -> StudySession | None:
    """A session that the viewer can see."""
    return await reading.first(select(StudySession).where(StudySession.id == key, visible(viewer)))


async def any_sessions(session: ReadSession, keys: Sequence[UUID]) -> dict[UUID, StudySession]:
    """Sessions by key, for the workers: whoever may see them."""
    rows = await session.all(select(StudySession).where(col(StudySession.id).in_(keys)))
    return {row.id: row for row in rows}


async def is_member(session: ReadSession, viewer: Viewer, key: UUID) -> bool:
    """Whether the viewer takes part in a session."""
    found = select(StudySession.id).where(StudySession.id == key, member(viewer))
    return await session.first(found) is not None


async def lock_session(session: WriteSession, viewer: Viewer, key: UUID) -> StudySession | None:
    """A session that the viewer can see, held until the end of the transaction."""
    return await session.first(
        select(StudySession)
        .where(StudySession.id == key, visible(viewer))
        .with_for_update(of=StudySession)
    )


async def lock_any_session(session: WriteSession, key: UUID) -> StudySession | None:
    """Any session, for the workers."""
    return await session.first(select(StudySession).where(StudySession.id == key).with_for_update())


async def participants(
    session: ReadSession, session_ids: Sequence[UUID]
) -> dict[UUID, list[Participant]]:
    """Everybody's part in sessions, in the order in which they came."""
    rows = await session.all(
        select(Participant)
        .where(col(Participant.session_id).in_(session_ids))
        .order_by(col(Participant.created_at), col(Participant.user_id))
    )
    grouped: dict[UUID, list[Participant]] = {key: [] for key in session_ids}
    for row in rows:
        grouped[row.session_id].append(row)
    return grouped


async def participant(session: ReadSession, session_id: UUID, user_id: UUID) -> Participant | None:
    """One person's part in a session."""
    return await session.first(
        select(Participant).where(
            Participant.session_id == session_id, Participant.user_id == user_id
        )
    )


async def present_count(session: ReadSession, session_id: UUID) -> int:
    """How many are in the call."""
    return await session.value(
        select(func.count()).where(
            Participant.session_id == session_id, col(Participant.joined_at).is_not(None)
        )
    )


async def seats_promised(session: ReadSession, session_id: UUID) -> int:
    """How many are invited, coming or there."""
    return await session.value(
        select(func.count()).where(
            Participant.session_id == session_id,
            Participant.status != ParticipantStatus.DECLINED,
        )
    )


async def this_moment(session: ReadSession) -> datetime:
    """The database's time now, not at the transaction's beginning."""
    return await session.value(select(func.clock_timestamp()))


async def sharing_screens(session: ReadSession) -> list[tuple[UUID, UUID]]:
    """(session, user) of those who share their screen."""
    rows = await session.rows(
        select(StudySession.id, StudySession.screen_sharer_id).where(
            col(StudySession.screen_sharer_id).is_not(None)
        )
    )
    return [(key, user_id) for key, user_id in rows]


async def overdue(session: ReadSession, before: datetime, limit: int) -> list[UUID]:
    """Live sessions that began before a time."""
    return await session.all(
        select(StudySession.id)
        .where(StudySession.status == SessionStatus.LIVE, col(StudySession.started_at) < before)
        .limit(limit)
    )

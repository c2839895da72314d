"""Whiteboards, notes, resources and recordings."""

from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.sessions.models import (
    Participant,
    SessionNote,
    SessionRecording,
    SessionResource,
    Whiteboard,
    WhiteboardUpdate,
)


async def lock_whiteboard(session: WriteSession, session_id: UUID) -> Whiteboard:
    """A session's whiteboard, made if there is none, held until the end of the transaction."""
    await session.execute(
        insert(Whiteboard)
        .values(session_id=session_id, state=b"", changed_at=now())
        .on_conflict_do_nothing()
    )
    return await session.value(
        select(Whiteboard).where(Whiteboard.session_id == session_id).with_for_update()
    )


async def updates(session: ReadSession, session_id: UUID) -> list[WhiteboardUpdate]:
    """The updates that aren't folded, in the order of their arrival."""
    return await session.all(
        select(WhiteboardUpdate)
        .where(WhiteboardUpdate.session_id == session_id)
        .order_by(col(WhiteboardUpdate.sequence))
    )


async def forget_updates(session: WriteSession, session_id: UUID) -> None:
    """Delete the updates that are folded."""
    await session.execute(
        delete(WhiteboardUpdate).where(col(WhiteboardUpdate.session_id) == session_id)
    )


async def lock_note(session: WriteSession, author_id: UUID, key: UUID) -> SessionNote | None:
    """A note of somebody's, held until the end of the transaction."""
    return await session.first(
        select(SessionNote)
        .where(SessionNote.id == key, SessionNote.author_id == author_id)
        .with_for_update()
    )


async def note_count(session: ReadSession, session_id: UUID, author_id: UUID) -> int:
    """How many notes somebody has in a session."""
    return await session.value(
        select(func.count()).where(
            SessionNote.session_id == session_id, SessionNote.author_id == author_id
        )
    )


async def lock_resource(session: WriteSession, key: UUID) -> SessionResource | None:
    """A resource, held until the end of the transaction."""
    return await session.first(
        select(SessionResource).where(SessionResource.id == key).with_for_update()
    )


async def resource_count(session: ReadSession, session_id: UUID) -> int:
    """How many resources are shared in a session."""
    return await session.value(select(func.count()).where(SessionResource.session_id == session_id))


async def recording_at(session: ReadSession, session_id: UUID, url: str) -> SessionRecording | None:
    """The recording of a session that lies at an address."""
    return await session.first(
        select(SessionRecording).where(
            SessionRecording.session_id == session_id, SessionRecording.url == url
        )
    )


async def recording_count(session: ReadSession, session_id: UUID) -> int:
    """How many recordings a session has."""
    return await session.value(
        select(func.count()).where(SessionRecording.session_id == session_id)
    )


async def were_there(session: ReadSession, session_id: UUID) -> list[UUID]:
    """Everybody who is or was in the call."""
    return await session.all(
        select(Participant.user_id).where(
            Participant.session_id == session_id,
            col(Participant.joined_at).is_not(None) | col(Participant.left_at).is_not(None),
        )
    )

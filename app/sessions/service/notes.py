"""Notes: written during a session or after it, private or shared."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.core.errors import NotFound
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import SessionLimitReached, WrongState
from app.sessions.events import NoteRemoved, NoteSaved
from app.sessions.models import SessionNote, SessionNoteType, SessionStatus
from app.sessions.service.lifecycle import LONGEST
from app.sessions.service.taking_part import member
from app.sessions.store import sharing as store

MOST_NOTES = 200
_SECONDS = round(LONGEST.total_seconds())


class NoteData(BaseModel):
    """A note; without `note_id` a new one. What is None stays, or is as usual."""

    session_id: UUID
    note_id: UUID | None = None
    content: Annotated[str, AfterValidator(text(10_000))]
    type: SessionNoteType | None = None
    at_seconds: int | None = Field(default=None, ge=0, le=_SECONDS)
    shared: bool | None = None


async def save(uow: UnitOfWork, viewer: Viewer, data: NoteData) -> SessionNote:
    """Keep a note of the viewer's. Of a private one nobody is told."""
    session, _ = await member(uow, viewer, data.session_id, hold=True)
    if session.status is SessionStatus.CANCELLED:
        raise WrongState("This session was cancelled.")
    note = await _note(uow, viewer, data)
    was_shared = note.shared
    given = data.model_dump(include={"content", "type", "at_seconds", "shared"}, exclude_none=True)
    for name, value in given.items():
        setattr(note, name, value)
    if note.shared:
        uow.publish(NoteSaved(session_id=note.session_id, note_id=note.id))
    elif was_shared:
        uow.publish(NoteRemoved(session_id=note.session_id, note_id=note.id))
    return note


async def _note(uow: UnitOfWork, viewer: Viewer, data: NoteData) -> SessionNote:
    """The one to change, or a new one."""
    if data.note_id is not None:
        known = await store.lock_note(uow.session, viewer.user_id, data.note_id)
        if known is None or known.session_id != data.session_id:
            raise NotFound(field=("input", "noteId"))
        return known
    if await store.note_count(uow.session, data.session_id, viewer.user_id) >= MOST_NOTES:
        raise SessionLimitReached(f"Of one session you keep at most {MOST_NOTES} notes.")
    made = SessionNote(session_id=data.session_id, author_id=viewer.user_id, content=data.content)
    uow.session.add(made)
    return made


async def delete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Delete a note of the viewer's."""
    note = await store.lock_note(uow.session, viewer.user_id, key)
    if note is None:
        raise NotFound
    await uow.session.delete(note)
    if note.shared:
        uow.publish(NoteRemoved(session_id=note.session_id, note_id=note.id))

"""The whiteboard: a Yjs document that everybody in the call draws on.

The server merges updates one after the other, under the whiteboard's lock, so that none is lost
whichever process it comes to. The newest are kept one by one, for those who resume; now and then
all of them are folded into one state, which is what somebody gets who comes later.
"""

import asyncio
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.clock import now
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions import yjs
from app.sessions.errors import WhiteboardFull, WhiteboardUpdateInvalid
from app.sessions.events import WhiteboardChanged, WhiteboardFolded
from app.sessions.models import WhiteboardUpdate
from app.sessions.service.taking_part import in_call
from app.sessions.store import sharing as store

# In bytes.
LARGEST_UPDATE = 64 * 1024
LARGEST_DOCUMENT = 1024 * 1024
# In base64.
_LONGEST = (LARGEST_UPDATE + 2) // 3 * 4
# Updates that are kept one by one.
FOLDED_AT = 100
_UPDATE = ("input", "update")


class DrawingData(BaseModel):
    """A Yjs update in base64."""

    session_id: UUID
    update: str = Field(min_length=1, max_length=_LONGEST)


async def draw(uow: UnitOfWork, viewer: Viewer, data: DrawingData) -> None:
    """Merge an update into a session's whiteboard, and tell the others."""
    await in_call(uow, viewer, data.session_id)
    try:
        # Alone first: what is no update has nobody wait.
        update = await asyncio.to_thread(lambda: yjs.merged(yjs.decoded(data.update)))
    except yjs.NotAnUpdate:
        raise WhiteboardUpdateInvalid(field=_UPDATE) from None
    if not update:
        return
    board = await store.lock_whiteboard(uow.session, data.session_id)
    recent = await store.updates(uow.session, data.session_id)
    try:
        whole = await asyncio.to_thread(
            yjs.merged, board.state, *[each.data for each in recent], update
        )
    except yjs.NotAnUpdate:
        raise WhiteboardUpdateInvalid(field=_UPDATE) from None
    if len(whole) > LARGEST_DOCUMENT:
        raise WhiteboardFull(field=_UPDATE)
    board.changed_at = now()
    added = WhiteboardUpdate(
        session_id=data.session_id,
        sequence=recent[-1].sequence + 1 if recent else 1,
        data=update,
        author_id=viewer.user_id,
    )
    uow.session.add(added)
    uow.publish(WhiteboardChanged(session_id=data.session_id, update_id=added.id))
    if len(recent) + 1 >= FOLDED_AT:
        board.state = whole
        await store.forget_updates(uow.session, data.session_id)
        uow.publish(WhiteboardFolded(session_id=data.session_id))

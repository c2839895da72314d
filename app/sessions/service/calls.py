"""In the call: signals from one to another, the screen that is shared, hands that are raised."""

import asyncio
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from app.core.errors import InvalidInput, NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import NotInSession, ScreenShared, WrongState
from app.sessions.events import (
    ParticipantChanged,
    SessionChanged,
    Signal,
    SignalKind,
    session_stream,
)
from app.sessions.models import SessionStatus, StudySession
from app.sessions.service.taking_part import in_call
from app.sessions.states import OPEN
from app.sessions.store import lifecycle as store

# In bytes. A description of a call has some thousands.
LARGEST_SIGNAL = 64 * 1024
# Who reloads a page is back before this, in seconds.
_BLINK = 3.0


def _fits(payload: str) -> str:
    if not payload:
        raise ValueError("A signal isn't empty.")
    if len(payload.encode("utf-8", "surrogatepass")) > LARGEST_SIGNAL:
        raise ValueError("A signal has at most 64 kB.")
    return payload


class SignalData(BaseModel):
    """A signal to one participant."""

    session_id: UUID
    to_id: UUID
    kind: SignalKind
    payload: Annotated[str, AfterValidator(_fits)]


async def send(resources: Resources, viewer: Viewer, data: SignalData) -> None:
    """Hand a signal on. Who isn't there to hear it misses it."""
    if data.to_id == viewer.user_id:
        raise InvalidInput("A signal goes to somebody else.", field=("input", "toUserId"))
    async with resources.database.read() as session:
        studied = await store.session(session, viewer, data.session_id)
        mine = await store.participant(session, data.session_id, viewer.user_id)
        theirs = await store.participant(session, data.session_id, data.to_id)
    if studied is None or mine is None:
        raise NotFound
    if studied.status not in OPEN:
        raise WrongState(f"This session is {studied.status.value}: nobody is in its call.")
    if mine.joined_at is None:
        raise NotInSession
    if theirs is None or theirs.joined_at is None:
        raise NotFound("This person isn't in the call.", field=("input", "toUserId"))
    await resources.hub.tell(
        Signal(
            session_id=data.session_id,
            from_id=viewer.user_id,
            to_id=data.to_id,
            signal=data.kind,
            payload=data.payload,
        )
    )


async def share_screen(
    uow: UnitOfWork, viewer: Viewer, key: UUID, *, sharing: bool
) -> StudySession:
    """Take the screen, or give it up; one has it at a time."""
    session, _ = await in_call(uow, viewer, key, hold=True)
    if session.status is not SessionStatus.LIVE:
        raise WrongState(f"This session is {session.status.value}: screens are shared live.")
    mine = session.screen_sharer_id == viewer.user_id
    if sharing and not mine and session.screen_sharer_id is not None:
        raise ScreenShared
    if sharing != mine:
        session.screen_sharer_id = viewer.user_id if sharing else None
        uow.publish(SessionChanged(session_id=key))
    return session


async def raise_hand(uow: UnitOfWork, viewer: Viewer, key: UUID, *, raised: bool) -> StudySession:
    """Raise the hand or lower it. One that is up keeps its place."""
    session, mine = await in_call(uow, viewer, key, hold=True)
    if raised == (mine.hand_raised_at is not None):
        return session
    # The database's time at this moment: the lock puts hands in order, whichever process it is.
    mine.hand_raised_at = await store.this_moment(uow.session) if raised else None
    uow.publish(ParticipantChanged(session_id=key, user_id=viewer.user_id))
    return session


async def release_gone(resources: Resources, *, blink: float = _BLINK) -> int:
    """Take the screen from those who follow their session no longer; says from how many.

    They are looked for twice, `blink` seconds apart: who reloads a page isn't gone.
    """
    gone = await _gone(resources)
    if not gone:
        return 0
    await asyncio.sleep(blink)
    released = 0
    for key, user_id in gone & await _gone(resources):
        async with resources.begin() as uow:
            session = await store.lock_any_session(uow.session, key)
            if session is not None and session.screen_sharer_id == user_id:
                session.screen_sharer_id = None
                uow.publish(SessionChanged(session_id=key))
                released += 1
    return released


async def _gone(resources: Resources) -> set[tuple[UUID, UUID]]:
    async with resources.database.read() as session:
        sharing = await store.sharing_screens(session)
    gone = set()
    for key, user_id in sharing:
        if str(user_id) not in await resources.presence.members(session_stream(key)):
            gone.add((key, user_id))
    return gone

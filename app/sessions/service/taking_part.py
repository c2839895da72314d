"""Who may do something in a session: whoever takes part in it, or is in its call."""

from uuid import UUID

from app.core.errors import NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.sessions.errors import NotHost, NotInSession, WasNotThere, WrongState
from app.sessions.models import Participant, ParticipantStatus, StudySession
from app.sessions.policy import can_host
from app.sessions.states import OPEN
from app.sessions.store import lifecycle as store


async def member(
    uow: UnitOfWork, viewer: Viewer, key: UUID, *, hold: bool = False
) -> tuple[StudySession, Participant]:
    """A session and the viewer's part in it; held until the end of the transaction or not."""
    find = store.lock_session if hold else store.session
    session = await find(uow.session, viewer, key)
    mine = await store.participant(uow.session, key, viewer.user_id)
    if session is None or mine is None or mine.status is ParticipantStatus.DECLINED:
        raise NotFound
    return session, mine


async def in_call(
    uow: UnitOfWork, viewer: Viewer, key: UUID, *, hold: bool = False
) -> tuple[StudySession, Participant]:
    """The same, for somebody who is in the call."""
    session, mine = await member(uow, viewer, key, hold=hold)
    if session.status not in OPEN:
        raise WrongState(f"This session is {session.status.value}: nobody is in its call.")
    if mine.joined_at is None:
        raise NotInSession
    return session, mine


async def was_there(
    uow: UnitOfWork, viewer: Viewer, key: UUID, *, hold: bool = False
) -> tuple[StudySession, Participant]:
    """The same, for somebody who is or was in the call."""
    session, mine = await member(uow, viewer, key, hold=hold)
    if mine.joined_at is None and mine.left_at is None:
        raise WasNotThere
    return session, mine


async def seen(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """A session that the viewer sees, held until the end of the transaction."""
    session = await store.lock_session(uow.session, viewer, key)
    if session is None:
        raise NotFound
    return session


async def hosted(uow: UnitOfWork, viewer: Viewer, key: UUID) -> StudySession:
    """A session that the viewer hosts, held until the end of the transaction."""
    session = await seen(uow, viewer, key)
    if not can_host(viewer, session):
        raise NotHost
    return session

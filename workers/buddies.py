"""What follows from events of study buddies."""

from app.accounts.events import UserBlocked
from app.buddies.events import (
    AssignmentChanged,
    AssignmentEnded,
    BuddyEnded,
    BuddyMade,
    BuddyRejected,
    BuddyRequested,
)
from app.buddies.service import buddies
from app.buddies.store import notices as store
from app.core.db import ReadSession
from app.core.resources import Resources
from app.notifications import notices
from app.notifications.notices import Notice
from app.sessions.events import SessionChanged
from app.sessions.models import ParticipantStatus, SessionKind
from app.sessions.store import lifecycle as sessions
from workers.following import follow
from workers.notifying import tell


async def _of_request(session: ReadSession, event: BuddyRequested) -> Notice | None:
    who = await store.name(session, event.other_id, event.user_id)
    course = await store.course_of_request(session, event.request_id)
    return notices.buddy_requested(event.request_id, who, course) if who and course else None


async def _of_rejection(session: ReadSession, event: BuddyRejected) -> Notice | None:
    who = await store.name(session, event.other_id, event.user_id)
    return notices.buddy_rejected(event.request_id, who) if who else None


async def _of_buddy(session: ReadSession, event: BuddyMade) -> Notice | None:
    who = await store.name(session, event.other_id, event.user_id)
    found = await store.assignment(session, event.assignment_id)
    return notices.buddy_accepted(event.buddy_id, who, found[0]) if who and found else None


async def _of_end(session: ReadSession, event: BuddyEnded) -> Notice | None:
    """Nothing after a block: nobody is told who blocks them."""
    who = await store.name(session, event.other_id, event.user_id)
    return notices.buddy_ended(who) if who else None


async def _of_assignment(
    session: ReadSession, event: AssignmentChanged | AssignmentEnded
) -> Notice | None:
    """As it is now; nothing where the two aren't buddies any more, which is told itself."""
    who = await store.name(session, event.other_id, event.user_id)
    found = await store.assignment(session, event.assignment_id)
    if not who or found is None:
        return None
    return notices.buddy_assignment(event.assignment_id, who, found[0], found[1].value)


async def _part(resources: Resources, event: UserBlocked, _: str) -> None:
    """Who blocks a buddy has one less."""
    async with resources.begin() as uow:
        await buddies.part(uow, event.user_id, event.blocked_id)


async def _count(resources: Resources, event: SessionChanged, _: str) -> None:
    """Two buddies who were in a session for two have had one more, once it has ended."""
    key = event.session_id
    async with resources.database.read() as session:
        studied = (await sessions.any_sessions(session, [key])).get(key)
        if studied is None or studied.kind is not SessionKind.BUDDY or studied.ended_at is None:
            return
        parts = (await sessions.participants(session, [key]))[key]
    there = [each.user_id for each in parts if each.status is ParticipantStatus.ATTENDED]
    async with resources.begin() as uow:
        await buddies.studied(uow, there, key, studied.ended_at)


follow(UserBlocked, "buddies", _part)
follow(SessionChanged, "buddies", _count)
tell(BuddyRequested, _of_request)
tell(BuddyRejected, _of_rejection)
tell(BuddyMade, _of_buddy)
tell(BuddyEnded, _of_end)
tell(AssignmentChanged, _of_assignment)
tell(AssignmentEnded, _of_assignment)

"""Asking somebody to study together, and the answer."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel

from app.buddies.errors import (
    BuddyExists,
    BuddyLimitReached,
    BuddyOneself,
    BuddyRequestOpen,
    BuddyRequestTooSoon,
    BuddyRequestWrongState,
    NotOnCourse,
)
from app.buddies.events import BuddyMade, BuddyRejected, BuddyRequested
from app.buddies.models import Buddy, BuddyAssignment, BuddyRequest, BuddyRequestStatus
from app.buddies.service import matching
from app.buddies.states import REQUEST_STEPS, RequestStep
from app.buddies.store import buddies, contexts
from app.buddies.store import matching as finding
from app.buddies.store import requests as store
from app.core.clock import now
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

LIFETIME: Final = timedelta(days=7)
# For so long after a no the same person isn't asked again.
REST: Final = timedelta(days=7)
_LONGEST_MESSAGE: Final = 500

Message = Annotated[str, AfterValidator(text(_LONGEST_MESSAGE))]


class RequestData(BaseModel):
    """Whom to ask, and what to study together."""

    user_id: UUID
    course_id: UUID
    section_id: UUID | None = None
    message: Message | None = None


async def send(
    uow: UnitOfWork, viewer: Viewer, data: RequestData
) -> tuple[BuddyRequest, Buddy | None]:
    """Ask somebody; the buddy is there where the other one had asked before.

    Then that request is accepted: it doesn't matter who of two was a moment earlier.
    """
    me, other = viewer.user_id, data.user_id
    if me == other:
        raise BuddyOneself(field=("input", "userId"))
    await buddies.lock(uow.session, me, other)
    await store.expire(uow.session, me, other)
    asked = await store.open_between(uow.session, me, other)
    if asked is not None and asked.requester_id == me:
        raise BuddyRequestOpen(field=("input", "userId"))
    if asked is not None and await store.visible(uow.session, viewer, asked.id) is not None:
        return asked, (await _accept(uow, viewer, asked))[0]
    await _check(uow, viewer, data)
    score, reason = await matching.fit(uow.session, viewer, data.course_id, other)
    request = BuddyRequest(
        requester_id=me,
        requested_id=other,
        context_id=data.course_id,
        section_id=data.section_id,
        score=score,
        reason=reason,
        message=data.message,
        expires_at=now() + LIFETIME,
    )
    uow.session.add(request)
    await uow.session.flush()
    uow.publish(BuddyRequested(user_id=other, other_id=me, request_id=request.id))
    return request, None


async def _check(uow: UnitOfWork, viewer: Viewer, data: RequestData) -> None:
    """Whether the viewer can ask somebody. Who isn't found is told from nobody."""
    session, other = uow.session, data.user_id
    if not await contexts.is_on(session, viewer.user_id, data.course_id):
        raise NotOnCourse("You aren't on this course.", field=("input", "courseId"))
    if data.section_id is not None and not await contexts.has_part(
        session, data.course_id, data.section_id
    ):
        raise NotFound("The course has no such section.", field=("input", "sectionId"))
    if not await finding.is_found(session, viewer, other, data.course_id):
        raise NotFound(field=("input", "userId"))
    if await buddies.together(session, viewer.user_id, other) is not None:
        raise BuddyExists(field=("input", "userId"))
    if await store.was_rejected(session, viewer.user_id, other, now() - REST):
        raise BuddyRequestTooSoon(field=("input", "userId"))
    await _have_room(uow, viewer, other)


async def _have_room(uow: UnitOfWork, viewer: Viewer, other: UUID) -> None:
    if not await buddies.has_room(uow.session, viewer.user_id):
        raise BuddyLimitReached("You have as many buddies as you want.")
    if not await buddies.has_room(uow.session, other):
        raise BuddyLimitReached("This person has as many buddies as they want.")


async def accept(
    uow: UnitOfWork, viewer: Viewer, key: UUID
) -> tuple[BuddyRequest, Buddy, BuddyAssignment]:
    """Study together from now on. `BuddyLimitReached` or `NotOnCourse` otherwise."""
    request = await _held(uow, viewer, key, RequestStep.ACCEPT, "requested_id")
    return request, *await _accept(uow, viewer, request)


async def _accept(
    uow: UnitOfWork, viewer: Viewer, request: BuddyRequest
) -> tuple[Buddy, BuddyAssignment]:
    """Accept a request that is held, as are both people's buddies."""
    requester, me = request.requester_id, viewer.user_id
    for person in (requester, me):
        if not await contexts.is_on(uow.session, person, request.context_id):
            raise NotOnCourse("You aren't on the same course any more.")
    await _have_room(uow, viewer, requester)
    _answer(request, RequestStep.ACCEPT)
    first, second = sorted((requester, me))
    buddy = Buddy(first_id=first, second_id=second)
    assignment = BuddyAssignment(
        buddy_id=buddy.id,
        context_kind=request.context_kind,
        context_id=request.context_id,
        section_id=request.section_id,
    )
    await uow.session.insert([buddy, assignment])
    uow.publish(
        BuddyMade(
            user_id=requester,
            other_id=me,
            buddy_id=buddy.id,
            assignment_id=assignment.id,
            context_kind=request.context_kind,
            context_id=request.context_id,
        )
    )
    return buddy, assignment


async def reject(uow: UnitOfWork, viewer: Viewer, key: UUID) -> BuddyRequest:
    """Say no."""
    request = await _held(uow, viewer, key, RequestStep.REJECT, "requested_id")
    _answer(request, RequestStep.REJECT)
    uow.publish(
        BuddyRejected(user_id=request.requester_id, other_id=viewer.user_id, request_id=request.id)
    )
    return request


async def cancel(uow: UnitOfWork, viewer: Viewer, key: UUID) -> BuddyRequest:
    """Take a request back."""
    request = await _held(uow, viewer, key, RequestStep.CANCEL, "requester_id")
    _answer(request, RequestStep.CANCEL)
    return request


_WHOSE: Final = {
    "requested_id": "Only who was asked can answer this request.",
    "requester_id": "Only who has asked can take this request back.",
}


async def _held(
    uow: UnitOfWork, viewer: Viewer, key: UUID, step: RequestStep, side: str
) -> BuddyRequest:
    """A request for a step of the one on this side, held as both people's buddies are."""
    seen = await store.visible(uow.session, viewer, key)
    if seen is None:
        raise NotFound(field=("input", "id"))
    await buddies.lock(uow.session, seen.requester_id, seen.requested_id)
    request = await store.hold(uow.session, viewer, key)
    if request is None:
        raise NotFound(field=("input", "id"))
    if getattr(request, side) != viewer.user_id:
        raise BuddyRequestWrongState(_WHOSE[side])
    status = request.status
    # What nobody has written down yet is over all the same.
    if status is BuddyRequestStatus.PENDING and request.expires_at <= now():
        status = BuddyRequestStatus.EXPIRED
    if status not in REQUEST_STEPS[step]:
        raise BuddyRequestWrongState(f"This request is {status.value}.")
    return request


def _answer(request: BuddyRequest, step: RequestStep) -> None:
    request.status = REQUEST_STEPS[step][request.status]
    request.responded_at = now()


async def expire_due(resources: Resources) -> int:
    """Write down which requests' time is over; says how many."""
    async with resources.begin() as uow:
        return await store.expire(uow.session)

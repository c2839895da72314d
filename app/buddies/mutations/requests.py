"""Root mutations of who asks whom."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.buddies.service import requests as service
from app.buddies.types import Buddy, BuddyAssignment, BuddyRequest
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import INVITATIONS
from app.courses.mutations.inputs import errors
from app.courses.types import Course, Section


@strawberry.input(description="Whom to ask, and what to study together.")
class BuddyRequestSendInput:
    """Somebody on the same course."""

    user_id: strawberry.ID = strawberry.field(description="Whom.")
    course_id: strawberry.ID = strawberry.field(description="The course that both are on.")
    section_id: strawberry.ID | None = strawberry.field(
        default=None, description="The section of it to begin with, if one is proposed."
    )
    message: str | None = strawberry.field(
        default=None, description="What to say to them, plain: 1 to 500 characters."
    )


@strawberry.input(description="Which request to accept.")
class BuddyRequestAcceptInput:
    """One that the viewer got."""

    id: strawberry.ID = strawberry.field(description="The request.")


@strawberry.input(description="Which request to reject.")
class BuddyRequestRejectInput:
    """One that the viewer got."""

    id: strawberry.ID = strawberry.field(description="The request.")


@strawberry.input(description="Which request to take back.")
class BuddyRequestCancelInput:
    """One that the viewer made."""

    id: strawberry.ID = strawberry.field(description="The request.")


@strawberry.type
class _RequestPayload:
    request: BuddyRequest | None = edge("request_key", "The request.")
    request_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `buddyRequestSend`.")
class BuddyRequestSendPayload(_RequestPayload):
    """The request, and the buddy if it was an answer."""

    buddy: Buddy | None = edge(
        "buddy_key", "The buddy, where the other one had asked before; else null."
    )
    buddy_key: strawberry.Private[UUID | None] = None


@strawberry.type(description="The answer to `buddyRequestAccept`.")
class BuddyRequestAcceptPayload(_RequestPayload):
    """What was made."""

    buddy: Buddy | None = edge("buddy_key", "The buddy.")
    assignment: BuddyAssignment | None = edge("assignment_key", "What the two study together.")
    buddy_key: strawberry.Private[UUID | None] = None
    assignment_key: strawberry.Private[UUID | None] = None


@strawberry.type(description="The answer to `buddyRequestReject`.")
class BuddyRequestRejectPayload(_RequestPayload):
    """The request."""


@strawberry.type(description="The answer to `buddyRequestCancel`.")
class BuddyRequestCancelPayload(_RequestPayload):
    """The request."""


@strawberry.type
class BuddyRequestMutation:
    """Ask others to study together, and answer them."""

    @mutation(SIGNED_IN, INVITATIONS)
    async def buddy_request_send(
        self, info: Info, input: BuddyRequestSendInput
    ) -> BuddyRequestSendPayload:
        """Ask somebody to study a course together that both are on. It expires after seven days.
        Two people have one open request at most: where the other one has asked before, were it
        at the same moment, this accepts that request, with what it proposes, instead of making
        another one. Who said no isn't asked again by the same person for seven days. The other
        one is notified.
        """
        section = input.section_id
        data = to_data(
            service.RequestData,
            input,
            user_id=from_global(User.prefix, input.user_id),
            course_id=from_global(Course.prefix, input.course_id),
            section_id=None if section is None else from_global(Section.prefix, section),
        )
        async with info.context.begin() as uow:
            request, buddy = await service.send(uow, info.context.me, data)
        return BuddyRequestSendPayload(
            request_key=request.id, buddy_key=None if buddy is None else buddy.id
        )

    @mutation(SIGNED_IN)
    async def buddy_request_accept(
        self, info: Info, input: BuddyRequestAcceptInput
    ) -> BuddyRequestAcceptPayload:
        """Accept a request that isn't overdue: the two are buddies, and what was proposed is what
        they study. Both have to be on the course still, and to have fewer buddies than they want.
        The other one is notified, and `buddies.made` is told.
        """
        key = from_global(BuddyRequest.prefix, input.id)
        async with info.context.begin() as uow:
            request, buddy, assignment = await service.accept(uow, info.context.me, key)
        return BuddyRequestAcceptPayload(
            request_key=request.id, buddy_key=buddy.id, assignment_key=assignment.id
        )

    @mutation(SIGNED_IN)
    async def buddy_request_reject(
        self, info: Info, input: BuddyRequestRejectInput
    ) -> BuddyRequestRejectPayload:
        """Say no to a request. Who has asked is notified."""
        key = from_global(BuddyRequest.prefix, input.id)
        async with info.context.begin() as uow:
            request = await service.reject(uow, info.context.me, key)
        return BuddyRequestRejectPayload(request_key=request.id)

    @mutation(SIGNED_IN)
    async def buddy_request_cancel(
        self, info: Info, input: BuddyRequestCancelInput
    ) -> BuddyRequestCancelPayload:
        """Take an open request back."""
        key = from_global(BuddyRequest.prefix, input.id)
        async with info.context.begin() as uow:
            request = await service.cancel(uow, info.context.me, key)
        return BuddyRequestCancelPayload(request_key=request.id)

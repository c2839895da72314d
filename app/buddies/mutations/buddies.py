"""Root mutations of buddies and what they study."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.buddies.models import BuddyAssignmentStatus
from app.buddies.service import buddies as service
from app.buddies.types import Buddy, BuddyAssignment
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.mutations.inputs import errors
from app.courses.types import Section


@strawberry.input(description="What changes of an assignment. What isn't given stays.")
class BuddyAssignmentUpdateInput:
    """Each on its own."""

    id: strawberry.ID = strawberry.field(description="The assignment.")
    status: BuddyAssignmentStatus | None = strawberry.field(
        default=strawberry.UNSET,
        description="To pause, resume or end it. It can't be cleared.",
    )
    section_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The section of what is shared to go on with; null for none.",
    )


@strawberry.input(description="What to study together no longer.")
class BuddyAssignmentEndInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The assignment.")


@strawberry.input(description="With whom to study no longer.")
class BuddyRemoveInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The buddy.")


@strawberry.type
class _AssignmentPayload:
    assignment: BuddyAssignment | None = edge("assignment_key", "The assignment.")
    assignment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `buddyAssignmentUpdate`.")
class BuddyAssignmentUpdatePayload(_AssignmentPayload):
    """The assignment."""


@strawberry.type(description="The answer to `buddyAssignmentEnd`.")
class BuddyAssignmentEndPayload(_AssignmentPayload):
    """The assignment."""


@strawberry.type(description="The answer to `buddyRemove`.")
class BuddyRemovePayload:
    """Who it was."""

    user: User | None = edge("user_key", "The other one of the two.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class BuddyMutation:
    """Study with others, or no longer."""

    @mutation(SIGNED_IN)
    async def buddy_assignment_update(
        self, info: Info, input: BuddyAssignmentUpdateInput
    ) -> BuddyAssignmentUpdatePayload:
        """Pause, resume or end what two buddies study, or go on with another section of it, which
        is possible while it is active. Either of the two may. One that has ended stays so.
        """
        given = {}
        if input.section_id:
            given["section_id"] = from_global(Section.prefix, input.section_id)
        data = to_data(service.AssignmentData, input, **given)
        key = from_global(BuddyAssignment.prefix, input.id)
        async with info.context.begin() as uow:
            changed = await service.update_assignment(uow, info.context.me, key, data)
        return BuddyAssignmentUpdatePayload(assignment_key=changed.id)

    @mutation(SIGNED_IN)
    async def buddy_assignment_end(
        self, info: Info, input: BuddyAssignmentEndInput
    ) -> BuddyAssignmentEndPayload:
        """Study something together no longer. The two stay buddies, and the other one is
        notified; `buddies.assignment_ended` is told.
        """
        key = from_global(BuddyAssignment.prefix, input.id)
        async with info.context.begin() as uow:
            ended = await service.end_assignment(uow, info.context.me, key)
        return BuddyAssignmentEndPayload(assignment_key=ended.id)

    @mutation(SIGNED_IN)
    async def buddy_remove(self, info: Info, input: BuddyRemoveInput) -> BuddyRemovePayload:
        """Be buddies no longer: all that the two study together ends. The two may ask each other
        again.
        """
        key = from_global(Buddy.prefix, input.id)
        async with info.context.begin() as uow:
            ended = await service.remove(uow, info.context.me, key)
        return BuddyRemovePayload(user_key=ended.other(info.context.me.user_id))

"""Who studies with whom, and what."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from app.buddies.errors import BuddyAssignmentWrongState
from app.buddies.events import AssignmentChanged, AssignmentEnded, BuddyEnded
from app.buddies.models import Buddy, BuddyAssignment, BuddyAssignmentStatus
from app.buddies.states import ASSIGNMENT_STEPS, STEP_TO, AssignmentStep
from app.buddies.store import buddies as store
from app.buddies.store import contexts
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


class AssignmentData(BaseModel):
    """What changes of an assignment: what is given."""

    status: BuddyAssignmentStatus = BuddyAssignmentStatus.ACTIVE
    section_id: UUID | None = None


async def remove(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Buddy:
    """Don't be buddies any more; all that the two study together ends."""
    buddy = await store.visible(uow.session, viewer, key)
    if buddy is None:
        raise NotFound(field=("input", "id"))
    await store.lock(uow.session, buddy.first_id, buddy.second_id)
    held = await store.hold(uow.session, key)
    if held is None or held.ended_at is not None:
        raise NotFound(field=("input", "id"))
    await _end(uow, held, viewer.user_id)
    return held


async def part(uow: UnitOfWork, user_id: UUID, other_id: UUID) -> None:
    """End what there is between two people of whom the first wants it so; else nothing."""
    await store.lock(uow.session, user_id, other_id)
    buddy = await store.together(uow.session, user_id, other_id)
    if buddy is not None:
        await _end(uow, buddy, user_id)


async def studied(
    uow: UnitOfWork, people: Sequence[UUID], session_id: UUID, ended_at: datetime
) -> None:
    """These people were in a session for two; for who are buddies it counts, once."""
    await store.note_session(uow.session, people, session_id, ended_at)


async def _end(uow: UnitOfWork, buddy: Buddy, by: UUID) -> None:
    buddy.ended_at = now()
    uow.session.add(buddy)
    for each in await store.open_assignments(uow.session, buddy.id):
        _step(uow, each, buddy, AssignmentStep.END, by)
    uow.publish(BuddyEnded(user_id=buddy.other(by), other_id=by, buddy_id=buddy.id))


async def update_assignment(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: AssignmentData
) -> BuddyAssignment:
    """Pause, resume or end it, or go on with another section of what is shared.

    The status that it has is no step. `BuddyAssignmentWrongState` for what isn't possible.
    """
    given = data.model_fields_set
    if not given:
        raise InvalidInput("Give at least one thing to change.", field=("input",))
    assignment, buddy = await _held(uow, viewer, key)
    if "status" in given and data.status is not assignment.status:
        _step(uow, assignment, buddy, STEP_TO[data.status], viewer.user_id)
    if "section_id" in given and data.section_id != assignment.section_id:
        if data.section_id is not None and not await contexts.has_part(
            uow.session, assignment.context_id, data.section_id
        ):
            raise NotFound("There is no such section.", field=("input", "sectionId"))
        _step(uow, assignment, buddy, AssignmentStep.ADVANCE, viewer.user_id)
        assignment.section_id = data.section_id
    return assignment


async def end_assignment(uow: UnitOfWork, viewer: Viewer, key: UUID) -> BuddyAssignment:
    """Don't study this together any more; the two stay buddies."""
    assignment, buddy = await _held(uow, viewer, key)
    _step(uow, assignment, buddy, AssignmentStep.END, viewer.user_id)
    return assignment


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> tuple[BuddyAssignment, Buddy]:
    found = await store.hold_assignment(uow.session, viewer, key)
    if found is None:
        raise NotFound(field=("input", "id"))
    return found


def _step(
    uow: UnitOfWork, assignment: BuddyAssignment, buddy: Buddy, step: AssignmentStep, by: UUID
) -> None:
    after = ASSIGNMENT_STEPS[step].get(assignment.status)
    if after is None:
        raise BuddyAssignmentWrongState(
            f"An assignment that is {assignment.status.value} can't {step.value}."
        )
    assignment.status = after
    uow.session.add(assignment)
    told = {
        "user_id": buddy.other(by),
        "other_id": by,
        "buddy_id": buddy.id,
        "assignment_id": assignment.id,
    }
    if step is not AssignmentStep.END:
        uow.publish(AssignmentChanged(**told))
        return
    assignment.ended_at = now()
    uow.publish(
        AssignmentEnded(
            **told, context_kind=assignment.context_kind, context_id=assignment.context_id
        )
    )

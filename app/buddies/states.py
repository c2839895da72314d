"""The lives of requests and of assignments: which step is possible when, and where it leads."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.buddies.models import BuddyAssignmentStatus, BuddyRequestStatus


class RequestStep(StrEnum):
    """What can be done with a request."""

    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"


class AssignmentStep(StrEnum):
    """What can be done with an assignment."""

    ADVANCE = "advance"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


_PENDING: Final = BuddyRequestStatus.PENDING
_ACTIVE, _PAUSED = BuddyAssignmentStatus.ACTIVE, BuddyAssignmentStatus.PAUSED
_ENDED: Final = BuddyAssignmentStatus.ENDED

# From which state a step leads to which; from every other it isn't possible.
REQUEST_STEPS: Final[Mapping[RequestStep, Mapping[BuddyRequestStatus, BuddyRequestStatus]]] = {
    RequestStep.ACCEPT: {_PENDING: BuddyRequestStatus.ACCEPTED},
    RequestStep.REJECT: {_PENDING: BuddyRequestStatus.REJECTED},
    RequestStep.CANCEL: {_PENDING: BuddyRequestStatus.CANCELLED},
    RequestStep.EXPIRE: {_PENDING: BuddyRequestStatus.EXPIRED},
}
ASSIGNMENT_STEPS: Final[
    Mapping[AssignmentStep, Mapping[BuddyAssignmentStatus, BuddyAssignmentStatus]]
] = {
    AssignmentStep.ADVANCE: {_ACTIVE: _ACTIVE},
    AssignmentStep.PAUSE: {_ACTIVE: _PAUSED},
    AssignmentStep.RESUME: {_PAUSED: _ACTIVE},
    AssignmentStep.END: {_ACTIVE: _ENDED, _PAUSED: _ENDED},
}

# The step that brings an assignment into a state.
STEP_TO: Final = {
    _ACTIVE: AssignmentStep.RESUME,
    _PAUSED: AssignmentStep.PAUSE,
    _ENDED: AssignmentStep.END,
}

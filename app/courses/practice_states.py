"""The life of a practice session: which step is possible in which state, and where it leads."""

from enum import StrEnum
from typing import Final

from app.courses.models import PracticeStatus


class PracticeStep(StrEnum):
    """What can be done with a session."""

    EDIT = "edit"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    ABANDON = "abandon"


OPEN: Final = frozenset({PracticeStatus.ACTIVE, PracticeStatus.PAUSED})

# From which states each step is possible, and the state after it; None if it stays as it is.
STEPS: Final[dict[PracticeStep, tuple[frozenset[PracticeStatus], PracticeStatus | None]]] = {
    PracticeStep.EDIT: (OPEN, None),
    PracticeStep.PAUSE: (frozenset({PracticeStatus.ACTIVE}), PracticeStatus.PAUSED),
    PracticeStep.RESUME: (frozenset({PracticeStatus.PAUSED}), PracticeStatus.ACTIVE),
    PracticeStep.COMPLETE: (OPEN, PracticeStatus.COMPLETED),
    PracticeStep.ABANDON: (OPEN, PracticeStatus.ABANDONED),
}


def allows(status: PracticeStatus, step: PracticeStep) -> bool:
    """Whether a session in this state can take a step."""
    return status in STEPS[step][0]


def after(status: PracticeStatus, step: PracticeStep) -> PracticeStatus:
    """The state that a possible step leads to."""
    return STEPS[step][1] or status

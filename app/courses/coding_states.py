"""The life of a program that was handed in: which step is possible in which state."""

from enum import StrEnum
from typing import Final

from app.courses.models import CodingSubmissionStatus as Status


class CodingStep(StrEnum):
    """What a worker does with a program."""

    # Again, where a worker was killed in the middle.
    BEGIN = "begin"
    COMPLETE = "complete"
    FAIL = "fail"
    GIVE_UP = "give up"


WAITING: Final = frozenset({Status.QUEUED, Status.RUNNING})

# From which states each step is possible, and the state after it. What has ended stays as it is.
STEPS: Final[dict[CodingStep, tuple[frozenset[Status], Status]]] = {
    CodingStep.BEGIN: (WAITING, Status.RUNNING),
    CodingStep.COMPLETE: (frozenset({Status.RUNNING}), Status.DONE),
    CodingStep.FAIL: (frozenset({Status.RUNNING}), Status.FAILED),
    CodingStep.GIVE_UP: (WAITING, Status.FAILED),
}


def allows(status: Status, step: CodingStep) -> bool:
    """Whether a program in this state can take a step."""
    return status in STEPS[step][0]


def after(step: CodingStep) -> Status:
    """The state that a step leads to."""
    return STEPS[step][1]

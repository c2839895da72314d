"""Somebody's part in a challenge: which step is possible in which state, and where it leads."""

from enum import StrEnum
from typing import Final

from app.gamification.models import ParticipationStatus


class ParticipationStep(StrEnum):
    """What can happen to somebody's part in a challenge."""

    JOIN_AGAIN = "join_again"
    LEAVE = "leave"
    COMPLETE = "complete"
    FAIL = "fail"


# From which state each step is possible, and the state after it.
STEPS: Final[dict[ParticipationStep, tuple[ParticipationStatus, ParticipationStatus]]] = {
    ParticipationStep.JOIN_AGAIN: (ParticipationStatus.WITHDRAWN, ParticipationStatus.ACTIVE),
    ParticipationStep.LEAVE: (ParticipationStatus.ACTIVE, ParticipationStatus.WITHDRAWN),
    ParticipationStep.COMPLETE: (ParticipationStatus.ACTIVE, ParticipationStatus.COMPLETED),
    # It ended before they were through.
    ParticipationStep.FAIL: (ParticipationStatus.ACTIVE, ParticipationStatus.FAILED),
}


def allows(status: ParticipationStatus, step: ParticipationStep) -> bool:
    """Whether a step is possible in this state."""
    return status is STEPS[step][0]

"""The life of what is handed in: which step is possible in which state, and where it leads."""

from enum import StrEnum
from typing import Final

from app.courses.models import SubmissionStatus


class SubmissionStep(StrEnum):
    """What can be done with the version that somebody handed in."""

    GRADE = "grade"
    REGRADE = "regrade"
    RETURN = "return"
    # The same learner hands in the next version.
    FOLLOW = "follow"


# The state after each step, for each state in which it is possible. What is graded is done with:
# the grade can become another, and nothing comes after it. What was returned waits for the next
# version; one that waits to be graded makes place for it.
STEPS: Final[dict[tuple[SubmissionStatus, SubmissionStep], SubmissionStatus]] = {
    (SubmissionStatus.SUBMITTED, SubmissionStep.GRADE): SubmissionStatus.GRADED,
    (SubmissionStatus.GRADED, SubmissionStep.REGRADE): SubmissionStatus.GRADED,
    (SubmissionStatus.SUBMITTED, SubmissionStep.RETURN): SubmissionStatus.RETURNED,
    (SubmissionStatus.SUBMITTED, SubmissionStep.FOLLOW): SubmissionStatus.REPLACED,
    (SubmissionStatus.RETURNED, SubmissionStep.FOLLOW): SubmissionStatus.RETURNED,
}


def after(status: SubmissionStatus, step: SubmissionStep) -> SubmissionStatus | None:
    """The state that a step leads to; None if it isn't possible."""
    return STEPS.get((status, step))

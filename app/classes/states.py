"""The life of a class: which step is possible in which state, and where it leads."""

from enum import StrEnum
from typing import Final

from app.classes.models import ClassStatus, ClassType


class ClassStep(StrEnum):
    """What can be done with a class."""

    UPDATE = "update"
    OPEN = "open"
    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    ENROLL = "enroll"
    WITHDRAW = "withdraw"
    UNLOCK = "unlock"
    CONTINUE = "continue"


_DRAFT, _OPEN, _ACTIVE = ClassStatus.DRAFT, ClassStatus.ENROLLMENT_OPEN, ClassStatus.ACTIVE
_COMPLETED, _CANCELLED = ClassStatus.COMPLETED, ClassStatus.CANCELLED

Steps = dict[ClassStep, tuple[frozenset[ClassStatus], ClassStatus | None]]

# What both types have: from which states each step is possible, and the state after it; None if
# it stays as it is.
_COMMON: Final[Steps] = {
    ClassStep.UPDATE: (frozenset({_DRAFT, _OPEN, _ACTIVE}), None),
    ClassStep.COMPLETE: (frozenset({_ACTIVE}), _COMPLETED),
    ClassStep.CANCEL: (frozenset({_DRAFT, _OPEN, _ACTIVE}), _CANCELLED),
    ClassStep.WITHDRAW: (frozenset({_DRAFT, _OPEN, _ACTIVE}), None),
    # The lesson of the last meeting may be unlocked after it.
    ClassStep.UNLOCK: (frozenset({_ACTIVE, _COMPLETED}), None),
}

# Students of a group come before it begins. A private class is for somebody who is known: it is
# never on offer, and begins with or without them.
STEPS: Final[dict[ClassType, Steps]] = {
    ClassType.GROUP: {
        **_COMMON,
        ClassStep.OPEN: (frozenset({_DRAFT}), _OPEN),
        ClassStep.START: (frozenset({_OPEN}), _ACTIVE),
        ClassStep.ENROLL: (frozenset({_DRAFT, _OPEN}), None),
        ClassStep.CONTINUE: (frozenset({_ACTIVE, _COMPLETED}), None),
    },
    ClassType.PRIVATE: {
        **_COMMON,
        ClassStep.OPEN: (frozenset(), None),
        ClassStep.START: (frozenset({_DRAFT}), _ACTIVE),
        ClassStep.ENROLL: (frozenset({_DRAFT, _ACTIVE}), None),
        ClassStep.CONTINUE: (frozenset(), None),
    },
}


def allows(type: ClassType, status: ClassStatus, step: ClassStep) -> bool:
    """Whether a class of this type can take a step in this state."""
    return status in STEPS[type][step][0]


def after(type: ClassType, status: ClassStatus, step: ClassStep) -> ClassStatus:
    """The state that a possible step leads to."""
    return STEPS[type][step][1] or status

"""Whatever follows from events: the workers run it, and the relay has to know that it is there."""

from workers import (
    buddies,
    certifying,
    classes,
    inbox,
    lectures,
    notifying,
    pods,
    premium,
    reminding,
    rewarding,
)

__all__ = [
    "buddies",
    "certifying",
    "classes",
    "inbox",
    "lectures",
    "notifying",
    "pods",
    "premium",
    "reminding",
    "rewarding",
]

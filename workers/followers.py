"""Whatever follows from events: the workers run it, and the relay has to know that it is there."""

from workers import certifying, classes, inbox, lectures, notifying, pods, premium, reminding

__all__ = [
    "certifying",
    "classes",
    "inbox",
    "lectures",
    "notifying",
    "pods",
    "premium",
    "reminding",
]

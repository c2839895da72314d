"""Whatever follows from events: the workers run it, and the relay has to know that it is there."""

from workers import buddies, certifying, classes, lectures, notifying, premium, rewarding

__all__ = ["buddies", "certifying", "classes", "lectures", "notifying", "premium", "rewarding"]

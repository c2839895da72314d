"""What can be studied together, as tables and events know it."""

from enum import StrEnum


class BuddyContextKind(StrEnum):
    """What can be studied together."""

    COURSE = "course"

"""The kinds of what is paid for, as the tables and the events know them."""

from enum import StrEnum


class PayableKind(StrEnum):
    """What is paid for."""

    CLASS = "class"
    LECTURE = "lecture"
    PLAN = "plan"

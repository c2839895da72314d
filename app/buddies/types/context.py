"""What two people study together, as both requests and assignments show it."""

from app.buddies.models import BuddyContextKind
from app.core.graph.enums import describe

describe(
    BuddyContextKind,
    "What can be studied together.",
    {BuddyContextKind.COURSE: "A course."},
)

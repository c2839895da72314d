"""The tables of study buddies."""

from app.buddies.kinds import BuddyContextKind
from app.buddies.models.buddies import (
    Buddy,
    BuddyAssignment,
    BuddyAssignmentStatus,
    BuddySession,
)
from app.buddies.models.preferences import (
    DEFAULT_MAX_BUDDIES,
    Collaboration,
    StudyLevel,
    StudyPace,
    StudyPreference,
    StudyTime,
)
from app.buddies.models.requests import BuddyRequest, BuddyRequestStatus, MatchReason

__all__ = [
    "DEFAULT_MAX_BUDDIES",
    "Buddy",
    "BuddyAssignment",
    "BuddyAssignmentStatus",
    "BuddyContextKind",
    "BuddyRequest",
    "BuddyRequestStatus",
    "BuddySession",
    "Collaboration",
    "MatchReason",
    "StudyLevel",
    "StudyPace",
    "StudyPreference",
    "StudyTime",
]

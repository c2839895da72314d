"""What the schema shows of study buddies."""

from app.buddies.types.buddies import Buddy, BuddyAssignment
from app.buddies.types.matches import BuddyMatches
from app.buddies.types.preferences import StudyPreferences
from app.buddies.types.requests import BuddyRequest

__all__ = ["Buddy", "BuddyAssignment", "BuddyMatches", "BuddyRequest", "StudyPreferences"]

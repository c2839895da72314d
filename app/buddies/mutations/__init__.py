"""Root mutations of study buddies."""

import strawberry

from app.buddies.mutations.buddies import BuddyMutation
from app.buddies.mutations.preferences import StudyPreferencesMutation
from app.buddies.mutations.requests import BuddyRequestMutation


@strawberry.type
class BuddiesMutation(StudyPreferencesMutation, BuddyRequestMutation, BuddyMutation):
    """Say how one likes to study, ask others, and study with them."""

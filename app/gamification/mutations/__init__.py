"""Root mutations of gamification."""

import strawberry

from app.gamification.mutations.achievements import AchievementMutation
from app.gamification.mutations.challenges import ChallengeMutation


@strawberry.type
class GamificationMutation(AchievementMutation, ChallengeMutation):
    """Save what can be achieved, take part in it, and award XP."""

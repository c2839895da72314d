"""The tables of gamification."""

from app.gamification.models.achievements import (
    Achievement,
    AchievementCategory,
    AchievementRarity,
    Comparison,
    LearningMetric,
    UserAchievement,
)
from app.gamification.models.challenges import (
    ChallengeParticipation,
    LearningChallenge,
    LearningChallengeCategory,
    LearningChallengeType,
    ParticipationStatus,
)
from app.gamification.models.scores import (
    EVERYBODY,
    ActiveDay,
    LeaderboardPeriod,
    LearnerScore,
    Standing,
    XpEntry,
    XpKind,
)

__all__ = [
    "EVERYBODY",
    "Achievement",
    "AchievementCategory",
    "AchievementRarity",
    "ActiveDay",
    "ChallengeParticipation",
    "Comparison",
    "LeaderboardPeriod",
    "LearnerScore",
    "LearningChallenge",
    "LearningChallengeCategory",
    "LearningChallengeType",
    "LearningMetric",
    "ParticipationStatus",
    "Standing",
    "UserAchievement",
    "XpEntry",
    "XpKind",
]

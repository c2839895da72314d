"""What the schema shows of achievements."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, computed, edge, one, reads, whole
from app.core.viewer import Asker
from app.gamification import models, policy
from app.gamification.models import (
    AchievementCategory,
    AchievementRarity,
    Comparison,
    LearningMetric,
)
from app.gamification.store import measuring

describe(
    AchievementCategory,
    "What an achievement is filed under.",
    {
        AchievementCategory.STUDY: "Learning.",
        AchievementCategory.SOCIAL: "Learning together.",
        AchievementCategory.MILESTONE: "How far somebody has come.",
        AchievementCategory.SPECIAL: "Anything else.",
    },
)
describe(
    AchievementRarity,
    "How rare an achievement is meant to be.",
    {
        AchievementRarity.COMMON: "Many have it.",
        AchievementRarity.RARE: "Some have it.",
        AchievementRarity.EPIC: "Few have it.",
        AchievementRarity.LEGENDARY: "Hardly anybody has it.",
    },
)
describe(
    LearningMetric,
    "What a criterion measures.",
    {
        LearningMetric.XP: "XP.",
        LearningMetric.LEVEL: "The level.",
        LearningMetric.STREAK_DAYS: "Days in a row.",
        LearningMetric.STUDY_MINUTES: "Minutes of practice and of study sessions.",
        LearningMetric.LESSONS: "Completed lessons.",
        LearningMetric.QUIZZES: "Quizzes that were passed.",
        LearningMetric.ASSIGNMENTS: "Assignments with a grade above zero.",
        LearningMetric.CODING: "Coding exercises that were passed.",
        LearningMetric.MODULES: "Completed sections of courses.",
        LearningMetric.COURSES: "Completed courses.",
        LearningMetric.PRACTICE_SESSIONS: "Completed practice sessions of five minutes or more.",
        LearningMetric.STUDY_SESSIONS: "Study sessions attended for five minutes or more.",
        LearningMetric.FLASHCARDS: "Flashcards reviewed, each once a day.",
    },
)
describe(
    Comparison,
    "How a measure is compared with a threshold.",
    {
        Comparison.AT_LEAST: "As much as the threshold, or more.",
        Comparison.MORE_THAN: "More than the threshold.",
    },
)


def _progress(viewer: Asker, achievement: type[models.Achievement]) -> ColumnElement[int]:
    return whole(
        measuring.ever(viewer.user_id, col(achievement.metric), col(achievement.window_days))
    )


def _own(
    viewer: Asker, unlock: type[models.UserAchievement], achievement: type[models.Achievement]
) -> ColumnElement[bool]:
    return and_(col(unlock.achievement_id) == achievement.id, col(unlock.user_id) == viewer.user_id)


@reads(
    models.UserAchievement,
    visible=policy.visible_unlock,
    description="An achievement that somebody has unlocked: a badge.",
)
class UserAchievement(Node):
    """Of one user."""

    prefix = "uac"

    achievement: "Achievement | None" = edge("achievement_id", "The achievement.")
    unlocked_at: datetime = column("When it was unlocked.", "created_at")
    claimed_at: datetime | None = column("When its points were claimed; null before.")


@reads(
    models.Achievement,
    visible=policy.visible_achievement,
    description="Something that can be achieved, once by everybody.",
)
class Achievement(Node):
    """Unlocked by what happens, and then to be claimed."""

    prefix = "acv"

    name: str = column("What it is called.")
    description: str = column("What it is for.")
    icon: str | None = column("The name of its icon.")
    image_url: str | None = column("Where its picture is.")
    category: AchievementCategory = column("What it is filed under.")
    rarity: AchievementRarity = column("How rare it is meant to be.")
    points: int = column("The XP that claiming it pays.")
    metric: LearningMetric = column("What its criterion measures.")
    comparison: Comparison = column("How that is compared with the threshold.")
    threshold: int = column("How much it takes.")
    window_days: int | None = column("Within how many days up to now; null for ever.")
    secret: bool = column("Whether it is shown to those alone who have unlocked it.")
    active: bool = column("Whether it can be unlocked.")
    progress: int = computed(
        _progress, "What the viewer has come to of the criterion's metric, by now."
    )
    viewer_unlock: UserAchievement | None = one(
        _own, "What the viewer has unlocked; null while it is to be achieved."
    )
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last saved.")

"""Achievements: what unlocks them is data."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import IMPERSONAL
from app.core.tables import MutableTable, Table, Timestamp
from app.gamification.models.scores import of_user


class AchievementCategory(StrEnum):
    """What an achievement is filed under."""

    STUDY = "study"
    SOCIAL = "social"
    MILESTONE = "milestone"
    SPECIAL = "special"


class AchievementRarity(StrEnum):
    """How rare an achievement is meant to be."""

    COMMON = "common"
    RARE = "rare"
    EPIC = "epic"
    LEGENDARY = "legendary"


class LearningMetric(StrEnum):
    """What a criterion measures."""

    XP = "xp"
    LEVEL = "level"
    STREAK_DAYS = "streak_days"
    STUDY_MINUTES = "study_minutes"
    LESSONS = "lessons"
    QUIZZES = "quizzes"
    ASSIGNMENTS = "assignments"
    CODING = "coding"
    MODULES = "modules"
    COURSES = "courses"
    PRACTICE_SESSIONS = "practice_sessions"
    STUDY_SESSIONS = "study_sessions"
    FLASHCARDS = "flashcards"


class Comparison(StrEnum):
    """How a measure is compared with a threshold."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"


class Achievement(MutableTable, table=True):
    """Something that can be achieved, once by everybody."""

    __table_args__ = (
        CheckConstraint("points >= 0", name="pays_or_not"),
        CheckConstraint("threshold >= 1", name="asks_for_something"),
        CheckConstraint(
            "window_days IS NULL OR (window_days >= 1 AND metric NOT IN ('LEVEL', 'STREAK_DAYS'))",
            name="window_makes_sense",
        ),
    )

    name: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str = Field(default="", sa_column_kwargs=IMPERSONAL)
    icon: str | None = Field(default=None, max_length=100, sa_column_kwargs=IMPERSONAL)
    image_url: str | None = Field(default=None, max_length=500, sa_column_kwargs=IMPERSONAL)
    category: AchievementCategory
    rarity: AchievementRarity = AchievementRarity.COMMON
    points: int = 0
    metric: LearningMetric
    comparison: Comparison = Comparison.AT_LEAST
    threshold: int
    # Within so many days, or ever.
    window_days: int | None = None
    secret: bool = False
    active: bool = True


class UserAchievement(Table, table=True):
    """An achievement that somebody has unlocked."""

    __tablename__ = "user_achievement"
    __table_args__ = (UniqueConstraint("user_id", "achievement_id"),)

    user_id: UUID = Field(sa_column=of_user())
    achievement_id: UUID = Field(
        sa_column=Column(
            ForeignKey("achievement.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    # When its points were fetched.
    claimed_at: datetime | None = Field(default=None, sa_type=Timestamp)

"""Challenges: what is to be done between two times, by everybody who joins."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE, IMPERSONAL
from app.core.tables import MutableTable, Table, Timestamp
from app.gamification.models.achievements import Comparison, LearningMetric


class LearningChallengeType(StrEnum):
    """How long a challenge is meant to take."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    SPECIAL = "special"


class LearningChallengeCategory(StrEnum):
    """What a challenge is about."""

    STUDY_TIME = "study_time"
    STREAK = "streak"
    SOCIAL = "social"
    LEARNING = "learning"


class ParticipationStatus(StrEnum):
    """What became of somebody's part in a challenge."""

    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class LearningChallenge(MutableTable, table=True):
    """For everybody, or for the members of a class."""

    __tablename__ = "learning_challenge"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="lasts"),
        CheckConstraint("threshold >= 1", name="asks_for_something"),
        CheckConstraint("reward_points >= 0", name="pays_or_not"),
        CheckConstraint("max_participants >= 1", name="has_room"),
        CheckConstraint("metric <> 'LEVEL'", name="counts_from_joining"),
        Index("ix_learning_challenge_ends_at_id", "ends_at", "id"),
    )

    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str = Field(default="", sa_column_kwargs=IMPERSONAL)
    type: LearningChallengeType
    category: LearningChallengeCategory
    metric: LearningMetric
    comparison: Comparison = Comparison.AT_LEAST
    threshold: int
    reward_points: int = 0
    reward_achievement_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("achievement.id", ondelete="SET NULL"), index=True),
    )
    starts_at: datetime = Field(sa_type=Timestamp)
    ends_at: datetime = Field(sa_type=Timestamp)
    max_participants: int | None = None
    class_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("class.id", ondelete="CASCADE"), index=True)
    )
    active: bool = True


class ChallengeParticipation(Table, table=True):
    """Somebody's part in a challenge. Each person has one, whatever became of it."""

    __tablename__ = "challenge_participation"
    __table_args__ = (
        UniqueConstraint("challenge_id", "user_id"),
        CheckConstraint(
            "(status = 'COMPLETED') = (completed_at IS NOT NULL)", name="completed_at_a_time"
        ),
        Index("ix_challenge_participation_progress", "challenge_id", "progress"),
    )

    challenge_id: UUID = Field(
        sa_column=Column(ForeignKey("learning_challenge.id", ondelete="CASCADE"), nullable=False)
    )
    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
            **ERASE,
        )
    )
    status: ParticipationStatus = ParticipationStatus.ACTIVE
    joined_at: datetime = Field(sa_type=Timestamp)
    # What the metric has come to since they joined.
    progress: int = 0
    completed_at: datetime | None = Field(default=None, sa_type=Timestamp)
    points_earned: int = 0

"""What the schema shows of challenges."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.classes.types import Class
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import called, column, computed, edge, one, reads, whole
from app.core.viewer import Asker
from app.gamification import models, policy
from app.gamification.models import (
    Comparison,
    LearningChallengeCategory,
    LearningChallengeType,
    LearningMetric,
    ParticipationStatus,
)
from app.gamification.types.achievements import Achievement

describe(
    LearningChallengeType,
    "How long a challenge is meant to take.",
    {
        LearningChallengeType.DAILY: "A day.",
        LearningChallengeType.WEEKLY: "A week.",
        LearningChallengeType.MONTHLY: "A month.",
        LearningChallengeType.SPECIAL: "Any time.",
    },
)
describe(
    LearningChallengeCategory,
    "What a challenge is about.",
    {
        LearningChallengeCategory.STUDY_TIME: "Studying for long.",
        LearningChallengeCategory.STREAK: "Studying day by day.",
        LearningChallengeCategory.SOCIAL: "Studying together.",
        LearningChallengeCategory.LEARNING: "Getting on.",
    },
)
describe(
    ParticipationStatus,
    "What became of somebody's part in a challenge.",
    {
        ParticipationStatus.ACTIVE: "They are at it.",
        ParticipationStatus.COMPLETED: "They have done what it asks for.",
        ParticipationStatus.FAILED: "It ended before they were through.",
        ParticipationStatus.WITHDRAWN: "They have left it.",
    },
)


def _count(_: Asker, challenge: type[models.LearningChallenge]) -> ColumnElement[int]:
    part = models.ChallengeParticipation
    found = select(func.count()).where(
        part.challenge_id == challenge.id, part.status != ParticipationStatus.WITHDRAWN
    )
    return whole(found.correlate(challenge).scalar_subquery())


def _own(
    viewer: Asker,
    part: type[models.ChallengeParticipation],
    challenge: type[models.LearningChallenge],
) -> ColumnElement[bool]:
    return and_(col(part.challenge_id) == challenge.id, col(part.user_id) == viewer.user_id)


def _rank(_: Asker, part: type[models.ChallengeParticipation]) -> ColumnElement[int]:
    other = aliased(models.ChallengeParticipation)
    before = select(func.count()).where(
        other.challenge_id == part.challenge_id,
        other.progress > part.progress,
        other.status != ParticipationStatus.WITHDRAWN,
    )
    return whole(before.correlate(part).scalar_subquery() + 1)


@reads(
    models.ChallengeParticipation,
    visible=policy.own_participation,
    description="The viewer's part in a challenge.",
)
class ChallengeParticipation(Node):
    """One for a challenge, whatever became of it."""

    prefix = "chp"

    challenge: "LearningChallenge | None" = edge("challenge_id", "The challenge.")
    status: ParticipationStatus = column("What became of it.")
    joined_at: datetime = column(
        "When the viewer joined, the last time: progress counts from then."
    )
    progress: int = column("What the metric has come to since then.")
    rank: int = computed(
        _rank,
        "The place among those who take part, by progress: equal ones share a place, and the next"
        " ones come after all of them (1, 2, 2, 4).",
    )
    completed_at: datetime | None = column("When the challenge was completed; null before.")
    points_earned: int = column("The XP that completing it has paid.")


@reads(
    models.LearningChallenge,
    visible=policy.visible_challenge,
    description="Something to be done between two times, by everybody who joins.",
)
class LearningChallenge(Node):
    """For everybody, or for the members of a class."""

    prefix = "chl"

    title: str = column("What it is called.")
    description: str = column("What it is about.")
    type: LearningChallengeType = column("How long it is meant to take.")
    category: LearningChallengeCategory = column("What it is filed under.")
    metric: LearningMetric = column("What is measured, from joining on.")
    comparison: Comparison = column("How that is compared with the threshold.")
    threshold: int = column("How much it takes.")
    reward_points: int = column("The XP that completing it pays at once.")
    reward_achievement: Achievement | None = edge(
        "reward_achievement_id", "The achievement that completing it unlocks, unless secret."
    )
    starts_at: datetime = column("From when on it counts.")
    ends_at: datetime = column("Until when.")
    max_participants: int | None = column("How many may join; null for everybody.")
    participant_count: int = computed(_count, "How many take part, or have come to its end.")
    class_: Class | None = called(
        "class", edge("class_id", "The class whose members it is for; null for everybody.")
    )
    active: bool = column("Whether it is offered, and counts.")
    viewer_participation: ChallengeParticipation | None = one(_own, "The viewer's part in it.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it was last saved.")

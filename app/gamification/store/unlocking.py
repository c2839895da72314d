"""SQL of what somebody's new XP or new day leads to."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, literal, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.clock import now
from app.core.db import WriteSession
from app.core.ids import new_id
from app.gamification.models import (
    Achievement,
    ChallengeParticipation,
    LearningChallenge,
    ParticipationStatus,
    UserAchievement,
)
from app.gamification.store import measuring


async def unlock(session: WriteSession, user_id: UUID) -> Sequence[UUID]:
    """Unlock what a user has achieved and hasn't unlocked; the new keys."""
    has = exists(
        select(UserAchievement.id)
        .where(UserAchievement.achievement_id == Achievement.id, UserAchievement.user_id == user_id)
        .correlate(Achievement)
    )
    measured = measuring.ever(user_id, col(Achievement.metric), col(Achievement.window_days))
    reached = (
        select(func.uuidv7(), func.now(), literal(user_id), Achievement.id)
        .where(
            col(Achievement.active),
            ~has,
            measuring.is_met(measured, col(Achievement.comparison), col(Achievement.threshold)),
        )
        .order_by(col(Achievement.id))
    )
    made = (
        insert(UserAchievement)
        .from_select(["id", "created_at", "user_id", "achievement_id"], reached)
        .on_conflict_do_nothing()
        .returning(col(UserAchievement.id))
    )
    return (await session.execute(made)).scalars().all()


async def give(session: WriteSession, user_id: UUID, achievement_id: UUID) -> UUID | None:
    """Unlock an achievement as a reward: the new key; None if they have it."""
    made = (
        insert(UserAchievement)
        .values(id=new_id(), created_at=now(), user_id=user_id, achievement_id=achievement_id)
        .on_conflict_do_nothing()
        .returning(col(UserAchievement.id))
    )
    return (await session.execute(made)).scalar_one_or_none()


async def advance(session: WriteSession, user_id: UUID) -> Sequence[Any]:
    """Measure how far a user is in the challenges that they take part in.

    Gives the completed ones: `id` (of the part), `challenge_id`, `points_earned`,
    `reward_achievement_id`.
    """
    part, challenge = ChallengeParticipation, LearningChallenge
    since = func.greatest(part.joined_at, challenge.starts_at)
    measured = measuring.between(user_id, col(challenge.metric), since, challenge.ends_at)
    going_on = and_(
        col(part.user_id) == user_id,
        col(part.status) == ParticipationStatus.ACTIVE,
        col(challenge.id) == part.challenge_id,
        col(challenge.active),
    )
    await session.execute(
        update(part)
        .where(going_on)
        .values(progress=func.greatest(part.progress, measured))
        .execution_options(synchronize_session=False)
    )
    met = measuring.is_met(part.progress, col(challenge.comparison), col(challenge.threshold))
    done = await session.execute(
        update(part)
        .where(going_on, met)
        .values(
            status=ParticipationStatus.COMPLETED,
            completed_at=func.now(),
            points_earned=challenge.reward_points,
        )
        .returning(
            col(part.id),
            col(part.challenge_id),
            col(part.points_earned),
            col(challenge.reward_achievement_id),
        )
        .execution_options(synchronize_session=False)
    )
    return done.all()

"""SQL of achievements: saving and claiming them."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.gamification.models import Achievement, UserAchievement


async def hold(session: WriteSession, key: UUID) -> Achievement | None:
    """An achievement, which nobody else changes until the end."""
    return await session.first(select(Achievement).where(Achievement.id == key).with_for_update())


async def claim(session: WriteSession, user_id: UUID, achievement_id: UUID) -> bool:
    """Say that its points were fetched; False if they were, or it isn't unlocked."""
    done = (
        update(UserAchievement)
        .where(
            col(UserAchievement.user_id) == user_id,
            col(UserAchievement.achievement_id) == achievement_id,
            col(UserAchievement.claimed_at).is_(None),
        )
        .values(claimed_at=now())
        .execution_options(synchronize_session=False)
    )
    return await session.changed(done) == 1


async def unlocked(
    session: ReadSession, user_id: UUID, achievement_id: UUID
) -> UserAchievement | None:
    """What says that a user has unlocked an achievement."""
    return await session.first(
        select(UserAchievement).where(
            UserAchievement.user_id == user_id, UserAchievement.achievement_id == achievement_id
        )
    )


async def of_unlock(session: ReadSession, key: UUID) -> Achievement | None:
    """The achievement that was unlocked."""
    found: Any = select(Achievement).join(
        UserAchievement, col(UserAchievement.achievement_id) == Achievement.id
    )
    row: Achievement | None = await session.first(found.where(UserAchievement.id == key))
    return row

"""SQL of challenges: saving, joining, leaving and ending them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.classes import policy as classes
from app.classes.models import Class
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.gamification import policy
from app.gamification.models import ChallengeParticipation, LearningChallenge, ParticipationStatus


async def hold(session: WriteSession, key: UUID) -> LearningChallenge | None:
    """A challenge, which nobody else changes or joins until the end."""
    return await session.first(
        select(LearningChallenge).where(LearningChallenge.id == key).with_for_update()
    )


async def hold_visible(
    session: WriteSession, viewer: Viewer, key: UUID
) -> LearningChallenge | None:
    """The same, if the viewer sees it."""
    return await session.first(
        select(LearningChallenge)
        .where(LearningChallenge.id == key, policy.visible_challenge(viewer))
        .with_for_update()
    )


async def is_member(session: ReadSession, user_id: UUID, class_id: UUID) -> bool:
    """Whether a user is in a class, or was to its end."""
    found = select(Class.id).where(Class.id == class_id, classes.is_member(user_id, Class.id))
    return await session.first(found) is not None


async def participation(
    session: ReadSession, user_id: UUID, challenge_id: UUID
) -> ChallengeParticipation | None:
    """Somebody's part in a challenge."""
    return await session.first(
        select(ChallengeParticipation)
        .where(
            ChallengeParticipation.user_id == user_id,
            ChallengeParticipation.challenge_id == challenge_id,
        )
        .execution_options(populate_existing=True)
    )


async def count_participants(session: ReadSession, challenge_id: UUID) -> int:
    """How many take part, or have."""
    return await session.value(
        select(func.count()).where(
            ChallengeParticipation.challenge_id == challenge_id,
            ChallengeParticipation.status != ParticipationStatus.WITHDRAWN,
        )
    )


async def join(session: WriteSession, row: ChallengeParticipation) -> None:
    """Write a part down, or begin one anew that was given up."""
    statement = insert(ChallengeParticipation).values(**row.model_dump())
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["challenge_id", "user_id"],
            set_={
                "status": ParticipationStatus.ACTIVE,
                "joined_at": statement.excluded.joined_at,
                "progress": 0,
            },
            where=col(ChallengeParticipation.status) == ParticipationStatus.WITHDRAWN,
        )
    )


async def move(
    session: WriteSession, key: UUID, before: ParticipationStatus, after: ParticipationStatus
) -> bool:
    """Change the state of a part; False if it is in another one meanwhile."""
    done = (
        update(ChallengeParticipation)
        .where(col(ChallengeParticipation.id) == key, col(ChallengeParticipation.status) == before)
        .values(status=after)
        .execution_options(synchronize_session=False)
    )
    return await session.changed(done) == 1


async def end(
    session: WriteSession,
    ended_before: datetime,
    before: ParticipationStatus,
    after: ParticipationStatus,
) -> int:
    """Change the state of all parts in challenges that ended before a time; how many.

    Those that somebody is measuring are left for the next time: two who hold parts, and wait for
    each other's, would wait forever.
    """
    over = select(LearningChallenge.id).where(col(LearningChallenge.ends_at) < ended_before)
    free = (
        select(ChallengeParticipation.id)
        .where(
            ChallengeParticipation.status == before,
            col(ChallengeParticipation.challenge_id).in_(over),
        )
        .with_for_update(skip_locked=True)
    )
    done = (
        update(ChallengeParticipation)
        .where(col(ChallengeParticipation.id).in_(free))
        .values(status=after)
        .execution_options(synchronize_session=False)
    )
    return await session.changed(done)

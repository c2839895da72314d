"""Challenges: saving them, taking part, and their end."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from app.classes.models import Class
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.gamification.errors import ChallengeClosed, ChallengeFull, ChallengeParticipationFinal
from app.gamification.models import (
    Achievement,
    ChallengeParticipation,
    LearningChallenge,
    LearningChallengeCategory,
    LearningChallengeType,
    LearningMetric,
)
from app.gamification.service.achievements import CriterionData, Description, Points, Title
from app.gamification.states import STEPS, ParticipationStep, allows
from app.gamification.store import challenges as store

# What happened before a challenge's end may be heard of so much later.
GRACE: Final = timedelta(minutes=10)


class ChallengeCriterionData(CriterionData):
    """What has to be reached between joining and the end."""

    @model_validator(mode="after")
    def _from_joining(self) -> "ChallengeCriterionData":
        if self.metric is LearningMetric.LEVEL or self.window_days is not None:
            raise ValueError("A challenge counts from joining to its end, and no level.")
        return self


class ChallengeData(BaseModel):
    """All of a challenge."""

    title: Title
    description: Description = ""
    type: LearningChallengeType
    category: LearningChallengeCategory
    criterion: ChallengeCriterionData
    reward_points: Points = 0
    reward_achievement_id: UUID | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    max_participants: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    class_id: UUID | None = None
    active: bool = True


async def save(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: ChallengeData
) -> LearningChallenge:
    """A new challenge, or all of an old one anew."""
    await _check(uow, data)
    values: dict[str, Any] = data.model_dump(exclude={"criterion"})
    values |= data.criterion.model_dump(exclude={"window_days"})
    if key is None:
        row, before = LearningChallenge(**values), None
        uow.session.add(row)
    else:
        found = await store.hold(uow.session, key)
        if found is None:
            raise NotFound(field=("input", "id"))
        row, before = found, _told({name: getattr(found, name) for name in values})
        for name, value in values.items():
            setattr(row, name, value)
    await uow.session.flush()
    subject = ("learning_challenge", row.id)
    uow.audit("challenge.save", viewer.user_id, subject, before, _told(values))
    return row


async def _check(uow: UnitOfWork, data: ChallengeData) -> None:
    if data.starts_at >= data.ends_at:
        raise InvalidInput("It ends after it has begun.", field=("input", "endsAt"))
    reward = data.reward_achievement_id
    if reward is not None and await uow.session.get(Achievement, reward) is None:
        raise NotFound(field=("input", "rewardAchievementId"))
    if data.class_id is not None and await uow.session.get(Class, data.class_id) is None:
        raise NotFound(field=("input", "classId"))


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the audit log has them."""
    return {
        name: each.isoformat()
        if isinstance(each, datetime)
        else str(each)
        if isinstance(each, UUID)
        else each
        for name, each in values.items()
    }


async def join(uow: UnitOfWork, viewer: Viewer, key: UUID) -> UUID:
    """Take part in a challenge from now on; says the key of the part. Again changes nothing.

    `ChallengeClosed`, `ChallengeFull`; `ChallengeParticipationFinal` for who is through with it.
    """
    challenge = await store.hold_visible(uow.session, viewer, key)
    if challenge is None or not await _may_join(uow, viewer, challenge):
        raise NotFound(field=("input", "id"))
    had = await store.participation(uow.session, viewer.user_id, key)
    if had is not None and allows(had.status, ParticipationStep.LEAVE):
        return had.id
    if not challenge.active or challenge.ends_at <= now():
        raise ChallengeClosed(field=("input", "id"))
    if had is not None and not allows(had.status, ParticipationStep.JOIN_AGAIN):
        raise ChallengeParticipationFinal(field=("input", "id"))
    most = challenge.max_participants
    if most is not None and await store.count_participants(uow.session, key) >= most:
        raise ChallengeFull(field=("input", "id"))
    made = ChallengeParticipation(challenge_id=key, user_id=viewer.user_id, joined_at=now())
    await store.join(uow.session, made)
    return made.id if had is None else had.id


async def _may_join(uow: UnitOfWork, viewer: Viewer, challenge: LearningChallenge) -> bool:
    """Whether a challenge is for everybody, or for a class that the viewer is in."""
    if challenge.class_id is None:
        return True
    return await store.is_member(uow.session, viewer.user_id, challenge.class_id)


async def leave(uow: UnitOfWork, viewer: Viewer, key: UUID) -> UUID:
    """Give up one's part in a challenge; says its key.

    `ChallengeParticipationFinal` for who isn't at it any more.
    """
    had = await store.participation(uow.session, viewer.user_id, key)
    if had is None:
        raise NotFound(field=("input", "id"))
    if not await store.move(uow.session, had.id, *STEPS[ParticipationStep.LEAVE]):
        raise ChallengeParticipationFinal(field=("input", "id"))
    return had.id


async def end(resources: Resources) -> None:
    """Whoever wasn't through with a challenge at its end has failed."""
    async with resources.begin() as uow:
        await store.end(uow.session, now() - GRACE, *STEPS[ParticipationStep.FAIL])

"""Achievements: saving them, and claiming what they are worth."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from app.core.addresses import WebAddress
from app.core.clock import now
from app.core.errors import NotFound
from app.core.text import line
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.gamification.errors import AchievementClaimed
from app.gamification.models import (
    Achievement,
    AchievementCategory,
    AchievementRarity,
    Comparison,
    LearningMetric,
    XpKind,
)
from app.gamification.service import ledger
from app.gamification.service.ledger import Earning
from app.gamification.store import achievements as store
from app.gamification.store import scores

Title = Annotated[str, AfterValidator(line(255))]
Description = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")]
Address = Annotated[WebAddress, StringConstraints(max_length=500)]
Points = Annotated[int, Field(ge=0, le=100_000)]

# Metrics that a time to count in makes no sense for.
_TIMELESS = (LearningMetric.LEVEL, LearningMetric.STREAK_DAYS)


class CriterionData(BaseModel):
    """What has to be reached: a metric, compared with a threshold, within a window of days."""

    metric: LearningMetric
    comparison: Comparison = Comparison.AT_LEAST
    threshold: Annotated[int, Field(ge=1, le=100_000_000)]
    window_days: Annotated[int, Field(ge=1, le=3660)] | None = None

    @model_validator(mode="after")
    def _sensible(self) -> "CriterionData":
        if self.window_days is not None and self.metric in _TIMELESS:
            raise ValueError("A level or a streak is reached, not counted in a window.")
        return self


class AchievementData(BaseModel):
    """All of an achievement."""

    name: Title
    description: Description = ""
    icon: Annotated[str, AfterValidator(line(100))] | None = None
    image_url: Address | None = None
    category: AchievementCategory
    rarity: AchievementRarity = AchievementRarity.COMMON
    points: Points = 0
    criterion: CriterionData
    secret: bool = False
    active: bool = True


async def save(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: AchievementData
) -> Achievement:
    """A new achievement, or all of an old one anew. Whoever has unlocked it keeps it."""
    values: dict[str, Any] = data.model_dump(exclude={"criterion"}) | data.criterion.model_dump()
    if key is None:
        row, before = Achievement(**values), None
        uow.session.add(row)
    else:
        found = await store.hold(uow.session, key)
        if found is None:
            raise NotFound(field=("input", "id"))
        row, before = found, {name: getattr(found, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
    await uow.session.flush()
    uow.audit("achievement.save", viewer.user_id, ("achievement", row.id), before, values)
    return row


async def claim(uow: UnitOfWork, viewer: Viewer, key: UUID) -> UUID:
    """Fetch the points of an achievement that the viewer has unlocked, once.

    Says the key of what they unlocked; `AchievementClaimed` if the points were fetched.
    """
    # The lock that writers of the ledger take first, here as there.
    await scores.hold(uow.session, viewer.user_id)
    unlocked = await store.unlocked(uow.session, viewer.user_id, key)
    if unlocked is None:
        raise NotFound(field=("input", "id"))
    if not await store.claim(uow.session, viewer.user_id, key):
        raise AchievementClaimed(field=("input", "id"))
    achievement = await uow.session.get(Achievement, key)
    if achievement is not None and achievement.points:
        earning = Earning(XpKind.ACHIEVEMENT, key, now(), achievement.points)
        await ledger.earn(uow, viewer.user_id, earning)
    return unlocked.id

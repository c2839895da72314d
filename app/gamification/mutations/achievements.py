"""Root mutations of achievements and awards."""

from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN, permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.gamification.models import AchievementCategory, AchievementRarity
from app.gamification.mutations.inputs import CriterionInput, errors, values_of
from app.gamification.policy import AWARD, MANAGE
from app.gamification.service import achievements as service
from app.gamification.service import awards
from app.gamification.types.achievements import Achievement, UserAchievement
from app.gamification.types.scores import GamificationProfile


@strawberry.input(description="All of an achievement.")
class AchievementSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="The achievement to save anew; a new one without it."
    )
    name: str = strawberry.field(description="What it is called: 1 to 255 characters.")
    description: str = strawberry.field(
        default="", description="What it is for: at most 5,000 characters."
    )
    icon: str | None = strawberry.field(
        default=None, description="The name of its icon: 1 to 100 characters."
    )
    image_url: str | None = strawberry.field(default=None, description="Where its picture is.")
    category: AchievementCategory = strawberry.field(description="What it is filed under.")
    rarity: AchievementRarity = strawberry.field(
        default=AchievementRarity.COMMON, description="How rare it is meant to be."
    )
    points: int = strawberry.field(
        default=0, description="The XP that claiming it pays: at most 100,000."
    )
    criterion: CriterionInput = strawberry.field(description="What unlocks it.")
    secret: bool = strawberry.field(
        default=False, description="Whether it is shown to those alone who have unlocked it."
    )
    active: bool = strawberry.field(default=True, description="Whether it can be unlocked.")


@strawberry.input(description="Which achievement.")
class AchievementClaimInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The achievement.")


@strawberry.input(description="XP for somebody.")
class XpAwardInput:
    """Given or taken."""

    user_id: strawberry.ID = strawberry.field(description="For whom.")
    amount: int = strawberry.field(
        description=f"How much: 1 to {awards.MOST:,}, or below zero to take it."
    )
    reason: str = strawberry.field(description="Why: 1 to 500 characters.")


@strawberry.type(description="The answer to `achievementSave`.")
class AchievementSavePayload:
    """The achievement."""

    achievement: Achievement | None = edge("achievement_key", "The achievement.")
    achievement_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `achievementClaim`.")
class AchievementClaimPayload:
    """What was unlocked, and what came of it."""

    unlock: UserAchievement | None = edge("unlock_key", "What the viewer has unlocked.")
    unlock_key: strawberry.Private[UUID | None] = None
    profile: GamificationProfile | None = edge("user_key", "The viewer's profile.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `xpAward`.")
class XpAwardPayload:
    """Whose XP are others now."""

    profile: GamificationProfile | None = edge("user_key", "What they have now.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class AchievementMutation:
    """Save, claim and award."""

    @mutation(permitted(MANAGE))
    async def achievement_save(
        self, info: Info, input: AchievementSaveInput
    ) -> AchievementSavePayload:
        """Save an achievement. Users unlock it with the next thing that they learn; whoever has
        unlocked it keeps it. Written into the audit log.
        """
        data = to_data(service.AchievementData, input, criterion=values_of(input.criterion))
        key = None if input.id is None else from_global(Achievement.prefix, input.id)
        async with info.context.begin() as uow:
            row = await service.save(uow, info.context.me, key, data)
        return AchievementSavePayload(achievement_key=row.id)

    @mutation(SIGNED_IN)
    async def achievement_claim(
        self, info: Info, input: AchievementClaimInput
    ) -> AchievementClaimPayload:
        """Claim the points of an achievement that the viewer has unlocked: once, else
        `ACHIEVEMENT_CLAIMED`. `gamificationUpdated` tells the XP.
        """
        key = from_global(Achievement.prefix, input.id)
        async with info.context.begin() as uow:
            unlock = await service.claim(uow, info.context.me, key)
        return AchievementClaimPayload(unlock_key=unlock, user_key=info.context.me.user_id)

    @mutation(permitted(AWARD))
    async def xp_award(self, info: Info, input: XpAwardInput) -> XpAwardPayload:
        """Give somebody XP, or take some: never more than they have (`XP_BELOW_ZERO`). Written
        into the audit log, with the reason; `gamificationUpdated` tells them.
        """
        key = from_global(User.prefix, input.user_id)
        data = to_data(awards.AwardData, input, user_id=key)
        async with info.context.begin() as uow:
            await awards.award(uow, info.context.me, data)
        return XpAwardPayload(user_key=key)

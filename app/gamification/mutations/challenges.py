"""Root mutations of challenges."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.classes.types import Class
from app.core.access import SIGNED_IN, permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.gamification.models import LearningChallengeCategory, LearningChallengeType
from app.gamification.mutations.inputs import CriterionInput, errors, values_of
from app.gamification.policy import MANAGE
from app.gamification.service import challenges as service
from app.gamification.types.achievements import Achievement
from app.gamification.types.challenges import ChallengeParticipation, LearningChallenge


@strawberry.input(description="All of a challenge.")
class ChallengeSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = strawberry.field(
        default=None, description="The challenge to save anew; a new one without it."
    )
    title: str = strawberry.field(description="What it is called: 1 to 255 characters.")
    description: str = strawberry.field(
        default="", description="What it is about: at most 5,000 characters."
    )
    type: LearningChallengeType = strawberry.field(description="How long it is meant to take.")
    category: LearningChallengeCategory = strawberry.field(description="What it is filed under.")
    criterion: CriterionInput = strawberry.field(
        description="What has to be reached between joining and the end: no level, no window."
    )
    reward_points: int = strawberry.field(
        default=0, description="The XP that completing it pays: at most 100,000."
    )
    reward_achievement_id: strawberry.ID | None = strawberry.field(
        default=None, description="The achievement that completing it unlocks."
    )
    starts_at: datetime = strawberry.field(description="From when on it counts.")
    ends_at: datetime = strawberry.field(description="Until when.")
    max_participants: int | None = strawberry.field(
        default=None, description="How many may join, 1 to 1,000,000; everybody without it."
    )
    class_id: strawberry.ID | None = strawberry.field(
        default=None, description="The class whose members it is for; everybody without it."
    )
    active: bool = strawberry.field(default=True, description="Whether it is offered, and counts.")


@strawberry.input(description="Which challenge to join.")
class ChallengeJoinInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The challenge.")


@strawberry.input(description="Which challenge to leave.")
class ChallengeLeaveInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The challenge.")


@strawberry.type(description="The answer to `challengeSave`.")
class ChallengeSavePayload:
    """The challenge."""

    challenge: LearningChallenge | None = edge("challenge_key", "The challenge.")
    challenge_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class _ParticipationPayload:
    participation: ChallengeParticipation | None = edge("part_key", "The viewer's part in it.")
    part_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `challengeJoin`.")
class ChallengeJoinPayload(_ParticipationPayload):
    """The part."""


@strawberry.type(description="The answer to `challengeLeave`.")
class ChallengeLeavePayload(_ParticipationPayload):
    """The part."""


@strawberry.type
class ChallengeMutation:
    """Offer challenges, and take part in them."""

    @mutation(permitted(MANAGE))
    async def challenge_save(self, info: Info, input: ChallengeSaveInput) -> ChallengeSavePayload:
        """Save a challenge. Whoever is at it goes on, by what it asks for then. Written into the
        audit log.
        """
        achievement, class_ = input.reward_achievement_id, input.class_id
        data = to_data(
            service.ChallengeData,
            input,
            criterion=values_of(input.criterion),
            reward_achievement_id=achievement and from_global(Achievement.prefix, achievement),
            class_id=class_ and from_global(Class.prefix, class_),
        )
        key = None if input.id is None else from_global(LearningChallenge.prefix, input.id)
        async with info.context.begin() as uow:
            row = await service.save(uow, info.context.me, key, data)
        return ChallengeSavePayload(challenge_key=row.id)

    @mutation(SIGNED_IN)
    async def challenge_join(self, info: Info, input: ChallengeJoinInput) -> ChallengeJoinPayload:
        """Take part in a challenge: what is done from now on counts. Again changes nothing; who
        left it begins anew. `CHALLENGE_CLOSED` after its end, `CHALLENGE_FULL`, and
        `CHALLENGE_PARTICIPATION_FINAL` for who has come to its end.
        """
        key = from_global(LearningChallenge.prefix, input.id)
        async with info.context.begin() as uow:
            part = await service.join(uow, info.context.me, key)
        return ChallengeJoinPayload(part_key=part)

    @mutation(SIGNED_IN)
    async def challenge_leave(
        self, info: Info, input: ChallengeLeaveInput
    ) -> ChallengeLeavePayload:
        """Leave a challenge that the viewer takes part in; `CHALLENGE_PARTICIPATION_FINAL` once
        they don't.
        """
        key = from_global(LearningChallenge.prefix, input.id)
        async with info.context.begin() as uow:
            part = await service.leave(uow, info.context.me, key)
        return ChallengeLeavePayload(part_key=part)

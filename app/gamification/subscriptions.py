"""Root subscriptions of gamification."""

from uuid import UUID

import strawberry
from sqlalchemy import true

from app.core.access import SIGNED_IN
from app.core.graph.read.declare import edge
from app.core.realtime.declare import AFTER, anyone, follow, tell
from app.gamification import events
from app.gamification.events import gamification_stream
from app.gamification.models import XpKind
from app.gamification.types.achievements import UserAchievement
from app.gamification.types.challenges import ChallengeParticipation
from app.gamification.types.scores import GamificationProfile


@strawberry.interface(description="Something that the viewer has achieved.")
class GamificationEvent:
    """Each has its place and the profile as it is now."""

    cursor: str = strawberry.field(description="Pass it as `after` to go on from here.")
    profile: GamificationProfile = edge("user_key", "The viewer's profile.", visible=true())
    user_key: strawberry.Private[UUID]


@strawberry.type(description="There is XP more, or less.")
class GamificationXpChanged(GamificationEvent):
    """See the profile for the total."""

    earned_for: XpKind = strawberry.field(description="What it is for.")
    amount: int = strawberry.field(description="How much: below zero for what was taken.")


@strawberry.type(description="The viewer has come to a higher level.")
class GamificationLevelReached(GamificationEvent):
    """Told after the XP that led to it."""

    level: int = strawberry.field(description="The level.")


@strawberry.type(description="The viewer's streak is another.")
class GamificationStreakChanged(GamificationEvent):
    """Told with the first learning of a day."""

    days: int = strawberry.field(description="So many days in a row.")


@strawberry.type(description="The viewer has unlocked an achievement.")
class GamificationAchievementUnlocked(GamificationEvent):
    """To be claimed."""

    unlock: UserAchievement | None = edge("unlock_key", "What was unlocked.")
    unlock_key: strawberry.Private[UUID]


@strawberry.type(description="The viewer has completed a challenge.")
class GamificationChallengeCompleted(GamificationEvent):
    """Its reward is paid with it."""

    participation: ChallengeParticipation | None = edge("part_key", "The viewer's part in it.")
    part_key: strawberry.Private[UUID]


# Reached through their interface alone.
KINDS = [
    GamificationXpChanged,
    GamificationLevelReached,
    GamificationStreakChanged,
    GamificationAchievementUnlocked,
    GamificationChallengeCompleted,
]


@strawberry.type
class GamificationSubscription:
    """What is achieved as it is."""

    gamification_updated: GamificationEvent = follow(
        lambda viewer: gamification_stream(viewer.user_id),
        anyone,
        SIGNED_IN,
        "The viewer's XP, levels, streaks and badges as they come, in order, without gap or repeat"
        " after a cursor.",
        tell(
            events.XpChanged,
            lambda told, at: GamificationXpChanged(
                cursor=at,
                user_key=told.user_id,
                earned_for=XpKind[told.earned_for],
                amount=told.amount,
            ),
        ),
        tell(
            events.LevelReached,
            lambda told, at: GamificationLevelReached(
                cursor=at, user_key=told.user_id, level=told.level
            ),
        ),
        tell(
            events.StreakChanged,
            lambda told, at: GamificationStreakChanged(
                cursor=at, user_key=told.user_id, days=told.days
            ),
        ),
        tell(
            events.AchievementUnlocked,
            lambda told, at: GamificationAchievementUnlocked(
                cursor=at, user_key=told.user_id, unlock_key=told.user_achievement_id
            ),
        ),
        tell(
            events.ChallengeCompleted,
            lambda told, at: GamificationChallengeCompleted(
                cursor=at, user_key=told.user_id, part_key=told.participation_id
            ),
        ),
        after=AFTER,
    )

"""Root queries of gamification."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, and_, exists, func, true
from sqlmodel import col, select

from app.accounts.models import User as UserRow
from app.accounts.types import User
from app.classes.types import Class
from app.core.access import SIGNED_IN
from app.core.errors import BadRequest
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_argument
from app.core.graph.read.pages import Order, PageArguments
from app.core.viewer import Asker
from app.gamification import models, policy
from app.gamification.models import (
    EVERYBODY,
    AchievementCategory,
    LeaderboardPeriod,
    LearningChallengeCategory,
    LearningChallengeType,
)
from app.gamification.queries.boards import LeaderboardMetric, LeaderboardScope
from app.gamification.store.places import PlacedStanding
from app.gamification.types.achievements import Achievement
from app.gamification.types.challenges import LearningChallenge
from app.gamification.types.scores import GamificationProfile, LeaderboardEntry, first_day

_ORDERS = {
    metric: Order(f"leaderboard_{metric.value}", (metric.value, "id"), descending=True)
    for metric in LeaderboardMetric
}


@strawberry.input(description="Which achievements.")
class AchievementFilter:
    """What isn't given doesn't narrow."""

    categories: list[AchievementCategory] | None = strawberry.field(
        default=None, description="Filed under one of these."
    )
    unlocked: bool | None = strawberry.field(
        default=None, description="Those that the viewer has unlocked, or has not."
    )


@strawberry.input(description="Which challenges.")
class LearningChallengeFilter:
    """What isn't given doesn't narrow."""

    types: list[LearningChallengeType] | None = strawberry.field(
        default=None, description="Of one of these types."
    )
    categories: list[LearningChallengeCategory] | None = strawberry.field(
        default=None, description="Filed under one of these."
    )
    joined: bool = strawberry.field(
        default=False, description="Only those that the viewer has a part in."
    )
    running: bool = strawberry.field(
        default=False, description="Only those that have begun and haven't ended."
    )


def _profile(
    viewer: Asker,
    user: type[UserRow],
    *,
    user_id: Annotated[
        strawberry.ID | None, id_argument("Whose; the viewer's own without it.", User.prefix)
    ] = None,
) -> ColumnElement[bool]:
    whose = viewer.user_id if user_id is None else user_id
    return col(user.id) == whose


def _leaderboard(
    viewer: Asker,
    standing: type[models.Standing],
    *,
    scope: Annotated[LeaderboardScope, strawberry.argument(description="Among whom.")],
    period: Annotated[LeaderboardPeriod, strawberry.argument(description="For which time.")],
    metric: Annotated[
        LeaderboardMetric | None, strawberry.argument(description="By what; by points without it.")
    ] = None,
    class_id: Annotated[
        strawberry.ID | None, id_argument("The class, where it is among one.", Class.prefix)
    ] = None,
) -> Rows:
    by = metric or LeaderboardMetric.POINTS
    board = EVERYBODY if scope is LeaderboardScope.GLOBAL else class_id
    where = and_(
        col(standing.scope_id) == board,
        col(standing.period) == period,
        col(standing.starts_on) == first_day(period),
        getattr(standing, by.value) > 0,
        policy.is_listed(viewer.user_id),
    )
    return Rows(where, _ORDERS[by])


def _check_scope(_: PageArguments, *, scope: Any, class_id: Any, **__: Any) -> None:
    if (scope is LeaderboardScope.CLASS) is not (class_id is not None):
        raise BadRequest("'classId' goes with the scope CLASS, and with no other.")


def _achievements(
    viewer: Asker,
    achievement: type[models.Achievement],
    *,
    filter: Annotated[
        AchievementFilter | None, strawberry.argument(description="Which ones.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None and filter.categories is not None:
        where &= col(achievement.category).in_(filter.categories)
    if filter is not None and filter.unlocked is not None:
        has = exists(
            select(models.UserAchievement.id)
            .where(
                models.UserAchievement.achievement_id == achievement.id,
                models.UserAchievement.user_id == viewer.user_id,
            )
            .correlate_except(models.UserAchievement)
        )
        where &= has if filter.unlocked else ~has
    return Rows(where, Order("achievements"))


def _challenges(
    viewer: Asker,
    challenge: type[models.LearningChallenge],
    *,
    filter: Annotated[
        LearningChallengeFilter | None, strawberry.argument(description="Which ones.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        if filter.types is not None:
            where &= col(challenge.type).in_(filter.types)
        if filter.categories is not None:
            where &= col(challenge.category).in_(filter.categories)
        if filter.joined:
            part = models.ChallengeParticipation
            where &= exists(
                select(part.id)
                .where(part.challenge_id == challenge.id, part.user_id == viewer.user_id)
                .correlate_except(part)
            )
        if filter.running:
            where &= and_(
                col(challenge.starts_at) <= func.now(), col(challenge.ends_at) > func.now()
            )
    return Rows(where, Order("challenges", ("ends_at", "id"), descending=True))


@strawberry.type
class GamificationQuery:
    """What was achieved, and what can be."""

    gamification_profile: GamificationProfile | None = find(
        _profile,
        SIGNED_IN,
        "What the viewer, or another user, has achieved. Null for who isn't on leaderboards, or"
        " where the viewer isn't, but for oneself.",
    )
    leaderboard: Connection[LeaderboardEntry] = browse(
        _leaderboard,
        SIGNED_IN,
        "Who has the most, of what is more than nothing. Of equal ones the last to come on it"
        " stands first. A day, a week (from Monday on, ISO 8601) or a month is one of UTC. Among"
        " a class counts what its members have reached since they were in it, for those who have"
        " a part in it. Whoever opted out (`privacy.leaderboard`, or a profile for nobody) is on"
        " none, and sees none; whom a block keeps apart from the viewer isn't shown.",
        check=_check_scope,
        of=PlacedStanding,
    )
    achievements: Connection[Achievement] = browse(
        _achievements,
        SIGNED_IN,
        "What can be achieved, with the viewer's own progress: secret ones once they are"
        " unlocked, inactive ones to those who have them. Those with `gamification.manage` see"
        " all.",
    )
    challenges: Connection[LearningChallenge] = browse(
        _challenges,
        SIGNED_IN,
        "Challenges for everybody, of classes that the viewer has a part in, and those that they"
        " have joined, with their own progress; the last to end first.",
    )

"""Who sees what of gamification. Conditions on a table or an alias of it, for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, true
from sqlmodel import col, select

from app.accounts import policy as accounts
from app.accounts.models import AccountStatus, Audience, User
from app.classes import policy as classes
from app.core.viewer import Asker
from app.gamification.models import (
    Achievement,
    ChallengeParticipation,
    LearningChallenge,
    Standing,
    UserAchievement,
)

MANAGE = "gamification.manage"
AWARD = "xp.award"


def listed(user: type[User] = User) -> ColumnElement[bool]:
    """Users who are on the boards: those who show their profile and haven't opted out."""
    return and_(
        col(user.status) == AccountStatus.ACTIVE,
        col(user.profile_audience) != Audience.NOBODY,
        col(user.leaderboard_audience) != Audience.NOBODY,
    )


def is_listed(user_id: Any) -> ColumnElement[bool]:
    """Whether a user is on the boards.

    As a value and no `EXISTS`, which would join everybody where a few rows are looked at.
    """
    found = select(listed()).where(User.id == user_id).correlate_except(User)
    return func.coalesce(found.scalar_subquery(), false())


def visible_profile(viewer: Asker, user: type[User] = User) -> ColumnElement[bool]:
    """One's own; to those who are on the boards themselves, of everybody else who is and whom no
    block keeps apart; to those who award XP, everybody's.
    """
    if not viewer.signed_in:
        return false()
    if viewer.may(AWARD):
        return true()
    shown = and_(is_listed(viewer.user_id), listed(user), ~accounts.blocked(viewer, user.id))
    return or_(col(user.id) == viewer.user_id, shown)


def on_board(standing: type[Standing] = Standing) -> ColumnElement[bool]:
    """Standings that count on their board: of who is listed, and still in the class of it."""
    return and_(
        col(standing.listed),
        or_(
            col(standing.class_id).is_(None),
            classes.is_member(standing.user_id, standing.class_id),
        ),
    )


def visible_standing(viewer: Asker, standing: type[Standing] = Standing) -> ColumnElement[bool]:
    """One's own; to those who are on the boards, of others who are and whom no block keeps apart:
    on the board of a class for those who have a part in it.
    """
    if not viewer.signed_in:
        return false()
    shown = and_(
        is_listed(viewer.user_id),
        on_board(standing),
        ~accounts.blocked(viewer, standing.user_id),
        or_(col(standing.class_id).is_(None), classes.hears(viewer, standing.class_id)),
    )
    return or_(col(standing.user_id) == viewer.user_id, shown)


def visible_achievement(
    viewer: Asker, achievement: type[Achievement] = Achievement
) -> ColumnElement[bool]:
    """What can be achieved and is no secret, and what the viewer has unlocked."""
    if not viewer.signed_in:
        return false()
    if viewer.may(MANAGE):
        return true()
    unlocked = exists(
        select(UserAchievement.id)
        .where(
            UserAchievement.achievement_id == achievement.id,
            UserAchievement.user_id == viewer.user_id,
        )
        .correlate_except(UserAchievement)
    )
    return or_(and_(col(achievement.active), ~col(achievement.secret)), unlocked)


def visible_unlock(
    viewer: Asker, unlock: type[UserAchievement] = UserAchievement
) -> ColumnElement[bool]:
    """Of whom the viewer sees the profile, if they see the achievement."""
    if not viewer.signed_in:
        return false()
    whose = exists(
        select(User.id)
        .where(User.id == unlock.user_id, visible_profile(viewer))
        .correlate_except(User)
    )
    what = exists(
        select(Achievement.id)
        .where(Achievement.id == unlock.achievement_id, visible_achievement(viewer))
        .correlate_except(Achievement)
    )
    return and_(whose, what)


def visible_challenge(
    viewer: Asker, challenge: type[LearningChallenge] = LearningChallenge
) -> ColumnElement[bool]:
    """What is offered to everybody, or to a class that the viewer has a part in; and what they
    have joined.
    """
    if not viewer.signed_in:
        return false()
    if viewer.may(MANAGE):
        return true()
    joined = exists(
        select(ChallengeParticipation.id)
        .where(
            ChallengeParticipation.challenge_id == challenge.id,
            ChallengeParticipation.user_id == viewer.user_id,
        )
        .correlate_except(ChallengeParticipation)
    )
    theirs = or_(col(challenge.class_id).is_(None), classes.hears(viewer, challenge.class_id))
    return or_(and_(col(challenge.active), theirs), joined)


def own_participation(
    viewer: Asker, participation: type[ChallengeParticipation] = ChallengeParticipation
) -> ColumnElement[bool]:
    """One's own."""
    if not viewer.signed_in:
        return false()
    mine: ColumnElement[bool] = col(participation.user_id) == viewer.user_id
    return mine

"""What the schema shows of scores and standings."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
)
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.models import User as UserRow
from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, items, pages, reads, whole
from app.core.graph.read.pages import Order
from app.core.realtime.streams import newest_cursor
from app.core.viewer import Asker
from app.gamification import models, policy
from app.gamification.events import gamification_stream
from app.gamification.models import EVERYBODY, LeaderboardPeriod, ParticipationStatus, XpKind
from app.gamification.service.levels import xp_of
from app.gamification.store import places
from app.gamification.types.achievements import UserAchievement

describe(
    LeaderboardPeriod,
    "For which time a leaderboard counts: in UTC, whatever the users' time zones.",
    {
        LeaderboardPeriod.DAY: "Today.",
        LeaderboardPeriod.WEEK: "This week, from Monday on (ISO 8601).",
        LeaderboardPeriod.MONTH: "This month.",
        LeaderboardPeriod.ALL_TIME: "From the beginning.",
    },
)
describe(
    XpKind,
    "What XP is for.",
    {
        XpKind.LESSON: "A completed lesson.",
        XpKind.QUIZ: "A quiz that was passed.",
        XpKind.ASSIGNMENT: "An assignment with a grade above zero.",
        XpKind.CODING: "A coding exercise that was passed.",
        XpKind.MODULE: "A completed section of a course.",
        XpKind.COURSE: "A completed course.",
        XpKind.PRACTICE_SESSION: "A completed practice session.",
        XpKind.STUDY_SESSION: "A study session that was attended.",
        XpKind.FLASHCARD: "A flashcard that was reviewed.",
        XpKind.STREAK: "Another seven days in a row.",
        XpKind.ACHIEVEMENT: "An achievement that was claimed.",
        XpKind.CHALLENGE: "A challenge that was completed.",
        XpKind.AWARD: "Given or taken by hand.",
    },
)


def first_day(period: Any) -> ColumnElement[date]:
    """The first day of the period that goes on now, in UTC."""
    today = func.timezone(literal_column("'UTC'"), func.now())

    def trunc(unit: str) -> Any:
        return cast(func.date_trunc(literal_column(f"'{unit}'"), today), Date)

    return case(
        (period == LeaderboardPeriod.DAY, trunc("day")),
        (period == LeaderboardPeriod.WEEK, trunc("week")),
        (period == LeaderboardPeriod.MONTH, trunc("month")),
        else_=literal_column("'1970-01-01'::date"),
    )


def _ranked(name: str) -> Any:
    def rank(_: Asker, standing: type[models.Standing]) -> ColumnElement[int]:
        if places.are_known(standing):
            return whole(getattr(standing, places.name_of(name)))
        other: Any = aliased(models.Standing)
        ahead = select(func.count()).where(
            other.scope_id == standing.scope_id,
            other.period == standing.period,
            other.starts_on == standing.starts_on,
            getattr(other, name) > getattr(standing, name),
            col(other.listed),
        )
        # Far down the board of everybody there are many: nothing but their index is read.
        before = case(
            (col(standing.class_id).is_(None), _of(ahead, standing)),
            else_=_of(ahead.where(policy.on_board(other)), standing),
        )
        return case((policy.on_board(standing), whole(before + 1)), else_=null())

    return rank


def _of(found: Select[Any], standing: type[models.Standing]) -> Any:
    return found.correlate(standing).scalar_subquery()


_HOW_RANKED = (
    " Equal ones share a place, and the next ones come after all of them (1, 2, 2, 4); those whom"
    " a block hides from the viewer keep theirs. Null for who is on no board."
)


@reads(
    models.Standing,
    visible=policy.visible_standing,
    description="What somebody has reached in one period, for a leaderboard.",
)
class LeaderboardEntry(Node):
    """Of everybody's boards, or of a class's."""

    prefix = "sdg"

    user: User | None = edge("user_id", "Whose it is.")
    period: LeaderboardPeriod = column("For which time it counts.")
    starts_on: date = column("The first day of that, in UTC; 1970-01-01 for all time.")
    points: int = column("The XP of the period.")
    study_minutes: int = column("The minutes of practice and of study sessions.")
    streak_days: int = column("The longest streak that was reached in it, in days.")
    points_rank: int | None = computed(_ranked("points"), f"The place by points.{_HOW_RANKED}")
    study_time_rank: int | None = computed(
        _ranked("study_minutes"), f"The place by study time.{_HOW_RANKED}"
    )
    streak_rank: int | None = computed(_ranked("streak_days"), f"The place by streak.{_HOW_RANKED}")


def _scored(name: str, nothing: int) -> Any:
    def read(_: Asker, user: type[UserRow]) -> ColumnElement[int]:
        found = select(getattr(models.LearnerScore, name)).where(
            models.LearnerScore.user_id == user.id
        )
        value = found.correlate(user).scalar_subquery()
        return whole(func.coalesce(value, literal_column(str(nothing))))

    return read


_level = _scored("level", 1)


def _level_xp(viewer: Asker, user: type[UserRow]) -> ColumnElement[int]:
    return xp_of(_level(viewer, user))


def _next_level_xp(viewer: Asker, user: type[UserRow]) -> ColumnElement[int]:
    return xp_of(_level(viewer, user) + 1)


def _streak(_: Asker, user: type[UserRow]) -> ColumnElement[int]:
    """The streak, unless a whole day has passed without anything."""
    score = models.LearnerScore
    today = cast(func.timezone(user.time_zone, func.now()), Date)
    found = select(score.streak_days).where(
        score.user_id == user.id, col(score.last_day) >= today - 1
    )
    value = found.correlate(user).scalar_subquery()
    return whole(func.coalesce(value, literal_column("0")))


def _badge_count(_: Asker, user: type[UserRow]) -> ColumnElement[int]:
    found = select(func.count()).where(models.UserAchievement.user_id == user.id)
    return whole(found.correlate(user).scalar_subquery())


def _challenges_completed(_: Asker, user: type[UserRow]) -> ColumnElement[int]:
    part = models.ChallengeParticipation
    found = select(func.count()).where(
        part.user_id == user.id, part.status == ParticipationStatus.COMPLETED
    )
    return whole(found.correlate(user).scalar_subquery())


def _rank(viewer: Asker, user: type[UserRow]) -> ColumnElement[int]:
    standing: Any = aliased(models.Standing)
    found = select(_ranked("points")(viewer, standing)).where(
        standing.user_id == user.id,
        standing.scope_id == EVERYBODY,
        standing.period == LeaderboardPeriod.ALL_TIME,
    )
    place: ColumnElement[int] = found.correlate(user).scalar_subquery()
    return place


def _badges(_: Asker, unlock: type[models.UserAchievement], user: type[UserRow]) -> Rows:
    order = Order("badges", ("created_at", "id"), descending=True)
    return Rows(col(unlock.user_id) == user.id, order)


def _standings(_: Asker, standing: type[models.Standing], user: type[UserRow]) -> Rows:
    now_on = and_(
        col(standing.user_id) == user.id,
        col(standing.scope_id) == EVERYBODY,
        col(standing.starts_on) == first_day(standing.period),
    )
    return Rows(now_on, Order("standings", ("starts_on", "id")))


def _cursor(_: Asker, user: type[UserRow]) -> ColumnElement[str]:
    return newest_cursor(gamification_stream, user.id)


@reads(
    UserRow,
    visible=policy.visible_profile,
    description="What somebody has achieved.",
)
class GamificationProfile:
    """Everybody has one from the start."""

    user: User | None = edge("id", "Whose it is.")
    xp: int = computed(_scored("total_xp", 0), "All XP: always the sum of the ledger.")
    level: int = computed(_level, "The level that the XP have come to, from 1 on.")
    level_xp: int = computed(_level_xp, "The XP at which this level began.")
    next_level_xp: int = computed(
        _next_level_xp,
        "The XP at which the next one begins. Level n begins at 50 * n * (n - 1) XP.",
    )
    study_minutes: int = computed(
        _scored("study_minutes", 0), "Minutes of practice and of study sessions."
    )
    streak_days: int = computed(
        _streak,
        "Days of learning in a row, by the clocks of the user's time zone: today's may be yet to"
        " come.",
    )
    longest_streak_days: int = computed(
        _scored("longest_streak", 0), "The most days in a row that there were."
    )
    badge_count: int = computed(_badge_count, "How many achievements are unlocked.")
    challenges_completed: int = computed(
        _challenges_completed, "How many challenges were completed."
    )
    rank: int | None = computed(
        _rank, f"The place among everybody by points, of all time.{_HOW_RANKED}"
    )
    standings: list[LeaderboardEntry] = items(
        _standings,
        "What they have in today's, this week's, this month's and all time's boards of everybody;"
        " none of a period in which nothing happened.",
        most=len(LeaderboardPeriod),
    )
    badges: Connection[UserAchievement] = pages(
        _badges, "The unlocked achievements that the viewer may see, the last one first."
    )
    cursor: str = computed(
        _cursor,
        "The place of the newest event: read this before the rest, and pass it as `after` to"
        " `gamificationUpdated`, and nothing is missed in between.",
    )

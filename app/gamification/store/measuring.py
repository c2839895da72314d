"""What criteria measure, in SQL: the same for what unlocks and for the progress that is shown."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal, literal_column, or_
from sqlmodel import col, select

from app.gamification.models import (
    ActiveDay,
    Comparison,
    LearnerScore,
    LearningMetric,
    XpEntry,
    XpKind,
)

# Metrics that count the lines of the ledger of one kind.
COUNTED: Final = {
    LearningMetric.LESSONS: XpKind.LESSON,
    LearningMetric.QUIZZES: XpKind.QUIZ,
    LearningMetric.ASSIGNMENTS: XpKind.ASSIGNMENT,
    LearningMetric.CODING: XpKind.CODING,
    LearningMetric.MODULES: XpKind.MODULE,
    LearningMetric.COURSES: XpKind.COURSE,
    LearningMetric.PRACTICE_SESSIONS: XpKind.PRACTICE_SESSION,
    LearningMetric.STUDY_SESSIONS: XpKind.STUDY_SESSION,
    LearningMetric.FLASHCARDS: XpKind.FLASHCARD,
}

# Metrics that add up what the lines say.
_SUMS: Final = (LearningMetric.XP, LearningMetric.STUDY_MINUTES)

_NONE: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")


def ever(user_id: Any, metric: Any, window_days: Any) -> ColumnElement[int]:
    """What a user's metric comes to, in the last days of a window or of all time.

    A streak is the longest that there was.
    """
    days = func.coalesce(window_days, _NONE)
    since = func.now() - func.make_interval(_NONE, _NONE, _NONE, days)
    in_window = col(XpEntry.happened_at) >= since
    # All that the ledger adds up to is in the score.
    kept = {
        LearningMetric.LEVEL: "level",
        LearningMetric.STREAK_DAYS: "longest_streak",
        LearningMetric.XP: "total_xp",
        LearningMetric.STUDY_MINUTES: "study_minutes",
    }
    return case(
        *[
            (and_(metric == one, window_days.is_(None)), _score(user_id, name))
            for one, name in kept.items()
        ],
        (metric.in_(_SUMS), _summed(user_id, metric, in_window)),
        else_=_counted(user_id, metric, or_(window_days.is_(None), in_window)),
    )


def between(user_id: Any, metric: Any, since: Any, until: Any) -> ColumnElement[int]:
    """What a user's metric has come to since a time, of what happened before another.

    A streak is the one that they have now, of days since then.
    """
    days = (
        select(func.count())
        .where(
            ActiveDay.user_id == user_id,
            col(ActiveDay.last_at) >= since,
            col(ActiveDay.first_at) < until,
        )
        .correlate_except(ActiveDay)
        .scalar_subquery()
    )
    within = and_(col(XpEntry.happened_at) >= since, col(XpEntry.happened_at) < until)
    streak = func.least(days, _score(user_id, "streak_days"))
    return case(
        (metric == LearningMetric.STREAK_DAYS, streak),
        (metric.in_(_SUMS), _summed(user_id, metric, within)),
        else_=_counted(user_id, metric, within),
    )


def is_met(measured: Any, comparison: Any, threshold: Any) -> ColumnElement[bool]:
    """Whether what was measured fulfils a criterion."""
    return or_(
        and_(comparison == Comparison.AT_LEAST, measured >= threshold),
        and_(comparison == Comparison.MORE_THAN, measured > threshold),
    )


def _score(user_id: Any, name: str) -> Any:
    """A column of a user's score; what there is at the start for who has none."""
    found = (
        select(getattr(LearnerScore, name))
        .where(LearnerScore.user_id == user_id)
        .correlate_except(LearnerScore)
        .scalar_subquery()
    )
    return func.coalesce(found, _ONE if name == "level" else _NONE)


def _summed(user_id: Any, metric: Any, within: ColumnElement[bool]) -> Any:
    part = case((metric == LearningMetric.XP, XpEntry.amount), else_=XpEntry.minutes)
    total = (
        select(func.coalesce(func.sum(part), _NONE))
        .where(XpEntry.user_id == user_id, within)
        .correlate_except(XpEntry)
        .scalar_subquery()
    )
    # What was taken by hand may be more than what came in a window.
    return func.greatest(total, _NONE)


def _counted(user_id: Any, metric: Any, within: ColumnElement[bool]) -> Any:
    """Of one kind, whichever it is: so that no others are read."""
    told: Any = XpEntry.kind
    kind = case(*[(metric == one, literal(each, told.type)) for one, each in COUNTED.items()])
    return (
        select(func.count())
        .where(XpEntry.user_id == user_id, told == kind, within)
        .correlate_except(XpEntry)
        .scalar_subquery()
    )

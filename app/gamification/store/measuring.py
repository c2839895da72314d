"""What criteria measure, in SQL: the same for what unlocks and for the progress that is shown."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_
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

_NONE: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")


def ever(user_id: Any, metric: Any, window_days: Any) -> ColumnElement[int]:
    """What a user's metric comes to, in the last days of a window or of all time.

    A streak is the longest that there was.
    """
    # A null window leaves the whole time.
    within = or_(
        window_days.is_(None),
        col(XpEntry.happened_at)
        >= func.now() - func.make_interval(_NONE, _NONE, _NONE, func.coalesce(window_days, _NONE)),
    )
    return case(
        (metric == LearningMetric.LEVEL, func.coalesce(_score(user_id, "level"), _ONE)),
        (
            metric == LearningMetric.STREAK_DAYS,
            func.coalesce(_score(user_id, "longest_streak"), _NONE),
        ),
        else_=_summed(user_id, metric, within),
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
    return case(
        (
            metric == LearningMetric.STREAK_DAYS,
            func.least(days, func.coalesce(_score(user_id, "streak_days"), _NONE)),
        ),
        else_=_summed(user_id, metric, within),
    )


def is_met(measured: Any, comparison: Any, threshold: Any) -> ColumnElement[bool]:
    """Whether what was measured fulfils a criterion."""
    return or_(
        and_(comparison == Comparison.AT_LEAST, measured >= threshold),
        and_(comparison == Comparison.MORE_THAN, measured > threshold),
    )


def _score(user_id: Any, name: str) -> Any:
    return (
        select(getattr(LearnerScore, name))
        .where(LearnerScore.user_id == user_id)
        .correlate_except(LearnerScore)
        .scalar_subquery()
    )


def _summed(user_id: Any, metric: Any, within: ColumnElement[bool]) -> Any:
    sums = (LearningMetric.XP, LearningMetric.STUDY_MINUTES)
    of_metric = or_(
        metric.in_(sums),
        *[and_(metric == one, col(XpEntry.kind) == kind) for one, kind in COUNTED.items()],
    )
    part = case(
        (metric == LearningMetric.XP, XpEntry.amount),
        (metric == LearningMetric.STUDY_MINUTES, XpEntry.minutes),
        else_=_ONE,
    )
    total = (
        select(func.coalesce(func.sum(part), _NONE))
        .where(XpEntry.user_id == user_id, of_metric, within)
        .correlate_except(XpEntry)
        .scalar_subquery()
    )
    # What was taken by hand may be more than what came in a window.
    return func.greatest(total, _NONE)

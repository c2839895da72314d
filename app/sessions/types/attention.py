"""How attentive people were in a session."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import (
    ColumnElement,
    Double,
    Numeric,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlmodel import col

from app.core.graph.read.declare import Rows, computed, edge, items, reads, whole
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.sessions import models, policy
from app.sessions.models import AttentionMinute

_MOST_MINUTES = 100

_BREAK_MINUTES = 25
_FALL_PERCENT = 10
_LOW_PERCENT, _HIGH_PERCENT = 60, 85
# Of five minutes, how often attention may be lost.
_OFTEN = 1
BREAKS = "Take a short break every 25 minutes: your attention fell after that time."
SHORTER = "Plan shorter sessions: your attention held for less than 60 % of the time."
FEWER = "Do one thing at a time, and silence notifications: your attention was often lost."
WELL = "Go on like this: your attention held for more than 85 % of the time."


def _percent(focused: Any, samples: Any) -> ColumnElement[float]:
    """With one digit, as a number; null where nothing was recorded."""
    return cast(func.round(cast(100 * focused, Numeric()) / func.nullif(samples, 0), 1), Double())


def _focus() -> ColumnElement[float]:
    return _percent(func.sum(AttentionMinute.focused), func.sum(AttentionMinute.samples))


def _own(part: Any) -> ColumnElement[bool]:
    return and_(
        col(AttentionMinute.session_id) == part.session_id,
        col(AttentionMinute.user_id) == part.user_id,
    )


def _of_own(value: Any, part: Any) -> Any:
    return select(value).where(_own(part)).correlate(part).scalar_subquery()


def _of_group(value: Any, session: Any) -> Any:
    others = policy.of_others(AttentionMinute, session)
    return select(value).where(others).correlate(session).scalar_subquery()


def _own_focus(_: Asker, part: type[models.Participant]) -> ColumnElement[float]:
    found: ColumnElement[float] = _of_own(_focus(), part)
    return found


def _own_minutes(_: Asker, part: type[models.Participant]) -> ColumnElement[int]:
    return whole(_of_own(func.count(), part))


def _focused_minutes(_: Asker, part: type[models.Participant]) -> ColumnElement[float]:
    share = cast(col(AttentionMinute.focused), Numeric()) / col(AttentionMinute.samples)
    total = func.round(func.coalesce(func.sum(share), 0), 1)
    found: ColumnElement[float] = _of_own(cast(total, Double()), part)
    return found


def _lost() -> ColumnElement[int]:
    return func.coalesce(func.sum(AttentionMinute.distractions), 0)


def _own_distractions(_: Asker, part: type[models.Participant]) -> ColumnElement[int]:
    return whole(_of_own(_lost(), part))


def _advice(_: Asker, part: type[models.Participant]) -> ColumnElement[list[str]]:
    minute = col(AttentionMinute.minute)
    samples, focused = AttentionMinute.samples, AttentionMinute.focused
    early, late = minute < _BREAK_MINUTES, minute >= _BREAK_MINUTES
    fell = (
        _percent(func.sum(focused).filter(early), func.sum(samples).filter(early))
        - _percent(func.sum(focused).filter(late), func.sum(samples).filter(late))
        >= _FALL_PERCENT
    )
    often = 5 * _lost() > _OFTEN * func.count()
    rules = (
        (fell, BREAKS),
        (_focus() < _LOW_PERCENT, SHORTER),
        (often & (func.count() > 0), FEWER),
        (_focus() > _HIGH_PERCENT, WELL),
    )
    told = array([case((holds, literal(text, Text()))) for holds, text in rules])
    found: ColumnElement[list[str]] = _of_own(func.array_remove(told, None), part)
    return found


def _minute(_: Asker, row: Any) -> ColumnElement[int]:
    value: ColumnElement[int] = row.c.minute
    return value


def _minute_focus(_: Asker, row: Any) -> ColumnElement[float]:
    value: ColumnElement[float] = row.c.focus
    return value


@reads(None, key="", description="A minute of a session.")
class FocusMinute:
    """Counted from the session's start."""

    minute: int = computed(_minute, "Which one, from 0 on.")
    focus_percentage: float = computed(_minute_focus, "In how much of it attention held.")


def _by_minute(where: ColumnElement[bool], people: int, parent: Any) -> Any:
    """The minutes of a parent in which so many had their attention recorded."""
    counted = func.count(col(AttentionMinute.user_id).distinct())
    return (
        select(col(AttentionMinute.minute).label("minute"), _focus().label("focus"))
        .where(where)
        .group_by(col(AttentionMinute.minute))
        .having(counted >= people)
        # The parent may stand further outside than where a lateral join looks by itself.
        .correlate(parent)
        .lateral()
    )


def _own_timeline(part: type[models.Participant]) -> Any:
    return _by_minute(_own(part), 1, part)


def _group_timeline(session: type[models.StudySession]) -> Any:
    others = policy.of_others(AttentionMinute, session)
    return _by_minute(others, policy.LEAST_PEOPLE, session)


def _timeline(
    _: Asker,
    row: Any,
    __: Any,
    *,
    from_minute: Annotated[
        int | None, strawberry.argument(description="The first one; 0, if not given.")
    ] = None,
) -> Rows:
    where = true() if from_minute is None else row.c.minute >= from_minute
    return Rows(where, Order("timeline", ("minute",)))


def _people(_: Asker, session: type[models.StudySession]) -> ColumnElement[int]:
    return whole(_of_group(func.count(col(AttentionMinute.user_id).distinct()), session))


def _group_focus(_: Asker, session: type[models.StudySession]) -> ColumnElement[float]:
    found: ColumnElement[float] = _of_group(_focus(), session)
    return found


def _group_distractions(_: Asker, session: type[models.StudySession]) -> ColumnElement[int]:
    return whole(_of_group(_lost(), session))


@reads(
    models.StudySession,
    visible=policy.sees_group,
    description="How attentive those were who took part, all together.",
)
class GroupAttention:
    """For the host, and of three others at least: nobody's own can be seen in it."""

    people: int = computed(_people, "How many people had their attention recorded.")
    focus_percentage: float = computed(_group_focus, "In how much of the time attention held.")
    distractions: int = computed(_group_distractions, "How often attention was lost.")
    timeline: list[FocusMinute] = items(
        _timeline,
        "By minute, a hundred at a time: those in which three others at least had their attention"
        " recorded.",
        most=_MOST_MINUTES,
        rows_of=_group_timeline,
    )


@reads(
    models.Participant,
    visible=policy.own_part,
    description="How attentive the viewer was in a session.",
)
class SessionAttention:
    """By what their own client noticed, with their consent."""

    focus_percentage: float | None = computed(
        _own_focus, "In how much of the time attention held; null if nothing was recorded."
    )
    minutes: int = computed(_own_minutes, "Of how many minutes something was recorded.")
    focused_minutes: float = computed(_focused_minutes, "In how many of them attention held.")
    distractions: int = computed(_own_distractions, "How often attention was lost.")
    recommendations: list[str] = computed(_advice, "What may help, by simple rules.")
    timeline: list[FocusMinute] = items(
        _timeline, "By minute, a hundred at a time.", most=_MOST_MINUTES, rows_of=_own_timeline
    )
    group: GroupAttention | None = edge(
        "session_id",
        "All others together; null unless the viewer is the host, and three others at least had"
        " their attention recorded.",
    )

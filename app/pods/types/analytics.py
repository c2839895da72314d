"""What those who run a pod are told of it, all read by one statement."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Interval,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
    values,
)
from sqlalchemy import column as sql_column
from sqlmodel import col

from app.core.graph.read.declare import Rows, column, computed, edge, items, reads, whole
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.messaging.models import Message
from app.pods import models, policy
from app.pods.models import PodMemberStatus
from app.pods.states import PodAction
from app.pods.types.pods import Pod
from app.sessions.models import Participant, ParticipantStatus, SessionKind, StudySession

_WEEKS = 12
_MONTH = 30
_WEEK = 7


def _run(viewer: Asker, pod: type[models.Pod]) -> ColumnElement[bool]:
    return policy.may(viewer, PodAction.ANALYSE, pod.id)


def _days(count: int) -> ColumnElement[Any]:
    return literal_column(f"interval '{count} days'", Interval())


def _ago(days: int) -> ColumnElement[Any]:
    return func.now() - _days(days)


def _active_members(pod: type[models.Pod]) -> ColumnElement[bool]:
    member = models.PodMember
    return and_(col(member.pod_id) == pod.id, col(member.status) == PodMemberStatus.ACTIVE)


def _messages(pod: type[models.Pod], days: int) -> ColumnElement[bool]:
    """What was said in the pod's chat in these days: of months before there is nothing to read."""
    # As a value, so that it is one for the whole statement and the index can be used.
    from_key = select(func.uuidv7(_days(-days - 1), type_=Uuid())).scalar_subquery()
    return and_(
        col(Message.conversation_id) == pod.conversation_id,
        col(Message.id) >= from_key,
        col(Message.created_at) >= _ago(days),
    )


def _took_part() -> ColumnElement[bool]:
    return or_(
        col(Participant.status) == ParticipantStatus.ATTENDED,
        col(Participant.joined_at).is_not(None),
    )


def _sessions(pod: type[models.Pod]) -> Any:
    """The keys of the pod's study sessions: two of its members at least came."""
    member = models.PodMember
    return (
        select(col(Participant.session_id))
        .join(member, col(member.user_id) == Participant.user_id)
        .join(StudySession, col(StudySession.id) == Participant.session_id)
        .where(
            _active_members(pod),
            _took_part(),
            col(StudySession.kind) == SessionKind.POD,
            col(StudySession.started_at).is_not(None),
        )
        .group_by(col(Participant.session_id))
        .having(func.count() > 1)
        .correlate(pod)
    )


def _member_count(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    return whole(select(func.count()).where(_active_members(pod)).scalar_subquery())


def _active(pod: type[models.Pod], days: int) -> Any:
    wrote = select(col(Message.sender_id)).where(_messages(pod, days)).correlate(pod)
    studied = (
        select(col(Participant.user_id))
        .join(StudySession, col(StudySession.id) == Participant.session_id)
        .where(
            _took_part(),
            col(StudySession.started_at) >= _ago(days),
            col(StudySession.id).in_(_sessions(pod)),
        )
        .correlate(pod)
    )
    who = col(models.PodMember.user_id)
    return (
        select(func.count())
        .where(_active_members(pod), or_(who.in_(wrote), who.in_(studied)))
        .scalar_subquery()
    )


def _active_week(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    return whole(_active(pod, _WEEK))


def _active_month(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    return whole(_active(pod, _MONTH))


def _session_count(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    found = _sessions(pod).subquery()
    return whole(select(func.count()).select_from(found).scalar_subquery())


def _message_count(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    return whole(select(func.count()).where(_messages(pod, _MONTH)).scalar_subquery())


def _percent(part: Any, of: Any) -> ColumnElement[int]:
    """In whole percent; null of nothing."""
    return whole(case((of > 0, func.round(part * 100.0 / func.nullif(of, 0)))))


def _engagement(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    members = select(func.count()).where(_active_members(pod)).scalar_subquery()
    return _percent(_active(pod, _MONTH), members)


def _growth(_: Asker, pod: type[models.Pod]) -> ColumnElement[int]:
    joined = col(models.PodMember.joined_at)
    new = select(func.count()).where(_active_members(pod), joined >= _ago(_MONTH))
    before = select(func.count()).where(_active_members(pod), joined < _ago(_MONTH))
    return _percent(new.scalar_subquery(), before.scalar_subquery())


def _weeks(_: Asker, __: Any, ___: type[models.Pod]) -> Rows:
    return Rows(true(), Order("podWeeks", ("number",)))


def _weeks_of(pod: type[models.Pod]) -> Any:
    """The last weeks, from Monday to Monday in UTC, each with who joined in it."""
    numbers = values(sql_column("number", Integer), name="numbers", literal_binds=True).data(
        [(number,) for number in range(1, _WEEKS + 1)]
    )
    number = numbers.c.number
    week = literal_column("interval '7 days'", Interval())
    monday = func.date_trunc("week", func.timezone("UTC", func.now()))
    start = monday - (_WEEKS - number) * week
    joined = func.timezone("UTC", models.PodMember.joined_at)
    new = select(func.count()).where(_active_members(pod), joined >= start, joined < start + week)
    there = select(func.count()).where(_active_members(pod), joined < start + week)
    return (
        select(
            number,
            cast(start, Date).label("starts_on"),
            whole(new.correlate_except(models.PodMember).scalar_subquery()).label("joined"),
            whole(there.correlate_except(models.PodMember).scalar_subquery()).label("members"),
        )
        .select_from(numbers)
        .correlate(pod)
        .lateral("week")
    )


def _said(name: str) -> Any:
    def read(_: Asker, week: Any) -> ColumnElement[Any]:
        value: ColumnElement[Any] = week.c[name]
        return value

    return read


@reads(None, key="", description="A week of a pod, from Monday on, in UTC.")
class PodWeek:
    """Those who have left since aren't counted."""

    starts_on: date = computed(_said("starts_on"), "Its Monday.")
    joined: int = computed(_said("joined"), "How many of today's members joined in it.")
    members: int = computed(
        _said("members"), "How many of today's members had joined by the end of it."
    )


@reads(
    models.Pod,
    visible=_run,
    description="How a pod does, for its owners and admins. A member is active in a time who wrote"
    " in its chat, or took part in one of its study sessions that began then. Its study sessions"
    " are those of the kind `POD` that two of its members at least took part in.",
)
class PodAnalytics:
    """As everything is at one moment."""

    pod: Pod | None = edge("id", "The pod.")
    max_members: int = column("How many members it may have.")
    member_count: int = computed(_member_count, "How many members it has.")
    active_members_7_days: int = computed(
        _active_week, "How many of them were active in the last 7 days."
    )
    active_members_30_days: int = computed(
        _active_month, "How many of them were active in the last 30 days."
    )
    engagement_rate: int | None = computed(
        _engagement, "The share of members who were active in the last 30 days, in whole percent."
    )
    growth_rate: int | None = computed(
        _growth,
        "Members who joined in the last 30 days, in whole percent of those who had joined before;"
        " null if nobody had.",
    )
    message_count_30_days: int = computed(
        _message_count, "How many messages were written in its chat in the last 30 days."
    )
    study_session_count: int = computed(
        _session_count, "How many study sessions it had, as long as they are kept."
    )
    weeks: list[PodWeek] = items(
        _weeks,
        f"How it grew in each of the last {_WEEKS} weeks, this one last.",
        most=_WEEKS,
        rows_of=_weeks_of,
    )

"""What else stands in somebody's calendar: sessions, meetings, lectures, deadlines."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy import select as select_several
from sqlmodel import col, select

from app.calendar.series import EntryKind, Series
from app.classes import lecture_policy
from app.classes import policy as classes
from app.classes.models import Class, ClassStatus, Lecture, LectureStatus, Weekday
from app.core import recurrence
from app.core.db import ReadSession
from app.core.recurrence import Frequency, Rule
from app.core.viewer import Asker
from app.courses import policy as courses
from app.courses.models import Exercise, QuizAttempt
from app.sessions import policy as sessions
from app.sessions.models import SessionStatus, StudySession

_UTC: Final = ZoneInfo("UTC")
_WEEKDAYS: Final = {day: number for number, day in enumerate(Weekday)}
_PLANNED: Final = (ClassStatus.ENROLLMENT_OPEN, ClassStatus.ACTIVE, ClassStatus.COMPLETED)
_USUAL_MINUTES: Final = 60
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DAY_MINUTES: Final = 24 * 60
# No lecture and no session takes longer: an index leads to those that may still take place.
_LONGEST: Final = timedelta(days=1)


async def lectures(
    session: ReadSession, viewer: Asker, begins: datetime, ends: datetime, most: int
) -> list[Series]:
    """Those that the viewer gives, or has a seat at."""
    found = await session.all(
        select(Lecture)
        .where(
            lecture_policy.visible(viewer),
            or_(col(Lecture.instructor_id) == viewer.user_id, lecture_policy.comes(viewer)),
            *_between(col(Lecture.starts_at), col(Lecture.minutes), begins, ends),
        )
        .order_by(col(Lecture.id))
        .limit(most)
    )
    return [
        _at(
            EntryKind.LECTURE,
            each.id,
            each.title,
            each.starts_at,
            each.minutes,
            each.updated_at,
            description=each.description,
            cancelled=each.status is LectureStatus.CANCELLED,
        )
        for each in found
    ]


async def study_sessions(
    session: ReadSession, viewer: Asker, begins: datetime, ends: datetime, most: int
) -> list[Series]:
    """Those that the viewer takes part in. One that is yet to come recurs, if it does."""
    start = col(StudySession.scheduled_start)
    recurs = and_(
        col(StudySession.recurrence).is_not(None),
        col(StudySession.status) == SessionStatus.SCHEDULED,
        start < ends,
    )
    between = _between(start, col(StudySession.planned_minutes), begins, ends)
    found = await session.all(
        select(StudySession)
        .where(sessions.member(viewer), or_(recurs, and_(*between)))
        .order_by(col(StudySession.id))
        .limit(most)
    )
    return [_of_session(each) for each in found]


def _of_session(row: StudySession) -> Series:
    zone = ZoneInfo(row.time_zone)
    shown = row.scheduled_start.astimezone(zone)
    once = _at(
        EntryKind.SESSION,
        row.id,
        row.name,
        row.scheduled_start,
        row.planned_minutes,
        row.updated_at,
        description=row.description,
        cancelled=row.status is SessionStatus.CANCELLED,
    )
    if row.recurrence is None or row.status is not SessionStatus.SCHEDULED or shown.fold:
        return once
    rule = recurrence.parse(row.recurrence, shown.time(), zone)
    ends_on = recurrence.last_day(rule, shown.date())
    return _again(once, shown.date(), shown.time(), zone, rule, ends_on)


def _again(
    once: Series, day: date, at: time, zone: ZoneInfo, rule: Rule, ends_on: date | None
) -> Series:
    values = {**vars(once), "starts_on": day, "starts_time": at, "zone": zone}
    return Series(**values | {"rule": rule, "ends_on": ends_on})


async def meetings(session: ReadSession, viewer: Asker, last: date, most: int) -> list[Series]:
    """Those of classes that the viewer teaches or attends, as they are planned."""
    found = await session.all(
        select(Class)
        .where(
            or_(classes.leads(viewer, Class.id), classes.attends(viewer, Class.id)),
            col(Class.status).in_(_PLANNED),
            col(Class.starts_at).is_not(None),
            col(Class.start_date) <= last,
            func.cardinality(Class.weekdays) > 0,
        )
        .order_by(col(Class.id))
        .limit(most)
    )
    made = [_of_class(each) for each in found]
    return [each for each in made if each is not None]


def _of_class(taught: Class) -> Series | None:
    """As many meetings as the package has, on the class's weekdays, until its last day."""
    assert taught.start_date is not None
    assert taught.starts_at is not None
    weekdays = sorted({_WEEKDAYS[each] for each in taught.weekdays})
    most = min(taught.total_meetings, recurrence.MOST_OCCURRENCES)
    rule = Rule(Frequency.WEEKLY, count=most, weekdays=tuple((each, 0) for each in weekdays))
    ahead = min((each - taught.start_date.weekday()) % 7 for each in weekdays)
    first = taught.start_date + timedelta(days=ahead)
    ends_on = recurrence.last_day(rule, first)
    if taught.end_date is not None and ends_on is not None and taught.end_date < ends_on:
        if taught.end_date < first:
            return None
        rule = Rule(Frequency.WEEKLY, until=taught.end_date, weekdays=rule.weekdays)
        ends_on = taught.end_date
    return Series(
        kind=EntryKind.MEETING,
        key=taught.id,
        title=taught.name,
        starts_on=first,
        starts_time=taught.starts_at,
        zone=ZoneInfo(taught.time_zone),
        minutes=_minutes(taught.starts_at, taught.ends_at),
        rule=rule,
        ends_on=ends_on,
        sequence=_sequence(taught.updated_at),
        updated_at=taught.updated_at,
    )


def _minutes(starts: time, ends: time | None) -> int:
    """From one time of the clock to the next time that it shows the other."""
    if ends is None:
        return _USUAL_MINUTES
    between = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
    return between % _DAY_MINUTES or _DAY_MINUTES


async def quiz_deadlines(
    session: ReadSession, viewer: Asker, begins: datetime, ends: datetime, most: int
) -> list[Series]:
    """When answers to quizzes come too late that the viewer has begun."""
    found = await session.rows(
        select_several(QuizAttempt, col(Exercise.title))
        .join(Exercise, col(Exercise.id) == QuizAttempt.exercise_id)
        .where(
            col(QuizAttempt.user_id) == viewer.user_id,
            courses.visible_attempt(viewer),
            col(QuizAttempt.submitted_at).is_(None),
            col(QuizAttempt.due_at) >= begins,
            col(QuizAttempt.due_at) < ends,
        )
        .order_by(col(QuizAttempt.id))
        .limit(most)
    )
    return [
        _at(EntryKind.DEADLINE, each.id, title, each.due_at, 0, each.created_at)
        for each, title in found
    ]


async def enrollment_deadlines(
    session: ReadSession, viewer: Asker, first: date, last: date, most: int
) -> list[Series]:
    """The last days on which somebody can join the classes that the viewer teaches."""
    found: Sequence[Class] = await session.all(
        select(Class)
        .where(
            classes.leads(viewer, Class.id),
            col(Class.status) == ClassStatus.ENROLLMENT_OPEN,
            col(Class.enrollment_deadline).between(first, last),
        )
        .order_by(col(Class.id))
        .limit(most)
    )
    return [
        Series(
            kind=EntryKind.DEADLINE,
            key=each.id,
            title=each.name,
            starts_on=each.enrollment_deadline,
            starts_time=None,
            zone=ZoneInfo(each.time_zone),
            minutes=_DAY_MINUTES,
            sequence=_sequence(each.updated_at),
            updated_at=each.updated_at,
        )
        for each in found
        if each.enrollment_deadline is not None
    ]


def _between(
    start: Any, minutes: Any, begins: datetime, ends: datetime
) -> list[ColumnElement[bool]]:
    over = start + func.make_interval(0, 0, 0, 0, 0, minutes)
    return [start >= begins - _LONGEST, start < ends, or_(over > begins, start == begins)]


def _at(
    kind: EntryKind,
    key: UUID,
    title: str,
    starts_at: datetime,
    minutes: int,
    updated_at: datetime,
    *,
    description: str = "",
    cancelled: bool = False,
) -> Series:
    """Something that happens once."""
    at = starts_at.astimezone(UTC)
    return Series(
        kind=kind,
        key=key,
        title=title,
        description=description,
        starts_on=at.date(),
        starts_time=at.time(),
        zone=_UTC,
        minutes=minutes,
        cancelled=cancelled,
        sequence=_sequence(updated_at),
        updated_at=updated_at,
    )


def _sequence(updated_at: datetime) -> int:
    """A number that rises with every change."""
    return int((updated_at - _EPOCH).total_seconds())

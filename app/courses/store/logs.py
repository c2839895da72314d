"""SQL of progress logs and the records in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    DateTime,
    Float,
    and_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    tuple_,
    union_all,
)
from sqlmodel import col, select

from app.accounts.models import User
from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import (
    Lesson,
    LessonStatus,
    PersonalRecord,
    ProgressActivity,
    ProgressLog,
    ProgressMetric,
    Section,
)

# A streak is told up to so many days: ten years.
LONGEST_STREAK = 3660


@dataclass(frozen=True)
class Series:
    """What records compare: what one person logged of an activity by one title in a course."""

    user_id: UUID
    course_id: UUID
    activity: ProgressActivity
    series: str

    @classmethod
    def of(cls, log: ProgressLog) -> "Series":
        """The series that a log belongs to."""
        return cls(log.user_id, log.course_id, log.activity, log.series)

    def __str__(self) -> str:
        return f"progress:{self.user_id}:{self.course_id}:{self.activity}:{self.series}"

    def holds(self) -> Any:
        """The logs that belong to it."""
        return and_(
            col(ProgressLog.user_id) == self.user_id,
            col(ProgressLog.course_id) == self.course_id,
            col(ProgressLog.activity) == self.activity,
            col(ProgressLog.series) == self.series,
        )


async def hold_series(session: WriteSession, *every: Series) -> None:
    """Nobody else adds to these series, or changes them, until the end."""
    # In one order, so that no two wait for each other.
    for each in sorted(set(every), key=str):
        key = func.hashtextextended(str(each), 0)
        await session.execute(select(func.pg_advisory_xact_lock(key)))


async def hold(session: WriteSession, viewer: Viewer, key: UUID) -> ProgressLog | None:
    """A log of the viewer's as it is now, which nobody else changes until the end."""
    return await session.first(
        select(ProgressLog)
        .where(ProgressLog.id == key, policy.practised(viewer, ProgressLog))
        # Records that others set for it meanwhile may refer to it.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _beating(series: Series, metric: ProgressMetric, name: str, since: tuple[Any, Any]) -> Any:
    """Logs from a place on that beat all before them in a metric: key, metric, value, the best."""
    log = ProgressLog
    value = cast(getattr(log, name), Float)
    place = tuple_(col(log.happened_at), col(log.id))
    order: list[Any] = [log.happened_at, log.id]
    earlier = (
        select(func.max(value))
        .where(series.holds(), place < tuple_(*map(literal, since)))
        .scalar_subquery()
    )
    later = func.max(value).over(order_by=order, rows=(None, -1))
    numbered = (
        select(
            col(log.id).label("id"),
            value.label("value"),
            func.greatest(earlier, later).label("best"),
        )
        .where(series.holds(), place >= tuple_(*map(literal, since)), value.is_not(None))
        .subquery()
    )
    told: Any = literal_column(f"'{metric.name}'::progressmetric").label("metric")
    return select(numbered.c.id, told, numbered.c.value, numbered.c.best).where(
        numbered.c.value > numbered.c.best
    )


async def set_records(
    session: WriteSession, series: Series, since: ProgressLog, metrics: Mapping[ProgressMetric, str]
) -> Sequence[PersonalRecord]:
    """Make the records of a held series from a log on what they have to be; says the new ones.

    Records stay the same rows as long as they stand, with what they are worth now.
    """
    place = (since.happened_at, since.id)
    beating = union_all(
        *[_beating(series, metric, name, place) for metric, name in metrics.items()]
    )
    found = {(row[0], ProgressMetric[str(row[1])]): row for row in await session.rows(beating)}  # type: ignore[arg-type]
    standing = await session.all(
        select(PersonalRecord)
        .join(ProgressLog, col(ProgressLog.id) == PersonalRecord.log_id)
        .where(
            series.holds(),
            tuple_(col(ProgressLog.happened_at), col(ProgressLog.id))
            >= tuple_(*map(literal, place)),
        )
    )
    for record in standing:
        row = found.pop((record.log_id, record.metric), None)
        if row is None:
            await session.delete(record)
        else:
            record.value, record.previous = row[2], row[3]
    made = [
        PersonalRecord(
            user_id=series.user_id, log_id=key, metric=metric, value=row[2], previous=row[3]
        )
        for (key, metric), row in found.items()
    ]
    session.add(*made)
    await session.flush()
    return made


async def records_of(session: ReadSession, log_id: UUID) -> Sequence[PersonalRecord]:
    """The records of a log, by their metrics."""
    return await session.all(
        select(PersonalRecord)
        .where(PersonalRecord.log_id == log_id)
        .order_by(col(PersonalRecord.metric))
    )


async def before(session: ReadSession, log: ProgressLog) -> ProgressLog | None:
    """The log before this one in its series."""
    place = tuple_(col(ProgressLog.happened_at), col(ProgressLog.id))
    return await session.first(
        select(ProgressLog)
        .where(
            Series.of(log).holds(),
            place < tuple_(literal(log.happened_at), literal(log.id)),
        )
        .order_by(col(ProgressLog.happened_at).desc(), col(ProgressLog.id).desc())
        .limit(1)
    )


async def streak_days(session: ReadSession, user_id: UUID, moment: datetime) -> int:
    """How many days in a row, up to a moment's own, have a log: days of the person's time zone."""
    zone = select(User.time_zone).where(User.id == user_id).scalar_subquery()
    today = cast(func.timezone(zone, literal(moment)), Date())
    days = select(today.label("day"), literal(0).label("number")).where(
        _logged(user_id, zone, today)
    )
    walked = days.cte("walked", recursive=True)
    day = walked.c.day - 1
    walked = walked.union_all(
        select(day, walked.c.number + 1).where(
            walked.c.number < LONGEST_STREAK, _logged(user_id, zone, day)
        )
    )
    return await session.value(select(func.count()).select_from(walked))


def _logged(user_id: UUID, zone: Any, day: Any) -> Any:
    """Whether there is a log of a day, which begins and ends by the clocks of a time zone."""
    begins = func.timezone(zone, cast(day, DateTime()))
    ends = func.timezone(zone, cast(day + 1, DateTime()))
    return exists(
        select(ProgressLog.id).where(
            ProgressLog.user_id == user_id,
            col(ProgressLog.happened_at) >= begins,
            col(ProgressLog.happened_at) < ends,
        )
    )


async def weakest(
    session: ReadSession, user_id: UUID, course_id: UUID, recent: int
) -> tuple[str, float] | None:
    """Of the last so many scored logs of a course: the title with the least mean accuracy."""
    last = (
        select(ProgressLog.series, ProgressLog.title, ProgressLog.accuracy_percent)
        .where(
            ProgressLog.user_id == user_id,
            ProgressLog.course_id == course_id,
            col(ProgressLog.accuracy_percent).is_not(None),
        )
        .order_by(col(ProgressLog.happened_at).desc(), col(ProgressLog.id).desc())
        .limit(recent)
        .subquery()
    )
    mean = func.avg(last.c.accuracy_percent)
    found = await session.rows(
        select(func.max(last.c.title), mean)
        .group_by(last.c.series)
        .order_by(mean, last.c.series)
        .limit(1)
    )
    return (found[0][0], found[0][1]) if found else None


async def next_lesson(session: ReadSession, viewer: Viewer, course_id: UUID) -> Lesson | None:
    """The first published lesson of a course that is open to the viewer, and without a log."""
    logged = exists(
        select(ProgressLog.id).where(
            ProgressLog.user_id == viewer.user_id, ProgressLog.lesson_id == Lesson.id
        )
    )
    return await session.first(
        select(Lesson)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(
            Section.course_id == course_id,
            Lesson.status == LessonStatus.PUBLISHED,
            policy.visible_lesson(viewer),
            policy.opened(viewer),
            ~logged,
        )
        .order_by(col(Section.position), col(Lesson.position))
        .limit(1)
    )

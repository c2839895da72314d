"""Progress logs: what somebody did for a course, and what it says of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import ActivityFixed
from app.courses.events import PersonalRecordSet, ProgressCorrected, ProgressLogged
from app.courses.models import PersonalRecord, ProgressLog
from app.courses.service import practice, recommending
from app.courses.service.activities import METRICS, ActivityData, metrics_of
from app.courses.service.contents import Text
from app.courses.service.recommending import Recommendation
from app.courses.store import logs as store
from app.courses.store import practice as practice_store
from app.courses.store.logs import Series

# A device that was offline may come with what is so old.
OLDEST = timedelta(days=366)
# Clocks of devices go before the server's by as much.
AHEAD = timedelta(minutes=5)

_Seconds = Annotated[int, Field(ge=1, le=86_400)]
_Difficulty = Annotated[int, Field(ge=1, le=5)]
_Percent = Annotated[int, Field(ge=0, le=100)]


class LogData(BaseModel):
    """Something done. Without a time it happened now."""

    course_id: UUID
    session_id: UUID | None = None
    lesson_id: UUID | None = None
    happened_at: AwareDatetime | None = None
    activity: ActivityData
    duration_seconds: _Seconds | None = None
    difficulty: _Difficulty | None = None
    completion_percent: _Percent | None = None
    notes: Text = ""


class LogChanges(BaseModel):
    """What is to be another way; what isn't given stays. `activity` replaces all of it."""

    activity: ActivityData | None = None
    duration_seconds: _Seconds | None = None
    difficulty: _Difficulty | None = None
    completion_percent: _Percent | None = None
    notes: Text = ""


@dataclass(frozen=True)
class Logged:
    """A log, its records, and what is said of it."""

    log: ProgressLog
    records: list[PersonalRecord]
    summary: str
    streak_days: int
    recommendation: Recommendation


async def log(uow: UnitOfWork, viewer: Viewer, data: LogData) -> Logged:
    """Log something, with the records that it sets."""
    moment = _moment(data.happened_at)
    await _check_place(uow, viewer, data)
    columns = data.activity.columns()
    values = data.model_dump(exclude={"activity", "happened_at"}) | columns
    values |= metrics_of(columns, data.duration_seconds)
    row = ProgressLog(
        user_id=viewer.user_id, activity=data.activity.activity, happened_at=moment, **values
    )
    await store.hold_series(uow.session, Series.of(row))
    uow.session.add(row)
    await uow.session.flush()
    await _set_records(uow, row, Series.of(row))
    uow.publish(ProgressLogged(user_id=row.user_id, course_id=row.course_id, log_id=row.id))
    return await _said(uow, viewer, row)


async def correct(uow: UnitOfWork, viewer: Viewer, key: UUID, data: LogChanges) -> Logged:
    """Correct a log; its records, and those of what came after it, are set anew."""
    row = await store.hold(uow.session, viewer, key)
    if row is None:
        raise NotFound(field=("input", "id"))
    values: dict[str, Any] = data.model_dump(exclude_unset=True, exclude={"activity"})
    before = Series.of(row)
    columns = {name: getattr(row, name) for name in _OF_ACTIVITY}
    if data.activity is not None:
        if data.activity.activity is not row.activity:
            raise ActivityFixed(field=("input", "activity"))
        columns = data.activity.columns()
        values |= columns
    values |= metrics_of(columns, values.get("duration_seconds", row.duration_seconds))
    after = Series(row.user_id, row.course_id, row.activity, values.get("series", row.series))
    await store.hold_series(uow.session, before, after)
    for name, value in (values | {"corrected_at": now()}).items():
        setattr(row, name, value)
    await uow.session.flush()
    for series in {before, after}:
        await _set_records(uow, row, series)
    uow.publish(ProgressCorrected(user_id=row.user_id, course_id=row.course_id, log_id=row.id))
    return await _said(uow, viewer, row)


_OF_ACTIVITY = ("reps", "weight", "weight_unit", "correct", "total", "pages")


def _moment(given: datetime | None) -> datetime:
    """When it happened, which is no time to come."""
    moment = now()
    if given is None:
        return moment
    if not moment - OLDEST <= given <= moment + AHEAD:
        raise InvalidInput(
            "This has happened within the last year, and not in time to come.",
            field=("input", "happenedAt"),
        )
    return min(given, moment)


async def _check_place(uow: UnitOfWork, viewer: Viewer, data: LogData) -> None:
    """The viewer sees the course; session and lesson are of it, theirs or open to them."""
    session = uow.session
    if not await practice_store.sees_course(session, viewer, data.course_id):
        raise NotFound(field=("input", "courseId"))
    if data.lesson_id is not None and not await practice_store.sees_lesson(
        session, viewer, data.lesson_id, data.course_id
    ):
        raise NotFound(field=("input", "lessonId"))
    if data.session_id is not None:
        await practice.touch(uow, viewer, data.session_id, data.course_id)


async def _set_records(uow: UnitOfWork, row: ProgressLog, series: Series) -> None:
    for record in await store.set_records(uow.session, series, row, METRICS):
        uow.publish(
            PersonalRecordSet(
                user_id=row.user_id,
                course_id=row.course_id,
                record_id=record.id,
                log_id=record.log_id,
            )
        )


async def _said(uow: UnitOfWork, viewer: Viewer, row: ProgressLog) -> Logged:
    records = list(await store.records_of(uow.session, row.id))
    streak = await store.streak_days(uow.session, row.user_id, row.happened_at)
    return Logged(
        log=row,
        records=records,
        summary=await recommending.summary(uow.session, row, records, streak),
        streak_days=streak,
        recommendation=await recommending.recommend(uow.session, viewer, row),
    )

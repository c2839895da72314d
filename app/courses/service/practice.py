"""Practice sessions: start, pause, resume, complete, abandon. The server's clock counts."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.ids import to_global
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import PracticeSessionOpen, PracticeWrongState
from app.courses.events import PracticeAbandoned, PracticeCompleted, PracticeStarted
from app.courses.models import Course, PracticeSession, PracticeStatus, PracticeType
from app.courses.practice_states import OPEN, PracticeStep, after, allows
from app.courses.service.contents import Lines, Text
from app.courses.store import practice as store

PREFIX = "prs"
# So many idle ones are abandoned in one transaction.
_BATCH = 100

_SAID = {
    PracticeStep.EDIT: "changed",
    PracticeStep.PAUSE: "paused",
    PracticeStep.RESUME: "resumed",
    PracticeStep.COMPLETE: "completed",
    PracticeStep.ABANDON: "abandoned",
}

PlannedMinutes = Annotated[int, Field(ge=1, le=1440)]


class PracticeData(BaseModel):
    """A session to start."""

    course_id: UUID
    type: PracticeType
    planned_minutes: PlannedMinutes | None = None
    focus_areas: Lines = Field(default_factory=list)
    goals: Lines = Field(default_factory=list)
    notes: Text = ""


class PracticeChanges(BaseModel):
    """What is to be another way; what isn't given stays. `step` is done besides."""

    planned_minutes: PlannedMinutes | None = None
    focus_areas: Lines = Field(default_factory=list)
    goals: Lines = Field(default_factory=list)
    notes: Text = ""
    step: PracticeStep | None = None


class PracticeResult(BaseModel):
    """What is said of a session at its end."""

    notes: Text = ""


async def start(uow: UnitOfWork, viewer: Viewer, data: PracticeData) -> PracticeSession:
    """A session that runs from now on; `PracticeSessionOpen` names the one that is still open."""
    if not await store.sees_course(uow.session, viewer, data.course_id):
        raise NotFound(field=("input", "courseId"))
    moment = now()
    row = PracticeSession(
        user_id=viewer.user_id,
        started_at=moment,
        active_since=moment,
        last_activity_at=moment,
        **data.model_dump(),
    )
    while not await store.add(uow.session, row):
        found = await store.open_session(uow.session, viewer.user_id)
        # It may have been closed in between.
        if found is not None:
            raise _still_open(*found)
    uow.publish(PracticeStarted(user_id=row.user_id, course_id=row.course_id, session_id=row.id))
    return row


def _still_open(first: PracticeSession, course: Course) -> PracticeSessionOpen:
    return PracticeSessionOpen(
        f'Your session {to_global(PREFIX, first.id)} of the course "{course.title}", begun at'
        f" {first.started_at:%Y-%m-%d %H:%M} UTC, is still {first.status.value}: complete or"
        " abandon it first."
    )


async def update(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: PracticeChanges
) -> PracticeSession:
    """Change what is given, and take a step. Even without any of it the session isn't idle."""
    step = data.step or PracticeStep.EDIT
    if step is PracticeStep.COMPLETE:
        raise InvalidInput(
            "A session is completed by `practiceSessionComplete`.", field=("input", "step")
        )
    row = await _held(uow, viewer, key, step)
    for name, value in data.model_dump(exclude_unset=True, exclude={"step"}).items():
        setattr(row, name, value)
    _take(uow, row, step, now())
    return row


async def complete(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: PracticeResult
) -> PracticeSession:
    """End a session."""
    row = await _held(uow, viewer, key, PracticeStep.COMPLETE)
    for name, value in data.model_dump(exclude_unset=True).items():
        setattr(row, name, value)
    _take(uow, row, PracticeStep.COMPLETE, now())
    return row


async def touch(uow: UnitOfWork, viewer: Viewer, key: UUID, course_id: UUID) -> None:
    """Something was logged in a session of the viewer's on that course; it may have ended."""
    row = await store.hold(uow.session, viewer, key)
    if row is None or row.course_id != course_id:
        raise NotFound(field=("input", "sessionId"))
    if row.status in OPEN:
        row.last_activity_at = now()


async def abandon_idle(resources: Resources) -> None:
    """Abandon every open session of which nothing was heard for the settings' time."""
    idle = timedelta(minutes=resources.settings.practice_idle_minutes)
    found = _BATCH
    while found == _BATCH:
        async with resources.begin() as uow:
            rows = await store.hold_idle(uow.session, now() - idle, _BATCH)
            for row in rows:
                # Nobody knows of any work after what was heard last.
                _take(uow, row, PracticeStep.ABANDON, row.last_activity_at)
            found = len(rows)


def minutes_of(row: PracticeSession) -> int:
    """What was worked, without the pauses, to the nearest minute."""
    return (row.worked_seconds + 30) // 60


async def _held(uow: UnitOfWork, viewer: Viewer, key: UUID, step: PracticeStep) -> PracticeSession:
    row = await store.hold(uow.session, viewer, key)
    if row is None:
        raise NotFound(field=("input", "id"))
    if not allows(row.status, step):
        raise PracticeWrongState(f"A session that is {row.status.value} can't be {_SAID[step]}.")
    return row


def _take(uow: UnitOfWork, row: PracticeSession, step: PracticeStep, moment: datetime) -> None:
    """Take a possible step at a moment: the clock runs while the session is active."""
    row.status = after(row.status, step)
    row.last_activity_at = max(row.last_activity_at, moment)
    if row.status is not PracticeStatus.ACTIVE and row.active_since is not None:
        row.worked_seconds += max(0, int((moment - row.active_since).total_seconds()))
        row.active_since = None
    if row.status is PracticeStatus.ACTIVE and row.active_since is None:
        row.active_since = moment
    if row.status in OPEN:
        return
    row.ended_at = moment
    ids = {"user_id": row.user_id, "course_id": row.course_id, "session_id": row.id}
    if step is PracticeStep.COMPLETE:
        uow.publish(PracticeCompleted(**ids, minutes=minutes_of(row)))
    else:
        uow.publish(PracticeAbandoned(**ids))

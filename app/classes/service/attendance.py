"""Attendance: taken for a meeting, corrected afterwards. A credit goes with each change of it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.classes.errors import (
    AlreadyTaken,
    ClassNotActive,
    EnrollmentNotActive,
    MeetingOutOfOrder,
    TooFewCredits,
)
from app.classes.events import AttendanceEdited, AttendanceTaken
from app.classes.models import (
    Attendance,
    AttendanceStatus,
    Class,
    ClassStatus,
    CreditKind,
    Enrollment,
    EnrollmentStatus,
)
from app.classes.service import ledger
from app.classes.service.enrollments import today
from app.classes.store import attendance as store
from app.core.clock import now
from app.core.errors import DomainError, InvalidInput, InvalidInputs, NotFound
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import NotTeacher

MOST_ENTRIES: Final = 500
# What was held can be corrected when the class is over.
_EDITABLE: Final = frozenset((ClassStatus.ACTIVE, ClassStatus.COMPLETED))

Notes = Annotated[str, AfterValidator(text(2000))]


class EntryData(BaseModel):
    """Whether one of the class came."""

    enrollment_id: UUID
    status: AttendanceStatus
    notes: Notes | None = None


class TakenData(BaseModel):
    """Who came to a meeting."""

    class_id: UUID
    meeting_number: int = Field(ge=1)
    meeting_date: date
    entries: list[EntryData] = Field(min_length=1, max_length=MOST_ENTRIES)


class EditData(BaseModel):
    """What is to be another way; what isn't given stays."""

    status: AttendanceStatus = AttendanceStatus.PRESENT
    meeting_date: date = date.min
    notes: Notes | None = None


async def hold_class(uow: UnitOfWork, viewer: Viewer, class_id: UUID) -> Class:
    """A class that the viewer keeps, held until the end; `NotFound` or `NotTeacher` otherwise."""
    held = await store.hold_class(uow.session, viewer, class_id)
    if held is None:
        raise NotFound
    if not held.keeps:
        raise NotTeacher("Only those who teach this class, or manage classes, may do this.")
    return held.row


async def take(uow: UnitOfWork, viewer: Viewer, data: TakenData) -> Class:
    """Write down who came to the next meeting, or to an old one of which it is missing.

    All of it or nothing: `TooFewCredits` names each of those who have none left.
    """
    taught = await hold_class(uow, viewer, data.class_id)
    _check_meeting(taught, data.meeting_number)
    _check_day(taught, data.meeting_date)
    enrollments = await _enrollments(uow, taught, data)
    if await store.is_taken(uow.session, data.meeting_number, enrollments):
        raise AlreadyTaken(field=("input", "meetingNumber"))
    await _check_credits(uow, enrollments, data.entries)
    made = [
        await _write(uow, viewer, data, entry, enrollments[entry.enrollment_id])
        for entry in data.entries
    ]
    taught.meetings_completed = max(taught.meetings_completed, data.meeting_number)
    uow.publish(
        AttendanceTaken(
            class_id=taught.id,
            meeting_number=data.meeting_number,
            attendance_ids=[each.id for each in made],
        )
    )
    return taught


async def edit(uow: UnitOfWork, viewer: Viewer, key: UUID, data: EditData) -> Attendance:
    """Correct what was written down of somebody. The credit goes, or comes back, with it."""
    class_id = await store.class_of_attendance(uow.session, viewer, key)
    if class_id is None:
        raise NotFound(field=("input", "id"))
    taught = await hold_class(uow, viewer, class_id)
    if taught.status not in _EDITABLE:
        raise ClassNotActive(f"The attendance of a {taught.status.value} class stays as it is.")
    record = await store.attendance(uow.session, key)
    assert record is not None
    held = await store.hold_enrollments(uow.session, class_id, [record.enrollment_id])
    given = data.model_dump(exclude_unset=True)
    _check_day(taught, given.get("meeting_date", record.meeting_date))
    status = given.get("status", record.status)
    if status.takes_credit != record.credit_taken:
        await _move_credit(uow, viewer, held[record.enrollment_id], takes=status.takes_credit)
    for name, value in given.items():
        setattr(record, name, value)
    record.credit_taken = status.takes_credit
    record.edited_by_id, record.edited_at = viewer.user_id, now()
    uow.publish(AttendanceEdited(class_id=class_id, attendance_id=key))
    return record


def _check_meeting(taught: Class, number: int) -> None:
    if taught.status is not ClassStatus.ACTIVE:
        raise ClassNotActive(f"This class is {taught.status.value}, so that it has no meetings.")
    field = ("input", "meetingNumber")
    if number > taught.total_meetings:
        raise MeetingOutOfOrder(f"The class has {taught.total_meetings} meetings.", field=field)
    if number > taught.meetings_completed + 1:
        raise MeetingOutOfOrder(f"Meeting {taught.meetings_completed + 1} comes next.", field=field)


def _check_day(taught: Class, day: date) -> None:
    if day > today(taught):
        raise InvalidInput("That day hasn't come yet.", field=("input", "meetingDate"))


async def _enrollments(uow: UnitOfWork, taught: Class, data: TakenData) -> dict[UUID, Enrollment]:
    """Those of the entries, held; each is in the class, and is there once."""
    keys = [entry.enrollment_id for entry in data.entries]
    held = await store.hold_enrollments(uow.session, taught.id, keys)
    wrong: list[DomainError] = []
    for place, key in enumerate(keys):
        field = ("input", "entries", str(place), "enrollmentId")
        found = held.get(key)
        if found is None:
            wrong.append(NotFound("Nobody of this class has this enrollment.", field=field))
        elif key in keys[:place]:
            wrong.append(InvalidInput("They are in this list already.", field=field))
        elif found.status is not EnrollmentStatus.ACTIVE:
            wrong.append(EnrollmentNotActive(field=field))
    if wrong:
        raise InvalidInputs(wrong)
    return held


async def _check_credits(
    uow: UnitOfWork, enrollments: dict[UUID, Enrollment], entries: Sequence[EntryData]
) -> None:
    without = {
        place: enrollments[entry.enrollment_id].student_id
        for place, entry in enumerate(entries)
        if entry.status.takes_credit and not enrollments[entry.enrollment_id].credits
    }
    if without:
        names = await store.names(uow.session, without.values())
        raise InvalidInputs(
            [
                _no_credit(names[student], ("input", "entries", str(place), "status"))
                for place, student in without.items()
            ]
        )


async def _write(
    uow: UnitOfWork, viewer: Viewer, data: TakenData, entry: EntryData, enrollment: Enrollment
) -> Attendance:
    takes = entry.status.takes_credit
    if takes:
        await ledger.post(uow, enrollment, CreditKind.ATTENDANCE, -1, by=viewer.user_id)
    made = Attendance(
        enrollment_id=enrollment.id,
        meeting_number=data.meeting_number,
        meeting_date=data.meeting_date,
        status=entry.status,
        credit_taken=takes,
        notes=entry.notes,
        marked_by_id=viewer.user_id,
    )
    uow.session.add(made)
    return made


async def _move_credit(
    uow: UnitOfWork, viewer: Viewer, enrollment: Enrollment, *, takes: bool
) -> None:
    if takes and not enrollment.credits:
        names = await store.names(uow.session, [enrollment.student_id])
        raise _no_credit(names[enrollment.student_id], ("input", "status"))
    amount = -1 if takes else 1
    await ledger.post(uow, enrollment, CreditKind.ATTENDANCE, amount, by=viewer.user_id)


def _no_credit(name: str, field: tuple[str, ...]) -> TooFewCredits:
    return TooFewCredits(f"{name} has no credit left.", field=field)

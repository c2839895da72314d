"""A class with people in it, and what is found of it afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.classes.models import (
    Attendance,
    Class,
    ClassStatus,
    ClassType,
    CreditEntry,
    CreditKind,
    Enrollment,
    EnrollmentStatus,
)
from app.classes.service import ledger
from app.core.ids import to_global
from app.core.resources import Resources
from app.courses.models import Cohort, CohortMember
from tests.client import Api, Payload
from tests.factories import Person, make_course, writing


@dataclass(frozen=True)
class Classroom:
    """A class as it was made, with its enrollments in the order of its students."""

    row: Class
    enrollments: Sequence[Enrollment]

    @property
    def key(self) -> UUID:
        """The key in the database."""
        return self.row.id

    @property
    def id(self) -> str:
        """The global id."""
        return to_global("cls", self.row.id)

    def enrollment(self, place: int) -> str:
        """The global id of an enrollment."""
        return to_global("enr", self.enrollments[place].id)


async def make_class(
    resources: Resources,
    instructor: Person | None,
    *students: Person,
    status: ClassStatus = ClassStatus.ACTIVE,
    meetings: int = 10,
    credits: int | None = None,
    **values: Any,
) -> Classroom:
    """A class with these students, each with the package as credits, or so many."""
    course = await make_course(resources, instructor)
    cohort = Cohort(course_id=course.key, instructor_id=instructor.key if instructor else None)
    given = {"name": "Photosynthesis", "type": ClassType.GROUP, "max_capacity": 30, **values}
    made = Class(id=cohort.id, total_meetings=meetings, status=status, **given)
    enrollments = [Enrollment(class_id=made.id, student_id=each.key) for each in students]
    async with writing(resources) as session:
        for rows in ([cohort], [made], enrollments):
            session.add(*rows)
            await session.flush()
        session.add(*(CohortMember(cohort_id=made.id, user_id=each.key) for each in students))
    amount = meetings if credits is None else credits
    async with resources.begin() as uow:
        for each in enrollments if amount else ():
            held = await uow.session.value(select(Enrollment).where(Enrollment.id == each.id))
            await ledger.post(uow, held, CreditKind.PACKAGE, amount, by=None)
    return Classroom(made, enrollments)


async def change_class(resources: Resources, room: Classroom, **values: Any) -> None:
    """Put a class into any state."""
    async with writing(resources) as session:
        taught = await session.value(select(Class).where(col(Class.id) == room.key))
        for name, value in values.items():
            setattr(taught, name, value)


async def withdraw(resources: Resources, room: Classroom, place: int) -> None:
    """Somebody leaves the class."""
    async with writing(resources) as session:
        key = room.enrollments[place].id
        enrollment = await session.value(select(Enrollment).where(Enrollment.id == key))
        enrollment.status = EnrollmentStatus.WITHDRAWN


async def take(
    api: Api, room: Classroom, number: int, *statuses: str | None, as_: Person, **more: Any
) -> Payload:
    """Take a meeting's attendance: a status for each student in their order, None for no entry."""
    entries = [
        {"enrollmentId": room.enrollment(place), "status": status}
        for place, status in enumerate(statuses)
        if status is not None
    ]
    given = {
        "classId": room.id,
        "meetingNumber": number,
        "meetingDate": "2026-11-02",
        "entries": entries,
        **more,
    }
    return await api.mutate("attendanceTake", given, "class { meetingsCompleted }", as_=as_)


async def edit(api: Api, key: UUID, *, as_: Person, **more: Any) -> Payload:
    """Correct a record."""
    given = {"id": to_global("att", key), **more}
    return await api.mutate(
        "attendanceEdit", given, "attendance { status creditTaken notes }", as_=as_
    )


async def adjust(
    api: Api, room: Classroom, place: int, amount: int, *, as_: Person, **more: Any
) -> Payload:
    """Give or take credits."""
    given = {"enrollmentId": room.enrollment(place), "amount": amount, "reason": "BONUS", **more}
    return await api.mutate(
        "creditsAdjust",
        given,
        "entry { number kind amount before after reason detail madeBy { id } }"
        " enrollment { creditsRemaining }",
        as_=as_,
    )


async def held_meetings(resources: Resources, room: Classroom) -> int:
    """How many meetings the class has had."""
    async with resources.database.read() as reading:
        return await reading.value(
            select(Class.meetings_completed).where(col(Class.id) == room.key)
        )


async def balances(resources: Resources, room: Classroom) -> list[int]:
    """The credits of each student, in their order."""
    async with resources.database.read() as reading:
        rows = await reading.all(select(Enrollment).where(Enrollment.class_id == room.key))
    found = {each.id: each.credits for each in rows}
    return [found[each.id] for each in room.enrollments]


async def records(resources: Resources, room: Classroom) -> list[Attendance]:
    """All that is written down, by meeting and in the order of the students."""
    keys = [each.id for each in room.enrollments]
    async with resources.database.read() as reading:
        found = await reading.all(select(Attendance).where(col(Attendance.enrollment_id).in_(keys)))
    return sorted(found, key=lambda each: (each.meeting_number, keys.index(each.enrollment_id)))


async def ledger_of(resources: Resources, room: Classroom, place: int) -> list[CreditEntry]:
    """The lines of a student's ledger, in their order."""
    async with resources.database.read() as reading:
        return await reading.all(
            select(CreditEntry)
            .where(CreditEntry.enrollment_id == room.enrollments[place].id)
            .order_by(col(CreditEntry.number))
        )

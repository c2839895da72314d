"""What a report on a class's attendance says, read at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from app.accounts.models import User
from app.classes import policy
from app.classes.models import (
    Attendance,
    AttendanceStatus,
    Class,
    Enrollment,
    EnrollmentStatus,
)
from app.core.db import ReadSession
from app.core.viewer import Asker
from app.courses.models import Cohort, Course

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """A student: `came` has what is written down, by the meeting's number."""

    name: str
    status: EnrollmentStatus
    credits: int
    came: dict[int, AttendanceStatus] = field(default_factory=dict)

    @property
    def rate(self) -> Decimal | None:
        """To how many percent of the meetings they came, with two digits after the point."""
        if not self.came:
            return None
        paid = sum(each.takes_credit for each in self.came.values())
        return (Decimal(100 * paid) / len(self.came)).quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Report:
    """A class's attendance; `meetings` has the date of each that was held, by its number."""

    class_name: str
    course: str
    total_meetings: int
    meetings: Mapping[int, date]
    lines: Sequence[Line]


async def report(session: ReadSession, viewer: Asker, class_id: UUID) -> Report | None:
    """Of a class that the viewer keeps. One statement sees everything as it is at one moment."""
    rows = await session.rows(
        select(
            col(Class.name),
            col(Course.title),
            col(Class.total_meetings),
            col(Enrollment.id),
            col(Enrollment.status),
            col(Enrollment.credits),
            col(User.first_name),
            col(User.last_name),
            col(Attendance.meeting_number),
            col(Attendance.meeting_date),
            col(Attendance.status),
        )
        .select_from(Class)
        .join(Cohort, col(Cohort.id) == Class.id)
        .join(Course, col(Course.id) == Cohort.course_id)
        .join(Enrollment, col(Enrollment.class_id) == Class.id, isouter=True)
        .join(User, col(User.id) == Enrollment.student_id, isouter=True)
        .join(Attendance, col(Attendance.enrollment_id) == Enrollment.id, isouter=True)
        .where(col(Class.id) == class_id, policy.keeps(viewer, Class.id))
        .order_by(
            col(User.first_name),
            col(User.last_name),
            col(Enrollment.id),
            col(Attendance.meeting_number),
        )
    )
    if not rows:
        return None
    lines: dict[UUID, Line] = {}
    meetings: dict[int, date] = {}
    for *_, key, status, left, first, last, number, day, came in rows:
        if key is None:
            continue
        name = " ".join(filter(None, (first, last)))
        line = lines.setdefault(key, Line(name, status, left))
        if number is not None:
            line.came[number] = came
            meetings[number] = min(day, meetings.get(number, day))
    name, course, total = rows[0][:3]
    return Report(name, course, total, dict(sorted(meetings.items())), list(lines.values()))

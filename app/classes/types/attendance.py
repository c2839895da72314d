"""Who came to which meeting, and how often."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Numeric, cast, func, literal_column, true
from sqlmodel import col, select

from app.accounts.types import User
from app.classes import models, policy
from app.classes.models import AttendanceStatus
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, reads, whole
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

if TYPE_CHECKING:
    from app.classes.types.enrollments import Enrollment

describe(
    AttendanceStatus,
    "Whether somebody came to a meeting.",
    {
        AttendanceStatus.PRESENT: "They were there: that takes a credit.",
        AttendanceStatus.LATE: "They came late: that takes a credit as well.",
        AttendanceStatus.ABSENT: "They weren't there, and keep their credit.",
    },
)

BY_MEETING = Order("attendance", ("meeting_number", "id"))


@reads(
    models.Attendance,
    visible=policy.visible_attendance,
    description="Whether somebody came to a meeting of their class.",
)
class Attendance(Node):
    """For the student and for those who keep the class's books."""

    prefix = "att"

    enrollment: Annotated["Enrollment", strawberry.lazy("app.classes.types.enrollments")] | None = (
        edge("enrollment_id", "Whose, and in which class.")
    )
    meeting_number: int = column("Which meeting: the first is 1.")
    meeting_date: date = column("When it was.")
    status: AttendanceStatus = column("Whether they came.")
    credit_taken: bool = column("Whether it took a credit.")
    notes: str | None = column("What is to be said about it.")
    marked_by: User | None = edge("marked_by_id", "Who wrote it down.")
    marked_at: datetime = column("When it was written down.", "created_at")
    edited_by: User | None = edge("edited_by_id", "Who corrected it last.")
    edited_at: datetime | None = column("When it was last corrected; null if never.")


def records(
    _: Asker, attendance: type[models.Attendance], enrollment: type[models.Enrollment]
) -> Rows:
    """The meetings of an enrollment: who sees it sees them."""
    return Rows(col(attendance.enrollment_id) == enrollment.id, BY_MEETING, visible=true())


def _count(*statuses: AttendanceStatus) -> Any:
    def count(_: Asker, enrollment: type[models.Enrollment]) -> ColumnElement[int]:
        counted = select(func.count()).where(
            col(models.Attendance.enrollment_id) == enrollment.id,
            col(models.Attendance.status).in_(statuses),
        )
        return whole(counted.scalar_subquery())

    return count


def _rate(_: Asker, enrollment: type[models.Enrollment]) -> ColumnElement[Decimal]:
    came = func.count().filter(col(models.Attendance.credit_taken))
    percent: Any = func.round(
        cast(came, Numeric) * literal_column("100") / func.nullif(func.count(), 0), 2
    )
    found = select(percent).where(col(models.Attendance.enrollment_id) == enrollment.id)
    return found.scalar_subquery()


@reads(models.Enrollment, description="How often somebody came to the meetings of their class.")
class AttendanceSummary:
    """Part of an enrollment."""

    present_count: int = computed(_count(AttendanceStatus.PRESENT), "To how many they came.")
    late_count: int = computed(_count(AttendanceStatus.LATE), "To how many they came late.")
    absent_count: int = computed(_count(AttendanceStatus.ABSENT), "To how many they didn't come.")
    rate: Decimal | None = computed(
        _rate,
        "To how many percent of the meetings of which attendance was taken they came, late or"
        " not, with two digits after the point: `66.67`. Null before the first.",
    )

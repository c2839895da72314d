"""Root queries of attendance."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement
from sqlmodel import col, select

from app.classes import models, policy
from app.classes.types.attendance import BY_MEETING, Attendance
from app.classes.types.classes import ClassId
from app.classes.types.enrollments import Enrollment
from app.classes.types.reports import AttendanceReport
from app.core.access import SIGNED_IN
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_argument
from app.core.limits import REPORTS
from app.core.viewer import Asker


def _attendance(
    viewer: Asker,
    attendance: type[models.Attendance],
    *,
    class_id: ClassId,
    meeting_number: Annotated[
        int | None, strawberry.argument(description="Only of this meeting.")
    ] = None,
    enrollment_id: Annotated[
        strawberry.ID | None, id_argument("Only of this enrollment.", Enrollment.prefix)
    ] = None,
) -> Rows:
    of_class = select(models.Enrollment.id).where(col(models.Enrollment.class_id) == class_id)
    where: ColumnElement[bool] = col(attendance.enrollment_id).in_(of_class)
    if meeting_number is not None:
        where &= col(attendance.meeting_number) == meeting_number
    if enrollment_id is not None:
        where &= col(attendance.enrollment_id) == enrollment_id
    return Rows(where, BY_MEETING, exists=policy.hears(viewer, class_id))


def _report(_: Asker, taught: type[models.Class], *, class_id: ClassId) -> ColumnElement[bool]:
    return col(taught.id) == class_id


@strawberry.type
class AttendanceQuery:
    """Read who came."""

    attendance: Connection[Attendance] | None = browse(
        _attendance,
        SIGNED_IN,
        "Who came to the meetings of a class, meeting after meeting: to its members what is"
        " written of them, to those who teach it all; null to everybody else.",
    )
    attendance_report: AttendanceReport | None = find(
        _report,
        SIGNED_IN,
        "The attendance of a class as a file; null unless the viewer teaches the class, or manages"
        " classes.",
        REPORTS,
    )

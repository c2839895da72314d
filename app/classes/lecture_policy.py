"""Who sees what of lectures."""

from typing import Final

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlmodel import col, select

from app.classes.models import (
    Lecture,
    LectureEnrollment,
    LectureEnrollmentStatus,
    LectureStatus,
)
from app.core.viewer import Asker

CREATE: Final = "lecture.create"
MANAGE: Final = "lecture.manage"


def gives(viewer: Asker, lecture: type[Lecture] = Lecture) -> ColumnElement[bool]:
    """The viewer's own lectures, or all to a manager."""
    if viewer.may(MANAGE):
        return true()
    if not viewer.may(CREATE):
        return false()
    own: ColumnElement[bool] = col(lecture.instructor_id) == viewer.user_id
    return own


def comes(viewer: Asker, lecture: type[Lecture] = Lecture) -> ColumnElement[bool]:
    """Those that the viewer has a seat at."""
    return _has(viewer, lecture, LectureEnrollmentStatus.ACTIVE)


def _has(
    viewer: Asker, lecture: type[Lecture], *among: LectureEnrollmentStatus
) -> ColumnElement[bool]:
    if not viewer.signed_in:
        return false()
    return exists(
        select(LectureEnrollment.id)
        .where(
            LectureEnrollment.lecture_id == lecture.id,
            col(LectureEnrollment.student_id) == viewer.user_id,
            col(LectureEnrollment.status).in_(among),
        )
        .correlate(lecture)
    )


def visible(viewer: Asker, lecture: type[Lecture] = Lecture) -> ColumnElement[bool]:
    """Those that take place; cancelled ones to who gives them, and who had wanted to come."""
    if not viewer.signed_in:
        return false()
    had = _has(viewer, lecture, *LectureEnrollmentStatus)
    return or_(col(lecture.status) == LectureStatus.SCHEDULED, gives(viewer, lecture), had)


def admitted(viewer: Asker, lecture: type[Lecture] = Lecture) -> ColumnElement[bool]:
    """Whose door is open to the viewer: who gives it, and who has a seat while it takes place."""
    takes_place = col(lecture.status) == LectureStatus.SCHEDULED
    return or_(gives(viewer, lecture), and_(takes_place, comes(viewer, lecture)))


def own_enrollment(
    viewer: Asker, enrollment: type[LectureEnrollment] = LectureEnrollment
) -> ColumnElement[bool]:
    """The viewer's own, and those of lectures that they give."""
    if not viewer.signed_in:
        return false()
    given = exists(
        select(Lecture.id)
        .where(Lecture.id == enrollment.lecture_id, gives(viewer))
        .correlate(enrollment)
    )
    return or_(col(enrollment.student_id) == viewer.user_id, given)

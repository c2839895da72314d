"""Who sees what of classes. Conditions on a table or an alias of it, for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlmodel import col, select

from app.classes.models import (
    Announcement,
    Attendance,
    Class,
    ClassStatus,
    CreditEntry,
    Enrollment,
    EnrollmentStatus,
)
from app.core.viewer import Asker
from app.courses import policy as courses
from app.courses.models import Cohort, CohortLesson, Course

MANAGE = "class.manage"
UNLOCK_ANY = "class.unlock_any"
# Without it nobody teaches, whatever they taught before.
TEACH = "course.create"


def leads(viewer: Asker, class_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is the instructor of a class."""
    if not viewer.may(TEACH):
        return false()
    return exists(
        select(Cohort.id)
        .where(Cohort.id == class_id, col(Cohort.instructor_id) == viewer.user_id)
        .correlate_except(Cohort)
    )


def is_member(user_id: Any, class_id: Any) -> ColumnElement[bool]:
    """Whether a user is in a class, or has finished it."""
    return exists(
        select(Enrollment.id)
        .where(
            Enrollment.class_id == class_id,
            Enrollment.student_id == user_id,
            col(Enrollment.status) != EnrollmentStatus.WITHDRAWN,
        )
        .correlate_except(Enrollment)
    )


def keeps(viewer: Asker, class_id: Any) -> ColumnElement[bool]:
    """Whether the viewer teaches a class, or manages all: attendance, credits and what is told."""
    return true() if viewer.may(MANAGE) else leads(viewer, class_id)


def attends(viewer: Asker, class_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is in a class, or was to its end."""
    return is_member(viewer.user_id, class_id) if viewer.signed_in else false()


def part(viewer: Asker, class_: type[Class] = Class) -> ColumnElement[bool]:
    """Classes that the viewer manages, teaches or attends: they hear what happens there."""
    if viewer.may(MANAGE):
        return true()
    return or_(leads(viewer, class_.id), attends(viewer, class_.id))


def offered(viewer: Asker, class_: type[Class] = Class) -> ColumnElement[bool]:
    """Classes that can be joined, of courses of the catalogue: for everybody signed in."""
    if not viewer.signed_in:
        return false()
    listed = exists(
        select(Cohort.id)
        .join(Course, col(Course.id) == Cohort.course_id)
        .where(Cohort.id == class_.id, courses.listed())
        .correlate(class_)
    )
    return and_(col(class_.status) == ClassStatus.ENROLLMENT_OPEN, listed)


def visible(viewer: Asker, class_: type[Class] = Class) -> ColumnElement[bool]:
    """Classes on offer, and those that the viewer has a part in."""
    if viewer.may(MANAGE):
        return true()
    return or_(part(viewer, class_), offered(viewer, class_))


def hears(viewer: Asker, class_id: Any) -> ColumnElement[bool]:
    """Whether the viewer is told what happens in a class."""
    return exists(select(Class.id).where(Class.id == class_id, part(viewer)))


def visible_enrollment(
    viewer: Asker, enrollment: type[Enrollment] = Enrollment
) -> ColumnElement[bool]:
    """The viewer's own, and those of classes that they manage or teach."""
    if viewer.may(MANAGE):
        return true()
    own: ColumnElement[bool] = col(enrollment.student_id) == viewer.user_id
    return or_(own, leads(viewer, enrollment.class_id)) if viewer.signed_in else false()


def visible_unlock(viewer: Asker, unlock: type[CohortLesson] = CohortLesson) -> ColumnElement[bool]:
    """Lessons that are open to classes that the viewer has a part in."""
    return exists(
        select(Class.id).where(Class.id == unlock.cohort_id, part(viewer)).correlate(unlock)
    )


def _of_enrollment(viewer: Asker, table: Any) -> ColumnElement[bool]:
    return exists(
        select(Enrollment.id)
        .where(Enrollment.id == table.enrollment_id, visible_enrollment(viewer))
        .correlate_except(Enrollment)
    )


def visible_attendance(
    viewer: Asker, attendance: type[Attendance] = Attendance
) -> ColumnElement[bool]:
    """One's own, and that of classes that the viewer keeps."""
    return _of_enrollment(viewer, attendance)


def visible_entry(viewer: Asker, entry: type[CreditEntry] = CreditEntry) -> ColumnElement[bool]:
    """Credits of enrollments that the viewer sees."""
    return _of_enrollment(viewer, entry)


def visible_announcement(
    viewer: Asker, announcement: type[Announcement] = Announcement
) -> ColumnElement[bool]:
    """Of classes that the viewer keeps; of those that they are in, what was sent."""
    if not viewer.signed_in:
        return false()
    told = and_(
        col(announcement.sent_at).is_not(None), is_member(viewer.user_id, announcement.class_id)
    )
    return or_(keeps(viewer, announcement.class_id), told)

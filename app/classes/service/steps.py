"""The steps of a class's life."""

from uuid import UUID

from app.classes.errors import ClassIncomplete
from app.classes.events import (
    ClassCancelled,
    ClassCompleted,
    ClassOpened,
    ClassStarted,
    StudentCompleted,
)
from app.classes.models import Class, EnrollmentStatus
from app.classes.service import enrollments as service
from app.classes.service.holding import held
from app.classes.states import ClassStep, after
from app.classes.store import classes as store
from app.classes.store import enrollments
from app.core.clock import now
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.models import Cohort, CourseStatus
from app.payments.models import PayableKind
from app.payments.service import payables


async def open_enrollment(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Class:
    """Offer a group class. `ClassIncomplete` without an instructor or a deadline to come."""
    class_, cohort = await held(uow, viewer, key, ClassStep.OPEN)
    _has_instructor(cohort)
    if class_.enrollment_deadline is None:
        raise ClassIncomplete("A group class needs a deadline.")
    if class_.enrollment_deadline < service.today(class_):
        raise ClassIncomplete("The deadline for enrollment is over.")
    course = await store.course(uow.session, cohort.course_id)
    if course is None or course.status is not CourseStatus.PUBLISHED:
        raise ClassIncomplete("The course isn't published any more.")
    _step(uow, viewer, class_, ClassStep.OPEN)
    uow.publish(ClassOpened(class_id=key))
    return class_


async def start(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Class:
    """Begin with the meetings. Nobody joins a group from here on."""
    class_, cohort = await held(uow, viewer, key, ClassStep.START)
    _has_instructor(cohort)
    _step(uow, viewer, class_, ClassStep.START)
    uow.publish(ClassStarted(class_id=key))
    return class_


async def complete(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Class:
    """End a class whose meetings were all held; who is in it keeps what was unlocked."""
    class_, _ = await held(uow, viewer, key, ClassStep.COMPLETE)
    if class_.meetings_completed < class_.total_meetings:
        raise ClassIncomplete(
            f"{class_.meetings_completed} of {class_.total_meetings} meetings were held."
        )
    _step(uow, viewer, class_, ClassStep.COMPLETE)
    uow.publish(ClassCompleted(class_id=key))
    for each in await enrollments.hold_active(uow.session, key):
        each.status, each.completed_at = EnrollmentStatus.COMPLETED, now()
        uow.session.add(each)
        uow.publish(StudentCompleted(class_id=key, enrollment_id=each.id, user_id=each.student_id))
    await payables.ask(uow, PayableKind.CLASS, key, class_.name, None)
    return class_


async def cancel(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Class:
    """Call a class off: nobody is in it any more."""
    class_, _ = await held(uow, viewer, key, ClassStep.CANCEL)
    _step(uow, viewer, class_, ClassStep.CANCEL)
    uow.publish(ClassCancelled(class_id=key))
    await service.end(uow, key, await enrollments.hold_active(uow.session, key))
    await payables.ask(uow, PayableKind.CLASS, key, class_.name, None)
    return class_


def _has_instructor(cohort: Cohort) -> None:
    if cohort.instructor_id is None:
        raise ClassIncomplete("Nobody teaches the class: say who does first.")


def _step(uow: UnitOfWork, viewer: Viewer, class_: Class, step: ClassStep) -> None:
    before = class_.status
    class_.status = after(class_.type, before, step)
    uow.session.add(class_)
    uow.audit(
        "class.status_change",
        viewer.user_id,
        ("class", class_.id),
        before={"status": before.name},
        after={"status": class_.status.name},
    )

"""Who is in a class."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from app.classes.errors import AlreadyEnrolled, ClassFull, EnrollmentClosed, NotEnrolled
from app.classes.events import EnrollmentPaid, StudentEnrolled, StudentWithdrawn
from app.classes.models import (
    Class,
    ClassType,
    CreditKind,
    Enrollment,
    EnrollmentPaymentStatus,
    EnrollmentStatus,
)
from app.classes.service import ledger
from app.classes.service.holding import check, held
from app.classes.states import ClassStep, allows
from app.classes.store import classes
from app.classes.store import credits as balances
from app.classes.store import enrollments as store
from app.core.clock import now
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.models import Cohort
from app.payments.models import PayableKind
from app.payments.service import payments


async def enroll(uow: UnitOfWork, viewer: Viewer, class_id: UUID, student_id: UUID) -> Enrollment:
    """Put a student into a class with the credits of its package.

    Who had left is back with the credits that were left. `ClassWrongState`, `EnrollmentClosed`,
    `ClassFull` or `AlreadyEnrolled` otherwise.
    """
    class_, cohort = await held(uow, viewer, class_id, ClassStep.ENROLL, field="classId")
    deadline = class_.enrollment_deadline
    if class_.type is ClassType.GROUP and deadline is not None and deadline < today(class_):
        raise EnrollmentClosed
    enrollment = await admit(uow, class_, cohort, student_id, by=viewer.user_id)
    uow.audit("enrollment.create", viewer.user_id, ("enrollment", enrollment.id))
    return enrollment


async def enroll_paid(uow: UnitOfWork, class_id: UUID, user_id: UUID) -> Enrollment:
    """Give a place in a class to somebody whose payment was verified; again changes nothing.

    Who is in it already has it paid now. Where no place can be given, because the class is full,
    has begun or is over, the money has to go back: `ClassFull`, `ClassWrongState`, `NotFound`.
    """
    found = await classes.hold_any(uow.session, class_id)
    if found is None:
        raise NotFound
    class_, cohort = found
    enrollment = await store.hold_of(uow.session, class_id, user_id)
    if enrollment and enrollment.payment_status is EnrollmentPaymentStatus.VERIFIED:
        return enrollment
    if enrollment is None or enrollment.status is EnrollmentStatus.WITHDRAWN:
        check(class_, ClassStep.ENROLL)
        enrollment = await admit(uow, class_, cohort, user_id, by=None)
    _paid(uow, enrollment, EnrollmentPaymentStatus.VERIFIED)
    return enrollment


async def end_refunded(uow: UnitOfWork, class_id: UUID, user_id: UUID) -> None:
    """Take back the place of somebody whose payment was given back; again changes nothing.

    Nor does it when they have paid once more, before this is heard of or heard of again.
    """
    found = await classes.hold_any(uow.session, class_id)
    enrollment = await store.hold_of(uow.session, class_id, user_id)
    if (
        found is None
        or enrollment is None
        or enrollment.payment_status is not EnrollmentPaymentStatus.VERIFIED
        or await payments.is_paid(uow, user_id, PayableKind.CLASS, class_id)
    ):
        return
    class_, _ = found
    _paid(uow, enrollment, EnrollmentPaymentStatus.REFUNDED)
    active = enrollment.status is EnrollmentStatus.ACTIVE
    if active and allows(class_.type, class_.status, ClassStep.WITHDRAW):
        await end(uow, class_id, [enrollment])


async def withdraw(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Enrollment:
    """Take a student out of a class. The enrollment stays, with its history and its credits."""
    class_id = await store.class_of(uow.session, key)
    if class_id is None:
        raise NotFound(field=("input", "id"))
    await held(uow, viewer, class_id, ClassStep.WITHDRAW)
    enrollment = await balances.hold(uow.session, key)
    if enrollment is None or enrollment.status is not EnrollmentStatus.ACTIVE:
        raise NotEnrolled
    await end(uow, class_id, [enrollment])
    uow.audit("enrollment.withdraw", viewer.user_id, ("enrollment", key))
    return enrollment


async def admit(
    uow: UnitOfWork, class_: Class, cohort: Cohort, student_id: UUID, *, by: UUID | None
) -> Enrollment:
    """Give somebody a seat in a class that is held, whatever its status."""
    field = ("input", "studentId")
    if await classes.student(uow.session, student_id) is None:
        raise NotFound("There is no such user.", field=field)
    if student_id == cohort.instructor_id:
        raise InvalidInput("Who teaches a class isn't a student of it.", field=field)
    found = await store.hold_of(uow.session, class_.id, student_id)
    if found is not None and found.status is not EnrollmentStatus.WITHDRAWN:
        raise AlreadyEnrolled(field=field)
    if await store.taken(uow.session, class_.id) >= class_.max_capacity:
        raise ClassFull
    enrollment = found or Enrollment(class_id=class_.id, student_id=student_id)
    enrollment.status = EnrollmentStatus.ACTIVE
    await _bill(uow, enrollment)
    uow.session.add(enrollment)
    await uow.session.flush()
    await store.join(uow.session, class_.id, student_id)
    # The package may be another one than when they left.
    more = class_.total_meetings - await store.package(uow.session, enrollment.id)
    more = max(more, -enrollment.credits)
    if more:
        await ledger.post(uow, enrollment, CreditKind.PACKAGE, more, by=by)
    uow.publish(
        StudentEnrolled(class_id=class_.id, enrollment_id=enrollment.id, user_id=student_id)
    )
    return enrollment


async def end(uow: UnitOfWork, class_id: UUID, ended: Sequence[Enrollment]) -> None:
    """Take these out of a class; they are held."""
    for each in ended:
        each.status = EnrollmentStatus.WITHDRAWN
        uow.session.add(each)
        uow.publish(
            StudentWithdrawn(class_id=class_id, enrollment_id=each.id, user_id=each.student_id)
        )
    await store.leave(uow.session, class_id, [each.student_id for each in ended])


def today(class_: Class) -> date:
    """Which day it is where the class meets."""
    return now().astimezone(ZoneInfo(class_.time_zone)).date()


async def _bill(uow: UnitOfWork, enrollment: Enrollment) -> None:
    """What a place costs now, unless it is paid."""
    if enrollment.payment_status is EnrollmentPaymentStatus.VERIFIED:
        return
    asked = (await classes.prices(uow.session, [enrollment.class_id])).get(enrollment.class_id)
    enrollment.price_amount, enrollment.price_currency = asked or (None, None)
    enrollment.payment_status = EnrollmentPaymentStatus.PENDING if asked else None


def _paid(uow: UnitOfWork, enrollment: Enrollment, status: EnrollmentPaymentStatus) -> None:
    enrollment.payment_status = status
    uow.session.add(enrollment)
    uow.publish(
        EnrollmentPaid(
            class_id=enrollment.class_id,
            enrollment_id=enrollment.id,
            user_id=enrollment.student_id,
        )
    )

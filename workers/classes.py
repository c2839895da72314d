"""What follows from events of classes, and for them from payments."""

from uuid import UUID

from app.classes.events import ClassCancelled, LessonUnlocked
from app.classes.service import enrollments
from app.classes.store import notices as store
from app.core.errors import DomainError
from app.core.resources import Resources
from app.notifications import notices
from app.notifications.service import notify
from app.payments.events import PaymentRefunded, PaymentVerified
from app.payments.models import PayableKind
from app.payments.service import payments, refunds
from workers.following import follow

_NAME = "classes"


async def _unlocked(resources: Resources, event: LessonUnlocked, source: str) -> None:
    """Tell the students of a class that a lesson is open to them.

    Each in a unit of work of their own, so that a job that is tried again goes on.
    """
    async with resources.database.read() as session:
        named = await store.unlocked_names(session, event.unlock_id)
        students = await store.students(session, event.class_id)
    if named is None:
        return
    notice = notices.lesson_unlocked(event.lesson_id, *named)
    for student in students:
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, student, notice, source)


async def _enroll(resources: Resources, event: PaymentVerified, _: str) -> None:
    """A place for who paid; where none can be given, the money goes back."""
    if event.payable is not PayableKind.CLASS:
        return
    refused = "The account is gone."
    if event.payer_id is not None:
        try:
            await _admit(resources, event.payment_id, event.subject_id, event.payer_id)
        except DomainError as error:
            refused = error.message
        else:
            return
    async with resources.begin() as uow:
        if await refunds.still_paid(uow, event.payment_id):
            await refunds.refund_all(uow, event.payment_id, refused)


async def _admit(resources: Resources, payment_id: UUID, class_id: UUID, payer_id: UUID) -> None:
    async with resources.begin() as uow:
        # What went back since gives no place, also where this is heard of once more.
        if await refunds.still_paid(uow, payment_id):
            await enrollments.enroll_paid(uow, class_id, payer_id)


async def _end(resources: Resources, event: PaymentRefunded, _: str) -> None:
    """No place for who got all of it back."""
    if event.payable is PayableKind.CLASS and event.whole and event.payer_id is not None:
        async with resources.begin() as uow:
            await enrollments.end_refunded(uow, event.subject_id, event.payer_id)


async def _ask_no_more(resources: Resources, event: ClassCancelled, _: str) -> None:
    """Nobody pays for what doesn't take place. What goes back of what was paid, the staff say:
    meetings may have been held.
    """
    async with resources.begin() as uow:
        await payments.cancel_unpaid(uow, PayableKind.CLASS, event.class_id)


follow(LessonUnlocked, "notify_students", _unlocked)
follow(PaymentVerified, _NAME, _enroll)
follow(PaymentRefunded, _NAME, _end)
follow(ClassCancelled, "payments", _ask_no_more)

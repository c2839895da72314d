"""What follows for lectures: seats of who paid, and what a cancelled one leaves to do."""

from app.accounts.store import users
from app.classes.lecture_events import LectureCancelled
from app.classes.models import Lecture
from app.classes.service import lectures
from app.classes.store import lectures as store
from app.core.resources import Resources
from app.notifications import notices
from app.notifications.service import notify
from app.payments.events import PaymentRefunded, PaymentVerified
from app.payments.models import PayableKind
from app.payments.service import payments, refunds
from workers.following import follow

_NAME = "lectures"


async def _enroll(resources: Resources, event: PaymentVerified, _: str) -> None:
    """A seat for who paid; where there is none any more, the money goes back."""
    if event.payable is not PayableKind.LECTURE:
        return
    async with resources.begin() as uow:
        payment = await refunds.still_paid(uow, event.payment_id)
        if payment is None:
            return
        there = event.payer_id is not None and await users.users_by_id(
            uow.session, [event.payer_id]
        )
        seated = (
            event.payer_id is not None
            and there
            and await lectures.enroll_paid(uow, event.subject_id, event.payer_id)
        )
        if not seated:
            await refunds.refund_all(uow, event.payment_id, "There was no seat left.")


async def _end(resources: Resources, event: PaymentRefunded, _: str) -> None:
    """No seat for who got all of it back."""
    if event.payable is PayableKind.LECTURE and event.whole and event.payer_id is not None:
        async with resources.begin() as uow:
            await lectures.end_paid(uow, event.subject_id, event.payer_id)


async def _give_back(resources: Resources, event: LectureCancelled, _: str) -> None:
    """Nobody pays for what doesn't take place."""
    async with resources.begin() as uow:
        await payments.cancel_unpaid(uow, PayableKind.LECTURE, event.lecture_id)
        verified = await refunds.verified_for(uow, PayableKind.LECTURE, event.lecture_id)
    for key in verified:
        async with resources.begin() as uow:
            await refunds.refund_all(uow, key, "The lecture was cancelled.")


async def _tell(resources: Resources, event: LectureCancelled, source: str) -> None:
    """Everybody who had a seat."""
    async with resources.database.read() as session:
        lecture = await session.get(Lecture, event.lecture_id)
        people = await store.enrolled(session, event.lecture_id)
    if lecture is None:
        return
    notice = notices.lecture_cancelled(lecture.id, lecture.title, lecture.starts_at)
    for user_id in people:
        async with resources.begin() as uow:
            await notify(uow, resources.envelope, user_id, notice, source)


follow(PaymentVerified, _NAME, _enroll)
follow(PaymentRefunded, _NAME, _end)
follow(LectureCancelled, "payments", _give_back)
follow(LectureCancelled, "notify", _tell)

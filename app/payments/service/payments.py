"""Payments: made, verified, cancelled."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, EmailStr

from app.accounts.store import users
from app.core.clock import now
from app.core.errors import NotFound
from app.core.text import line, text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.payments.errors import AlreadyPaid, NotForSale, PaymentWrongState
from app.payments.events import CancelIntent, PaymentVerified
from app.payments.models import Payable, PayableKind, Payment, PaymentMethod
from app.payments.service.plans import offered_plan
from app.payments.states import PaymentStep, after, allows
from app.payments.store import payables
from app.payments.store import payments as store

_Line = Annotated[str, AfterValidator(line(255))]


class ManualData(BaseModel):
    """What the staff know of a manual payment."""

    payer_name: _Line | None = None
    payer_email: EmailStr | None = None
    payer_phone: Annotated[str, AfterValidator(line(50))] | None = None
    reference: _Line | None = None
    notes: Annotated[str, AfterValidator(text(5000))] | None = None


async def record(
    uow: UnitOfWork,
    viewer: Viewer,
    payer_id: UUID,
    kind: PayableKind,
    subject_id: UUID,
    data: ManualData,
) -> Payment:
    """A manual payment that somebody of the staff expects; again, it gets the details anew."""
    if not await users.users_by_id(uow.session, [payer_id]):
        raise NotFound("There is no such user.", field=("input", "payerId"))
    payment = await opened(uow, payer_id, kind, subject_id, PaymentMethod.MANUAL)
    for name, value in data.model_dump().items():
        setattr(payment, name, value)
    payment.made_by_id = viewer.user_id
    uow.audit(
        "payment.record",
        viewer.user_id,
        ("payment", payment.id),
        after={"amount": str(payment.amount), "currency": payment.currency},
    )
    return payment


async def opened(
    uow: UnitOfWork,
    payer_id: UUID,
    kind: PayableKind,
    subject_id: UUID,
    method: PaymentMethod,
) -> Payment:
    """The unpaid payment of somebody for something, as it is asked now; a new one if need be.

    `NotForSale`, or `AlreadyPaid`; a plan can be paid again, for the time after.
    """
    payable = await _asked(uow, kind, subject_id)
    if kind is not PayableKind.PLAN and await is_paid(uow, payer_id, kind, subject_id):
        raise AlreadyPaid
    found = await store.hold_unpaid(uow.session, payer_id, payable.id, method)
    if found is not None:
        if (found.amount, found.currency) == (payable.amount, payable.currency):
            if allows(found.status, PaymentStep.RETRY):
                found.status = after(PaymentStep.RETRY)
            return found
        # Nobody pays what was asked once.
        cancel(uow, found)
        await uow.session.flush()
    payment = Payment(
        payer_id=payer_id,
        payable_id=payable.id,
        kind=kind,
        subject_id=subject_id,
        title=payable.title,
        method=method,
        amount=payable.amount,
        # Nothing, with as many digits.
        refunded=payable.amount - payable.amount,
        currency=payable.currency,
    )
    uow.session.add(payment)
    await uow.session.flush()
    return payment


async def is_paid(uow: UnitOfWork, payer_id: UUID, kind: PayableKind, subject_id: UUID) -> bool:
    """Whether somebody has paid for something, and not all of it went back."""
    return await store.is_paid(uow.session, payer_id, kind, subject_id)


async def _asked(uow: UnitOfWork, kind: PayableKind, subject_id: UUID) -> Payable:
    """What is asked for something: held, so that there is one payment by whoever clicks twice."""
    if kind is PayableKind.PLAN:
        payable = await offered_plan(uow, subject_id)
    else:
        payable = await payables.hold(uow.session, kind, subject_id)
    if payable is None or not payable.open:
        raise NotForSale(field=("input", "subjectId"))
    if payable.closes_at is not None and payable.closes_at <= now():
        raise NotForSale("It is too late to pay for this.", field=("input", "subjectId"))
    return payable


def cancel(uow: UnitOfWork, payment: Payment) -> None:
    """Expect no money for it any more."""
    payment.status = after(PaymentStep.CANCEL)
    uow.session.add(payment)
    if payment.method is PaymentMethod.CARD:
        uow.enqueue(CancelIntent(payment_id=payment.id))


async def cancel_unpaid(uow: UnitOfWork, kind: PayableKind, subject_id: UUID) -> None:
    """Expect no money for something any more."""
    for key in await store.of_subject(uow.session, kind, subject_id, unpaid=True):
        payment = await store.hold(uow.session, key)
        if payment is not None and allows(payment.status, PaymentStep.CANCEL):
            cancel(uow, payment)


async def verify(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Payment:
    """Somebody of the staff has seen the money of a manual payment. Twice is no error."""
    payment = await store.hold_seen(uow.session, viewer, key)
    if payment is None:
        raise NotFound(field=("input", "id"))
    if payment.method is not PaymentMethod.MANUAL:
        raise PaymentWrongState("Stripe says whether a payment by card was made.")
    if payment.status is after(PaymentStep.VERIFY):
        return payment
    if not allows(payment.status, PaymentStep.VERIFY):
        raise PaymentWrongState(f"A payment that is {payment.status.value} can't be verified.")
    verified(uow, payment, viewer.user_id)
    return payment


def verified(uow: UnitOfWork, payment: Payment, by: UUID | None) -> None:
    """The money is there: seen by somebody, or told by Stripe."""
    before = payment.status
    payment.status, payment.verified_at = after(PaymentStep.VERIFY), now()
    payment.verified_by_id = by
    uow.session.add(payment)
    uow.audit(
        "payment.verify",
        by,
        ("payment", payment.id),
        before={"status": before.name},
        after={"status": payment.status.name},
    )
    uow.publish(
        PaymentVerified(
            payment_id=payment.id,
            payer_id=payment.payer_id,
            payable=payment.kind,
            subject_id=payment.subject_id,
        )
    )

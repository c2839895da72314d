"""Money that goes back."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.core.errors import InvalidInput, NotFound
from app.core.logging import get_logger
from app.core.resources import Resources
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.payments.amounts import from_stripe, to_stripe
from app.payments.errors import PaymentWrongState, RefundTooLarge
from app.payments.events import PaymentRefunded, SendRefund
from app.payments.gateway import ProviderRefused, RefundTold, connect
from app.payments.models import (
    PayableKind,
    Payment,
    PaymentMethod,
    Refund,
    RefundStatus,
)
from app.payments.states import PaymentStep, after, allows
from app.payments.store import payments as store

log = get_logger(__name__)


class RefundData(BaseModel):
    """How much goes back, all that is left if not given, and why."""

    amount: Annotated[Decimal, Field(gt=0)] | None = None
    reason: Annotated[str, AfterValidator(text(500))] | None = None


async def refund(uow: UnitOfWork, viewer: Viewer, key: UUID, data: RefundData) -> Payment:
    """Give a part of a verified payment back, or all that is left of it."""
    payment = await store.hold_seen(uow.session, viewer, key)
    if payment is None:
        raise NotFound(field=("input", "id"))
    if not allows(payment.status, PaymentStep.REFUND):
        raise PaymentWrongState(f"A payment that is {payment.status.value} can't be refunded.")
    left = payment.amount - await store.given_back(uow.session, payment.id)
    amount = left if data.amount is None else data.amount
    if amount > left or not left:
        raise RefundTooLarge(
            f"{left} {payment.currency} are left of this payment.", field=("input", "amount")
        )
    await _requested(uow, payment, amount, data.reason or "", viewer.user_id)
    return payment


async def refund_all(uow: UnitOfWork, key: UUID, reason: str) -> None:
    """Give all that is left of a payment back, if anything is. Again, nothing is."""
    payment = await store.hold(uow.session, key)
    if payment is None or not allows(payment.status, PaymentStep.REFUND):
        return
    left = payment.amount - await store.given_back(uow.session, key)
    if left:
        await _requested(uow, payment, left, reason, None)


async def still_paid(uow: UnitOfWork, key: UUID) -> Payment | None:
    """A payment, held, if it is verified and not all of it went back."""
    payment = await store.hold(uow.session, key)
    return payment if payment and allows(payment.status, PaymentStep.REFUND) else None


async def verified_for(uow: UnitOfWork, kind: PayableKind, subject_id: UUID) -> list[UUID]:
    """The keys of the payments for something that weren't given back."""
    return list(await store.of_subject(uow.session, kind, subject_id, unpaid=False))


async def _requested(
    uow: UnitOfWork, payment: Payment, amount: Decimal, reason: str, by: UUID | None
) -> None:
    minor_units = await store.minor_units(uow.session, payment.currency)
    exact = amount.quantize(Decimal(1).scaleb(-minor_units))
    if exact != amount:
        raise InvalidInput(
            f"{payment.currency} has {minor_units} digits after the point.",
            field=("input", "amount"),
        )
    made = Refund(
        payment_id=payment.id,
        amount=exact,
        currency=payment.currency,
        reason=reason,
        made_by_id=by,
    )
    uow.session.add(made)
    uow.audit(
        "payment.refund",
        by,
        ("payment", payment.id),
        after={"amount": str(exact), "currency": payment.currency},
    )
    if payment.method is PaymentMethod.CARD:
        to_stripe(exact, payment.currency, minor_units)
        uow.enqueue(SendRefund(refund_id=made.id))
    else:
        succeeded(uow, payment, made)


def succeeded(uow: UnitOfWork, payment: Payment, refund: Refund) -> None:
    """The money is back."""
    refund.status = RefundStatus.SUCCEEDED
    payment.refunded += refund.amount
    whole = payment.refunded == payment.amount
    if whole:
        payment.status = after(PaymentStep.REFUND)
    uow.session.add(refund, payment)
    uow.publish(
        PaymentRefunded(
            payment_id=payment.id,
            payer_id=payment.payer_id,
            payable=payment.kind,
            subject_id=payment.subject_id,
            amount=refund.amount,
            whole=whole,
        )
    )


async def send(resources: Resources, refund_id: UUID) -> None:
    """Have Stripe pay a refund that was asked for. Again, it knows that it was."""
    async with resources.database.read() as session:
        wanted = await session.get(Refund, refund_id)
        if wanted is None or wanted.status is not RefundStatus.REQUESTED:
            return
        payment = await session.get(Payment, wanted.payment_id)
        if payment is None or payment.intent_id is None:
            return
        minor_units = await store.minor_units(session, payment.currency)
    amount = to_stripe(wanted.amount, payment.currency, minor_units)
    told: RefundTold | None = None
    try:
        async with connect(resources.settings) as gateway:
            told = await gateway.make_refund(str(refund_id), payment.intent_id, amount)
    except ProviderRefused:
        log.warning("payments.refund_refused", refund=str(refund_id))
    async with resources.begin() as uow:
        held = await store.hold(uow.session, payment.id)
        if held is not None and told is not None:
            await note(uow, held, told)
        elif held is not None:
            await _fail(uow, held, refund_id)


async def _fail(uow: UnitOfWork, payment: Payment, refund_id: UUID) -> None:
    found = await store.refund_told(uow.session, payment.id, "", refund_id)
    if found is not None and found.status is RefundStatus.REQUESTED:
        found.status = RefundStatus.FAILED


async def note(uow: UnitOfWork, payment: Payment, told: RefundTold) -> None:
    """Keep what Stripe tells of a refund of a held payment; also of one made at Stripe itself.

    What has succeeded or failed stays so: whatever is told later was asked before.
    """
    own = key_of(told.refund_id)
    found = await store.refund_told(uow.session, payment.id, told.id, own)
    if found is None:
        minor_units = await store.minor_units(uow.session, payment.currency)
        amount = from_stripe(told.amount, payment.currency, minor_units)
        found = Refund(payment_id=payment.id, amount=amount, currency=payment.currency)
    found.stripe_id = told.id
    uow.session.add(found)
    if found.status is RefundStatus.REQUESTED:
        if told.status == "succeeded":
            succeeded(uow, payment, found)
        elif told.status in ("failed", "canceled"):
            found.status = RefundStatus.FAILED
    await uow.session.flush()


def key_of(given: str | None) -> UUID | None:
    """The key that metadata have; None for what is none."""
    try:
        return None if given is None else UUID(given)
    except ValueError:
        return None

"""Payments by card: what Stripe is asked for, and what follows from its answers.

The row comes first and is committed; Stripe is asked outside of any transaction, with a key made
of the row's. So whatever is stopped anywhere goes on with the same call. What Stripe tells is the
truth as it is asked for, not as an event had it, and only ever leads onward: events may come in
any order, and more than once.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from app.core.logging import get_logger
from app.core.resources import Resources
from app.core.settings import Settings
from app.core.uow import UnitOfWork
from app.payments.amounts import to_stripe
from app.payments.errors import CardsNotAccepted, PaymentWrongState
from app.payments.events import CancelIntent
from app.payments.gateway import IntentTold, connect
from app.payments.models import PayableKind, Payment, PaymentMethod, PaymentStatus
from app.payments.service import payments, refunds
from app.payments.states import PaymentStep, after, allows
from app.payments.store import payments as store

Begin = Callable[[], AbstractAsyncContextManager[UnitOfWork]]

log = get_logger(__name__)


@dataclass(frozen=True)
class Started:
    """A payment, and what its payer's client confirms it with. The secret is kept nowhere."""

    payment_id: UUID
    client_secret: str


async def start(
    resources: Resources, begin: Begin, payer_id: UUID, kind: PayableKind, subject_id: UUID
) -> Started:
    """Begin to pay for something by card; again, go on with what was begun."""
    async with begin() as uow:
        payment = await opened(uow, resources.settings, payer_id, kind, subject_id)
    return await confirmable(resources, begin, payment)


async def opened(
    uow: UnitOfWork, settings: Settings, payer_id: UUID, kind: PayableKind, subject_id: UUID
) -> Payment:
    """The row alone. `CardsNotAccepted` where there is no account, or not for this amount."""
    if not settings.stripe_key.get_secret_value():
        raise CardsNotAccepted
    payment = await payments.opened(uow, payer_id, kind, subject_id, PaymentMethod.CARD)
    minor_units = await store.minor_units(uow.session, payment.currency)
    to_stripe(payment.amount, payment.currency, minor_units)
    return payment


async def confirmable(resources: Resources, begin: Begin, payment: Payment) -> Started:
    """The payment with Stripe's intent; `PaymentWrongState` if it was paid or ended meanwhile."""
    async with resources.database.read() as session:
        minor_units = await store.minor_units(session, payment.currency)
    async with connect(resources.settings) as gateway:
        if payment.intent_id is None:
            amount = to_stripe(payment.amount, payment.currency, minor_units)
            told = await gateway.make_intent(
                str(payment.id), amount, payment.currency, payment.title
            )
        else:
            told = await gateway.intent(payment.intent_id)
    async with begin() as uow:
        held = await _remembered(uow, payment.id, told)
    if held.status not in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        raise PaymentWrongState(f"This payment is {held.status.value} by now: ask once more.")
    return Started(payment.id, told.client_secret)


async def _remembered(uow: UnitOfWork, payment_id: UUID, told: IntentTold) -> Payment:
    """The payment, which knows its intent from now on, and what became of it."""
    held = await store.hold(uow.session, payment_id)
    assert held is not None
    if held.intent_id is None:
        held.intent_id = told.id
        if held.status is PaymentStatus.CANCELLED:
            uow.enqueue(CancelIntent(payment_id=held.id))
    if told.status in ("succeeded", "canceled"):
        await _apply(uow, held, told)
    await uow.session.flush()
    return held


async def follow(resources: Resources, intent_id: str) -> None:
    """Ask Stripe what became of an intent, and do what follows. One that isn't ours is left."""
    async with connect(resources.settings) as gateway:
        told = await gateway.intent(intent_id)
    await _learn(resources, told)


async def cancel(resources: Resources, payment_id: UUID) -> None:
    """Have Stripe take no money for a cancelled payment; what it took counts all the same."""
    async with resources.database.read() as session:
        payment = await session.get(Payment, payment_id)
    if payment is None or payment.intent_id is None:
        return
    if payment.status is not PaymentStatus.CANCELLED:
        return
    async with connect(resources.settings) as gateway:
        told = await gateway.cancel_intent(payment.intent_id)
    await _learn(resources, told)


async def _learn(resources: Resources, told: IntentTold) -> None:
    async with resources.begin() as uow:
        payment_id = refunds.key_of(told.payment_id)
        held = await store.hold_of_intent(uow.session, told.id, payment_id)
        if held is not None and held.method is PaymentMethod.CARD:
            await _apply(uow, held, told)


async def _apply(uow: UnitOfWork, payment: Payment, told: IntentTold) -> None:
    if told.status == "succeeded":
        await _settle(uow, payment, told)
    elif payment.intent_id not in (None, told.id):
        # An intent that nobody pays, and that the payment doesn't know.
        return
    elif told.status == "canceled" and allows(payment.status, PaymentStep.CANCEL):
        payment.status = after(PaymentStep.CANCEL)
    elif told.status == "requires_payment_method" and told.declined:
        if allows(payment.status, PaymentStep.FAIL):
            payment.status = after(PaymentStep.FAIL)
    elif told.status == "processing" and allows(payment.status, PaymentStep.RETRY):
        payment.status = after(PaymentStep.RETRY)


async def _settle(uow: UnitOfWork, payment: Payment, told: IntentTold) -> None:
    """The money came, and some of it may have gone back again."""
    minor_units = await store.minor_units(uow.session, payment.currency)
    asked = to_stripe(payment.amount, payment.currency, minor_units)
    if (told.amount, told.currency) != (asked, payment.currency):
        log.error("payments.another_amount", payment=str(payment.id), intent=told.id)
        return
    if allows(payment.status, PaymentStep.SETTLE):
        payment.intent_id = told.id
        payments.verified(uow, payment, None)
    elif payment.intent_id != told.id:
        log.error("payments.paid_twice", payment=str(payment.id), intent=told.id)
        return
    for each in told.refunds:
        await refunds.note(uow, payment, each)

"""Statements about payments and refunds."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.payments import policy
from app.payments.models import (
    Payable,
    PayableKind,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
    RefundStatus,
    StripeEvent,
)
from app.payments.states import STEPS, PaymentStep
from app.reference.models import Currency

_UNPAID = tuple(STEPS[PaymentStep.CANCEL][0])


async def hold_seen(session: WriteSession, viewer: Viewer, key: UUID) -> Payment | None:
    """A payment that the viewer sees, which nobody else changes until the end."""
    return await session.first(
        select(Payment).where(Payment.id == key, policy.visible(viewer)).with_for_update()
    )


async def hold(session: WriteSession, key: UUID) -> Payment | None:
    """Any payment, which nobody else changes until the end."""
    return await session.first(select(Payment).where(Payment.id == key).with_for_update())


async def hold_of_intent(
    session: WriteSession, intent_id: str, payment_id: UUID | None
) -> Payment | None:
    """The payment that a PaymentIntent says that it is for, or that knows of it."""
    return await session.first(
        select(Payment)
        .where(or_(col(Payment.id) == payment_id, col(Payment.intent_id) == intent_id))
        .order_by((col(Payment.id) == payment_id).desc())
        .with_for_update()
    )


async def hold_unpaid(
    session: WriteSession, payer_id: UUID, payable_id: UUID, method: PaymentMethod
) -> Payment | None:
    """The payment that somebody could still pay."""
    return await session.first(
        select(Payment)
        .where(
            Payment.payer_id == payer_id,
            Payment.payable_id == payable_id,
            Payment.method == method,
            col(Payment.status).in_(_UNPAID),
        )
        .with_for_update()
    )


async def is_paid(
    session: ReadSession, payer_id: UUID, kind: PayableKind, subject_id: UUID
) -> bool:
    """Whether somebody has paid for something, and not all of it went back."""
    found = await session.first(
        select(Payment.id)
        .join(Payable, col(Payable.id) == Payment.payable_id)
        .where(
            Payable.kind == kind,
            Payable.subject_id == subject_id,
            Payment.payer_id == payer_id,
            Payment.status == PaymentStatus.VERIFIED,
        )
    )
    return found is not None


async def of_subject(
    session: ReadSession, kind: PayableKind, subject_id: UUID, *, unpaid: bool
) -> Sequence[UUID]:
    """The keys of the payments for something that are unpaid, or else verified."""
    among = _UNPAID if unpaid else (PaymentStatus.VERIFIED,)
    return await session.all(
        select(Payment.id)
        .join(Payable, col(Payable.id) == Payment.payable_id)
        .where(
            Payable.kind == kind, Payable.subject_id == subject_id, col(Payment.status).in_(among)
        )
        .order_by(col(Payment.id))
    )


async def given_back(session: ReadSession, payment_id: UUID) -> Decimal:
    """What went back of a payment, or is on its way."""
    total = await session.value(
        select(func.coalesce(func.sum(Refund.amount), 0)).where(
            Refund.payment_id == payment_id, Refund.status != RefundStatus.FAILED
        )
    )
    return Decimal(total)


async def refund_told(
    session: WriteSession, payment_id: UUID, stripe_id: str, refund_id: UUID | None
) -> Refund | None:
    """The refund of a payment that Stripe tells of."""
    return await session.first(
        select(Refund).where(
            Refund.payment_id == payment_id,
            or_(col(Refund.stripe_id) == stripe_id, col(Refund.id) == refund_id),
        )
    )


async def minor_units(session: ReadSession, currency: str) -> int:
    """How many digits after the point a currency has."""
    return await session.value(select(Currency.minor_units).where(Currency.code == currency))


async def is_new_event(session: WriteSession, id: str, type: str) -> bool:
    """Keep that Stripe told an event; False if that was known."""
    made = await session.changed(
        insert(StripeEvent).values(id=id, type=type).on_conflict_do_nothing()
    )
    return made == 1

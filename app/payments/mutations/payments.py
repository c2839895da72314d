"""Root mutations of payments."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from app.accounts.types import User
from app.core.access import SIGNED_IN, permitted
from app.core.errors import Forbidden, InvalidId, InvalidInput
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global, split_global
from app.core.limits import PAYMENTS
from app.payments.models import PayableKind, PaymentMethod
from app.payments.policy import MANAGE
from app.payments.service import cards, payments, refunds
from app.payments.types.payments import PREFIXES, Payment


def errors() -> Any:
    """Why a mutation did nothing."""
    return strawberry.field(default_factory=list, description="Why nothing changed.")


def _known(description: str) -> Any:
    return strawberry.field(default=None, description=f"Of a manual payment: {description}")


@strawberry.input(description="What is paid for, and how. What it costs is never asked.")
class PaymentCreateInput:
    """By card for oneself; by hand for anybody, by the staff."""

    subject_id: strawberry.ID = strawberry.field(
        description="The lecture, the class or the plan that is paid for."
    )
    method: PaymentMethod = strawberry.field(description="How the money comes.")
    payer_id: strawberry.ID | None = _known("who pays, and for whom it is.")
    payer_name: str | None = _known("the name on it, at most 255 characters.")
    payer_email: str | None = _known("the e-mail address on it.")
    payer_phone: str | None = _known("the telephone number on it, at most 50 characters.")
    reference: str | None = _known("by which the bank knows it, at most 255 characters.")
    notes: str | None = _known("what the staff should know, at most 5,000 characters.")


@strawberry.input(description="Which payment.")
class PaymentVerifyInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The payment.")


@strawberry.input(description="Which payment, and how much of it goes back.")
class PaymentRefundInput:
    """All that is left, if no amount is given."""

    id: strawberry.ID = strawberry.field(description="The payment.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="How much, in the payment's currency; all that is left, if not given.",
    )
    reason: str | None = strawberry.field(
        default=None, description="Why, in at most 500 characters."
    )


@strawberry.type(description="The answer to `paymentCreate`.")
class PaymentCreatePayload:
    """The payment."""

    payment: Payment | None = edge("payment_key", "The payment.")
    client_secret: str | None = strawberry.field(
        default=None,
        description="With what the client confirms a payment by card: Stripe's client secret. It"
        " is the payer's alone.",
    )
    payment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `paymentVerify`.")
class PaymentVerifyPayload:
    """The payment."""

    payment: Payment | None = edge("payment_key", "The payment.")
    payment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `paymentRefund`.")
class PaymentRefundPayload:
    """The payment."""

    payment: Payment | None = edge("payment_key", "The payment.")
    payment_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


_KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}


def _subject(id: str) -> tuple[PayableKind, UUID]:
    prefix, key = split_global(id)
    if prefix not in _KINDS:
        raise InvalidId(id)
    return _KINDS[prefix], key


async def _record(info: Info, input: PaymentCreateInput) -> PaymentCreatePayload:
    if not info.context.me.may(MANAGE):
        raise Forbidden(MANAGE)
    if input.payer_id is None:
        raise InvalidInput("Say who pays.", field=("input", "payerId"))
    data = to_data(payments.ManualData, input)
    payer, subject = from_global(User.prefix, input.payer_id), _subject(input.subject_id)
    async with info.context.begin() as uow:
        payment = await payments.record(uow, info.context.me, payer, *subject, data)
    return PaymentCreatePayload(payment_key=payment.id)


@strawberry.type
class PaymentMutation:
    """Pay, and see that it was paid."""

    @mutation(SIGNED_IN, PAYMENTS)
    async def payment_create(self, info: Info, input: PaymentCreateInput) -> PaymentCreatePayload:
        """Begin to pay for something by card, or (with the permission `payment.manage`) expect
        a manual payment of somebody. There is one unpaid payment for a thing: the same call again
        goes on with it. Verified, it leads to `PaymentVerified`: whose payer is enrolled, or has
        premium.
        """
        if input.method is PaymentMethod.MANUAL:
            return await _record(info, input)
        me, context = info.context.me, info.context
        if input.payer_id not in (None, f"{User.prefix}_{me.user_id}"):
            raise InvalidInput("Everybody pays by their own card.", field=("input", "payerId"))
        subject = _subject(input.subject_id)
        started = await cards.start(context.resources, context.begin, me.user_id, *subject)
        return PaymentCreatePayload(
            payment_key=started.payment_id, client_secret=started.client_secret
        )

    @mutation(permitted(MANAGE))
    async def payment_verify(self, info: Info, input: PaymentVerifyInput) -> PaymentVerifyPayload:
        """Say that the money of a manual payment is there. Twice is no error. `PaymentVerified`
        follows: whose payer is enrolled, or has premium.
        """
        key = from_global(Payment.prefix, input.id)
        async with info.context.begin() as uow:
            await payments.verify(uow, info.context.me, key)
        return PaymentVerifyPayload(payment_key=key)

    @mutation(permitted(MANAGE))
    async def payment_refund(self, info: Info, input: PaymentRefundInput) -> PaymentRefundPayload:
        """Give a verified payment back, or a part of it. Manual ones count as given back at once;
        Stripe pays cards, and `refunded` grows when it has. `PaymentRefunded` follows.
        """
        key, data = from_global(Payment.prefix, input.id), to_data(refunds.RefundData, input)
        async with info.context.begin() as uow:
            await refunds.refund(uow, info.context.me, key, data)
        return PaymentRefundPayload(payment_key=key)

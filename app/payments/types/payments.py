"""What the schema shows of payments."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import ColumnElement, Text, case, cast, null, true
from sqlmodel import col

from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, pages, reads
from app.core.graph.read.emit import quoted
from app.core.graph.read.pages import Order
from app.core.money import Money
from app.core.viewer import Asker
from app.payments import models, policy
from app.payments.models import PayableKind, PaymentMethod, PaymentStatus, RefundStatus

describe(
    PayableKind,
    "What is paid for.",
    {
        PayableKind.CLASS: "A class's package of meetings.",
        PayableKind.LECTURE: "A lecture.",
        PayableKind.PLAN: "Premium, for one interval of a plan.",
    },
)
describe(
    PaymentMethod,
    "How the money comes.",
    {
        PaymentMethod.MANUAL: "By bank transfer or the like: the staff look for it.",
        PaymentMethod.CARD: "By Stripe.",
    },
)
describe(
    PaymentStatus,
    "Where a payment is in its life.",
    {
        PaymentStatus.PENDING: "The money isn't there yet.",
        PaymentStatus.FAILED: "The card was declined; it can be tried again.",
        PaymentStatus.VERIFIED: "The money is there, or some of it if a part was refunded.",
        PaymentStatus.REFUNDED: "All of it went back.",
        PaymentStatus.CANCELLED: "No money is expected any more.",
    },
)
describe(
    RefundStatus,
    "Whether money went back.",
    {
        RefundStatus.REQUESTED: "It is on its way.",
        RefundStatus.SUCCEEDED: "It did.",
        RefundStatus.FAILED: "It could not.",
    },
)

# What global ids of subjects begin with.
PREFIXES = {PayableKind.CLASS: "cls", PayableKind.LECTURE: "lec", PayableKind.PLAN: "pln"}


def _subject_id(_: Asker, payment: type[models.Payment]) -> ColumnElement[str]:
    prefix = case(
        *[(col(payment.kind) == kind, quoted(f"{prefix}_")) for kind, prefix in PREFIXES.items()]
    )
    return prefix.concat(cast(payment.subject_id, Text))


@reads(
    models.Refund,
    visible=policy.visible_refund,
    description="A part of a payment, or all of it, that goes back.",
    needs=("amount", "currency"),
)
class Refund(Node):
    """Part of a payment."""

    prefix = "ref"

    status: RefundStatus = column("Whether it went back.")
    reason: str = column("Why.")
    created_at: datetime = column("When it was asked for.")

    @strawberry.field(description="How much, in the payment's currency.")
    def amount(self) -> Money:
        """From two columns."""
        own = vars(self)
        return Money(amount=own["amount"], currency=own["currency"])


def _refunds(_: Asker, refund: type[models.Refund], payment: type[models.Payment]) -> Rows:
    return Rows(col(refund.payment_id) == payment.id, Order("refunds"), visible=true())


def _notes(viewer: Asker, payment: type[models.Payment]) -> ColumnElement[Any]:
    notes: ColumnElement[Any] = payment.notes  # type: ignore[assignment]
    return notes if viewer.may(policy.MANAGE) else cast(null(), Text)


@reads(
    models.Payment,
    visible=policy.visible,
    description="Money for something.",
    needs=("amount", "refunded", "currency"),
)
class Payment(Node):
    """For who pays, and for those who manage payments."""

    prefix = "pay"

    kind: PayableKind = column("What is paid for.")
    subject_id: strawberry.ID = computed(_subject_id, "The id of what is paid for.")
    title: str = column("What it was called when the payment was made.")
    payer: User | None = edge("payer_id", "Who pays; null once their account is gone.")
    method: PaymentMethod = column("How the money comes.")
    status: PaymentStatus = column("Where it is in its life.")
    payer_name: str | None = column("The name on a manual payment.")
    payer_email: str | None = column("The e-mail address on a manual payment.")
    payer_phone: str | None = column("The telephone number on a manual payment.")
    reference: str | None = column("By which a manual payment is known at the bank.")
    notes: str | None = computed(_notes, "What the staff noted; null to others.")
    verified_by: User | None = edge("verified_by_id", "Who saw the money of a manual payment.")
    verified_at: datetime | None = column("When the money was there.")
    refunds: Connection[Refund] = pages(_refunds, "What went back of it, or is to, as it came.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When it last changed.")

    @strawberry.field(description="What was asked when it was made.")
    def amount(self) -> Money:
        """From two columns."""
        own = vars(self)
        return Money(amount=own["amount"], currency=own["currency"])

    @strawberry.field(description="What went back of it.")
    def refunded(self) -> Money:
        """From two columns."""
        own = vars(self)
        return Money(amount=own["refunded"], currency=own["currency"])

"""Payments, what was paid back of them, and what Stripe told."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, text
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import FOLLOW, IMPERSONAL, UNNAME, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Timestamp
from app.payments.kinds import PayableKind


class PaymentMethod(StrEnum):
    """How the money comes."""

    MANUAL = "manual"
    CARD = "card"


class PaymentStatus(StrEnum):
    """Where a payment is in its life."""

    PENDING = "pending"
    FAILED = "failed"
    VERIFIED = "verified"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """Whether money went back."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


_UNPAID = "status IN ('PENDING', 'FAILED')"


def _amount(**more: Any) -> Any:
    return Column(Numeric, nullable=False, **more)


def _somebody() -> Any:
    """Who of the staff did something; nobody once their account is gone."""
    return Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )


def _said(longest: int | None = None) -> Any:
    return Field(default=None, max_length=longest, sa_column_kwargs=PERSONAL)


class Payment(MutableTable, table=True):
    """Money for something: the amount is what was asked when the payment was made.

    Who pays has one unpaid payment of each method for a thing.
    """

    __table_args__ = (
        Index(
            "uq_payment_unpaid",
            "payer_id",
            "payable_id",
            "method",
            unique=True,
            postgresql_where=text(_UNPAID),
        ),
        Index("ix_payment_payer", "payer_id", "id"),
        CheckConstraint("amount > 0", name="costs_something"),
        CheckConstraint("refunded BETWEEN 0 AND amount", name="refunded_within_amount"),
        CheckConstraint(
            "(status IN ('VERIFIED', 'REFUNDED')) = (verified_at IS NOT NULL)",
            name="verified_at_a_time",
        ),
        CheckConstraint("(status = 'REFUNDED') = (refunded = amount)", name="refunded_whole"),
    )

    # The books keep a payment when its payer is gone, without what says who that was.
    payer_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"), **owner(Fate.ANONYMISE)
        ),
    )
    payable_id: UUID = Field(sa_column=Column(ForeignKey("payable.id"), nullable=False, index=True))
    # As it was when the payment was made.
    kind: PayableKind
    subject_id: UUID = Field(index=True)
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    method: PaymentMethod
    status: PaymentStatus = Field(default=PaymentStatus.PENDING, index=True)
    # With as many digits after the point as the currency has.
    amount: Decimal = Field(sa_column=_amount())
    refunded: Decimal = Field(default=Decimal(0), sa_column=_amount(server_default="0"))
    currency: str = Field(sa_column=Column(ForeignKey("currency.code"), nullable=False, index=True))
    # What the staff know of a manual payment.
    payer_name: str | None = _said(255)
    payer_email: str | None = _said(255)
    payer_phone: str | None = _said(50)
    reference: str | None = _said(255)
    notes: str | None = _said()
    # Stripe's PaymentIntent.
    intent_id: str | None = Field(
        default=None, max_length=255, unique=True, sa_column_kwargs=PERSONAL
    )
    made_by_id: UUID | None = _somebody()
    verified_by_id: UUID | None = _somebody()
    verified_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # Of a plan: when its time was given.
    fulfilled_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Refund(MutableTable, table=True):
    """A part of a payment, or all of it, that goes back."""

    __table_args__ = (CheckConstraint("amount > 0", name="gives_something_back"),)

    payment_id: UUID = Field(
        sa_column=Column(
            ForeignKey("payment.id", ondelete="CASCADE"), nullable=False, index=True, **FOLLOW
        )
    )
    amount: Decimal = Field(sa_column=_amount())
    # The payment's.
    currency: str = Field(sa_column=Column(ForeignKey("currency.code"), nullable=False, index=True))
    status: RefundStatus = RefundStatus.REQUESTED
    reason: str = Field(default="", max_length=500, sa_column_kwargs=IMPERSONAL)
    # Stripe's Refund, of a payment by card.
    stripe_id: str | None = Field(
        default=None, max_length=255, unique=True, sa_column_kwargs=IMPERSONAL
    )
    made_by_id: UUID | None = _somebody()


class StripeEvent(SQLModel, table=True):
    """An event that Stripe has told, so that it is followed once."""

    __tablename__ = "stripe_event"

    id: str = Field(primary_key=True, max_length=255)
    type: str = Field(max_length=255)
    received_at: datetime = Field(default_factory=now, sa_type=Timestamp, index=True)

"""The tables of payments."""

from app.payments.kinds import PayableKind
from app.payments.models.payables import Payable
from app.payments.models.payments import (
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
    RefundStatus,
    StripeEvent,
)
from app.payments.models.subscriptions import PremiumSubscription, SubscriptionStatus

__all__ = [
    "Payable",
    "PayableKind",
    "Payment",
    "PaymentMethod",
    "PaymentStatus",
    "PremiumSubscription",
    "Refund",
    "RefundStatus",
    "StripeEvent",
    "SubscriptionStatus",
]

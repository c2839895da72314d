"""Payments, what goes back of them, and premium."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.graph.printing import print_time
from app.payments.models import PaymentStatus
from tests.engine.calls import page_of
from tests.engine.eyes import Eyes, Row, below, edge
from tests.engine.filling import Filling
from tests.engine.people import user
from tests.engine.room import Room


def sees_payment(eyes: Eyes, payment: Row) -> bool:
    """Whether it is theirs, or all are theirs to manage."""
    own = eyes.me is not None and payment["payer_id"] == eyes.me
    return own or eyes.may("payment.manage")


def _sees_refund(eyes: Eyes, refund: Row) -> bool:
    payment = eyes.rows.one("payment", refund["payment_id"])
    return payment is not None and sees_payment(eyes, payment)


def _period_end(subscription: Row) -> str | None:
    end = subscription["current_period_end"]
    return None if end is None else print_time(end)


def _amount(filling: Filling, _: Row) -> float:
    return filling.rng.randint(1, 10_000) / 100


def _refunded(_: Filling, row: Row) -> float:
    whole: float = row["amount"]
    return whole if row["status"] is PaymentStatus.REFUNDED else 0


def _verified_at(filling: Filling, row: Row) -> datetime | None:
    verified = (PaymentStatus.VERIFIED, PaymentStatus.REFUNDED)
    return filling.past() if row["status"] in verified else None


def _payer(filling: Filling, row: Row) -> UUID | None:
    return None if filling.chance(0.1) else user(filling, row)


def _unique(prefix: str) -> Any:
    def rule(filling: Filling, _: Row) -> str | None:
        return None if filling.chance(0.3) else f"{prefix}_{filling.rng.getrandbits(60)}"

    return rule


ROOM = Room(
    sees={
        "Payment": sees_payment,
        "Refund": _sees_refund,
        # Part of the viewer: whoever got there sees it.
        "PremiumSubscription": lambda _, __: True,
    },
    leads={
        ("Payment", "payer"): edge("user_account", "payer_id"),
        ("Payment", "verifiedBy"): edge("user_account", "verified_by_id"),
        ("Payment", "refunds"): below("refund", "payment_id"),
        ("PremiumSubscription", "plan"): edge("subscription_plan", "plan_id"),
        ("Viewer", "subscription"): lambda rows, row: next(
            iter(rows.where("premium_subscription", user_id=row["id"])), None
        ),
    },
    nodes={"Payment": ("payment", "pay"), "Refund": ("refund", "ref")},
    keys={"PremiumSubscription": ("currentPeriodEnd", _period_end)},
    roots={"payments": page_of("payment")},
    unread=frozenset(("stripe_event",)),
    counts={"payable": 20, "payment": 60, "refund": 80, "premium_subscription": 20},
    rules={
        "payable.amount": lambda filling, _: filling.rng.randint(1, 10_000) / 100,
        "payment.payer_id": _payer,
        "payment.amount": _amount,
        "payment.refunded": _refunded,
        "payment.verified_at": _verified_at,
        "payment.intent_id": _unique("pi"),
        "refund.amount": _amount,
        "refund.stripe_id": _unique("re"),
        "premium_subscription.user_id": user,
        # It tells subscriptions apart, so it is a time that can be told.
        "premium_subscription.current_period_end": lambda filling, _: (
            None if filling.chance(0.3) else filling.future()
        ),
        "premium_subscription.stripe_id": _unique("sub"),
    },
)

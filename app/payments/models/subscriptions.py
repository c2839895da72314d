"""Who has premium, and until when."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field

from app.core.ids import new_id
from app.core.personal import ERASE, ended_by
from app.core.tables import PERSONAL, MutableTable, Timestamp


class SubscriptionStatus(StrEnum):
    """Where a subscription is in its life."""

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    ENDED = "ended"


class PremiumSubscription(MutableTable, table=True):
    """A user's one subscription: the last one takes the place of the one before."""

    __tablename__ = "premium_subscription"

    user_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, unique=True, **ERASE
        )
    )
    plan_id: UUID = Field(
        sa_column=Column(ForeignKey("subscription_plan.id"), nullable=False, index=True)
    )
    status: SubscriptionStatus = SubscriptionStatus.INCOMPLETE
    current_period_end: datetime | None = Field(default=None, sa_type=Timestamp)
    cancel_at_period_end: bool = False
    trial_end: datetime | None = Field(default=None, sa_type=Timestamp)
    # Free days are given once.
    trial_used: bool = False
    # One time of subscribing, so that Stripe is asked for one subscription by it.
    attempt: UUID = Field(default_factory=new_id)
    # Stripe's Customer, which stays, and its Subscription; none where somebody paid otherwise.
    customer_id: str | None = Field(default=None, max_length=255, sa_column_kwargs=PERSONAL)
    stripe_id: str | None = Field(
        default=None,
        max_length=255,
        unique=True,
        sa_column_kwargs=ended_by("payments.end_subscription", "subscription_id"),
    )
    # When Stripe was asked for what is known here: an answer to an older question is old news.
    asked_at: datetime | None = Field(default=None, sa_type=Timestamp)

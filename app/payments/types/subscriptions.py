"""What the schema shows of premium."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, true
from sqlmodel import col

from app.core.graph.enums import describe
from app.core.graph.read.declare import column, computed, edge, reads
from app.core.viewer import Asker
from app.payments import models
from app.payments.models import SubscriptionStatus
from app.reference.types.plans import SubscriptionPlan

S = SubscriptionStatus

describe(
    SubscriptionStatus,
    "Where a subscription is in its life.",
    {
        S.INCOMPLETE: "It waits for its first payment.",
        S.TRIALING: "It is in its free days.",
        S.ACTIVE: "It is paid for.",
        S.PAST_DUE: "A payment failed, and is tried again.",
        S.ENDED: "It is over.",
    },
)


def _premium(_: Asker, subscription: type[models.PremiumSubscription]) -> ColumnElement[bool]:
    return and_(
        col(subscription.status).in_((S.TRIALING, S.ACTIVE, S.PAST_DUE)),
        func.coalesce(subscription.current_period_end > func.now(), False),
    )


@reads(
    models.PremiumSubscription,
    key="user_id",
    description="The viewer's one subscription to a plan.",
)
class PremiumSubscription:
    """Part of the viewer."""

    plan: SubscriptionPlan | None = edge("plan_id", "The plan.", visible=true())
    status: SubscriptionStatus = column("Where it is in its life.")
    premium: bool = computed(_premium, "Whether it gives premium now.")
    current_period_end: datetime | None = column(
        "Until when it is paid for, or free; null before the first payment."
    )
    cancel_at_period_end: bool = column("Whether it ends then, and is not paid for again.")
    trial_end: datetime | None = column("When its free days end, or ended.")

"""What the schema shows of subscription plans."""

from datetime import datetime

import strawberry

from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import column, edge, reads
from app.core.money import Money
from app.reference import models, policy
from app.reference.models import BillingInterval

describe(
    BillingInterval,
    "How often a plan is paid for.",
    {BillingInterval.MONTH: "Every month.", BillingInterval.YEAR: "Every year."},
)


@reads(
    models.SubscriptionPlan, description="What a plan allows at most; null where it sets no end."
)
class SubscriptionPlanLimits:
    """Part of a plan: whoever got there sees it."""

    ai_requests_per_day: int | None = column("Requests to models in a day.")
    storage_megabytes: int | None = column("Files kept, in megabytes.")
    session_participants: int | None = column("People in one study session.")


@reads(
    models.SubscriptionPlan,
    visible=policy.visible_plan,
    description="What premium costs and gives.",
    needs=("amount", "currency_code"),
)
class SubscriptionPlan(Node):
    """Paid for again and again."""

    prefix = "pln"

    code: str = column("Its name for programs, unique.")
    name: str = column("What it is called.")
    description: str = column("Whom it is for.")
    interval: BillingInterval = column("How often it is paid for.")
    trial_days: int = column("How many days are free at first.")
    features: list[str] = column("What it gives, a sentence each.")
    limits: SubscriptionPlanLimits = edge("id", "What it allows at most.")
    active: bool = column("Whether it can be subscribed to.")
    position: int = column("Its place in lists, the lowest first.")
    updated_at: datetime = column("When it was last saved.")

    @strawberry.field(description="What it costs, each interval.")
    def price(self) -> Money:
        """From two columns."""
        own = vars(self)
        return Money(amount=own["amount"], currency=own["currency_code"])

"""Root mutations of premium."""

from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.core.limits import PAYMENTS
from app.payments.mutations.payments import errors
from app.payments.service import subscriptions as service
from app.payments.types.subscriptions import PremiumSubscription
from app.reference.types.plans import SubscriptionPlan


@strawberry.input(description="Which plan.")
class SubscriptionStartInput:
    """By its id."""

    plan_id: strawberry.ID = strawberry.field(description="The plan to subscribe to.")


@strawberry.type(description="The answer to `subscriptionStart`.")
class SubscriptionStartPayload:
    """The subscription."""

    subscription: PremiumSubscription | None = edge("user_key", "The subscription.")
    client_secret: str | None = strawberry.field(
        default=None,
        description="With what the client confirms the first payment: Stripe's client secret.",
    )
    needs_setup: bool = strawberry.field(
        default=False,
        description="Whether nothing is paid yet, and the secret is for saving a card (a"
        " SetupIntent) that is charged when the free days end.",
    )
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `subscriptionCancel`.")
class SubscriptionCancelPayload:
    """The subscription."""

    subscription: PremiumSubscription | None = edge("user_key", "The subscription.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class SubscriptionMutation:
    """Have premium."""

    @mutation(SIGNED_IN, PAYMENTS)
    async def subscription_start(
        self, info: Info, input: SubscriptionStartInput
    ) -> SubscriptionStartPayload:
        """Subscribe to a plan by card. Free days are given once. Until the client has confirmed
        it, the same call again goes on with it, and another plan takes its place.
        """
        me, context = info.context.me, info.context
        plan = from_global(SubscriptionPlan.prefix, input.plan_id)
        started = await service.start(context.resources, context.begin, me.user_id, plan)
        return SubscriptionStartPayload(user_key=me.user_id, **vars(started))

    @mutation(SIGNED_IN, PAYMENTS)
    async def subscription_cancel(self, info: Info) -> SubscriptionCancelPayload:
        """Let the subscription run out at the end of what is paid for. Twice is no error. One
        that was never paid for ends at once.
        """
        me, context = info.context.me, info.context
        await service.cancel(context.resources, context.begin, me.user_id)
        return SubscriptionCancelPayload(user_key=me.user_id)

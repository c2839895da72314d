"""The jobs of payments: what Stripe is asked for, and what follows from its answers."""

from datetime import timedelta

from app.core.resources import Resources
from app.payments.events import (
    CancelIntent,
    EndSubscription,
    FollowIntent,
    FollowSubscription,
    SendRefund,
)
from app.payments.gateway import ProviderRefused
from app.payments.service import cards, refunds, subscriptions
from workers.broker import handles

_LIMIT = timedelta(minutes=2)
# In ten tries with pauses up to ten minutes, all in all about half an hour passes.
_TRIES = 10
_LONGEST_PAUSE = timedelta(minutes=10)


@handles(
    FollowIntent,
    time_limit=_LIMIT,
    max_retries=_TRIES,
    longest_pause=_LONGEST_PAUSE,
    final=(ProviderRefused,),
)
async def follow_intent(resources: Resources, job: FollowIntent) -> None:
    """What became of a payment by card."""
    await cards.follow(resources, job.intent_id)


@handles(CancelIntent, time_limit=_LIMIT, max_retries=_TRIES, longest_pause=_LONGEST_PAUSE)
async def cancel_intent(resources: Resources, job: CancelIntent) -> None:
    """Let no money come for what was cancelled."""
    await cards.cancel(resources, job.payment_id)


@handles(SendRefund, time_limit=_LIMIT, max_retries=_TRIES, longest_pause=_LONGEST_PAUSE)
async def send_refund(resources: Resources, job: SendRefund) -> None:
    """Pay a refund, unless that is done."""
    await refunds.send(resources, job.refund_id)


@handles(
    FollowSubscription,
    time_limit=_LIMIT,
    max_retries=_TRIES,
    longest_pause=_LONGEST_PAUSE,
    final=(ProviderRefused,),
)
async def follow_subscription(resources: Resources, job: FollowSubscription) -> None:
    """What became of a subscription."""
    await subscriptions.follow(resources, job.subscription_id)


@handles(EndSubscription, time_limit=_LIMIT, max_retries=_TRIES, longest_pause=_LONGEST_PAUSE)
async def end_subscription(resources: Resources, job: EndSubscription) -> None:
    """Have nobody pay for what nobody wants."""
    await subscriptions.end(resources, job.subscription_id)

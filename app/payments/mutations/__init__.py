"""Root mutations of payments."""

import strawberry

from app.payments.mutations.payments import PaymentMutation
from app.payments.mutations.subscriptions import SubscriptionMutation


@strawberry.type
class PaymentsMutation(PaymentMutation, SubscriptionMutation):
    """Pay."""

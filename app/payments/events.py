"""What happens to payments, and the work that they leave."""

from decimal import Decimal
from uuid import UUID

from app.core.events import PersistedEvent
from app.core.jobs import Job
from app.payments.kinds import PayableKind


def payment_stream(payment_id: UUID) -> str:
    """Everything that happens to a payment."""
    return f"payment:{payment_id}"


class _PaymentEvent(PersistedEvent):
    """`payer_id` is None once their account is gone; `subject_id` is what was paid for."""

    payment_id: UUID
    payer_id: UUID | None
    payable: PayableKind
    subject_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return payment_stream(self.payment_id)


class PaymentVerified(_PaymentEvent):
    """The money is there."""

    kind = "payment.verified"


class PaymentRefunded(_PaymentEvent):
    """Money went back: `amount` of it, and with it all that was paid if `whole`."""

    kind = "payment.refunded"
    amount: Decimal
    whole: bool


class FollowIntent(Job):
    """Ask Stripe what became of a PaymentIntent, and do what follows."""

    name = "payments.follow_intent"
    intent_id: str


class CancelIntent(Job):
    """Have Stripe take no money for a payment that was cancelled."""

    name = "payments.cancel_intent"
    payment_id: UUID


class SendRefund(Job):
    """Have Stripe pay a refund."""

    name = "payments.send_refund"
    refund_id: UUID


class FollowSubscription(Job):
    """Ask Stripe what became of a Subscription, and do what follows."""

    name = "payments.follow_subscription"
    subscription_id: str


class EndSubscription(Job):
    """Have Stripe end a Subscription that nobody wants any more, or that nobody has."""

    name = "payments.end_subscription"
    subscription_id: str

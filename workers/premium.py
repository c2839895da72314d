"""What follows for premium: the time that somebody paid for."""

from app.core.resources import Resources
from app.payments.events import PaymentRefunded, PaymentVerified
from app.payments.models import PayableKind
from app.payments.service import subscriptions
from workers.following import follow

_NAME = "premium"


async def _give(resources: Resources, event: PaymentVerified, _: str) -> None:
    """Premium for who paid for a plan."""
    if event.payable is PayableKind.PLAN:
        async with resources.begin() as uow:
            await subscriptions.give_paid(uow, event.payment_id)


async def _take_back(resources: Resources, event: PaymentRefunded, _: str) -> None:
    """None for who got all of it back."""
    if event.payable is PayableKind.PLAN and event.whole:
        async with resources.begin() as uow:
            await subscriptions.take_back(uow, event.payment_id)


follow(PaymentVerified, _NAME, _give)
follow(PaymentRefunded, _NAME, _take_back)

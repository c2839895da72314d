"""Stripe, as far as payments need it: what is asked of it, and its answers as plain data.

Every call that makes something has an idempotency key of ours, so that the same call again is
answered with what the first one made. What Stripe says of an error goes no further than the log.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import stripe
from stripe import HTTPXClient, StripeClient

from app.core.logging import get_logger
from app.core.settings import Settings
from app.payments.errors import CardsNotAccepted, PaymentProviderUnavailable

_TRIES_AGAIN = 2
# Of a payment's refunds, more than there can be cents in most.
_REFUNDS = 100
# By which a Subscription is known as one of ours: what isn't is left alone.
_OURS = "lyceum_subscription"
_EXPANDED = ["latest_invoice.confirmation_secret", "pending_setup_intent"]

# How requests went is between us and the network.
stripe.enable_telemetry = False

log = get_logger(__name__)


class ProviderRefused(PaymentProviderUnavailable):
    """For good: another try would be refused too."""


@dataclass(frozen=True)
class RefundTold:
    """What Stripe says of a refund; amounts in the currency's smallest unit."""

    id: str
    amount: int
    status: str
    refund_id: str | None


@dataclass(frozen=True)
class IntentTold:
    """What Stripe says of a PaymentIntent; amounts in the currency's smallest unit."""

    id: str
    status: str
    amount: int
    currency: str
    client_secret: str
    declined: bool
    payment_id: str | None
    refunds: tuple[RefundTold, ...] = ()


@dataclass(frozen=True)
class SubscriptionTold:
    """What Stripe says of a Subscription; times in seconds of Unix.

    `client_secret` is that of the first payment, or of what saves a card for after the trial.
    """

    id: str
    status: str
    subscription_id: str | None
    attempt: str | None
    current_period_end: int | None
    trial_end: int | None
    cancel_at_period_end: bool
    client_secret: str | None = None
    needs_setup: bool = False


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator["Gateway"]:
    """A connection to Stripe. `CardsNotAccepted` without a key."""
    key = settings.stripe_key.get_secret_value()
    if not key:
        raise CardsNotAccepted
    http = HTTPXClient(timeout=settings.stripe_timeout)
    try:
        yield Gateway(
            StripeClient(
                key,
                base_addresses={"api": settings.stripe_url},
                max_network_retries=_TRIES_AGAIN,
                http_client=http,
            )
        )
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


@contextmanager
def _judging() -> Iterator[None]:
    """Errors of Stripe's library as ours."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        log.warning("stripe.refused", code=error.code, request=error.request_id)
        raise ProviderRefused from None
    except stripe.StripeError as error:
        log.warning("stripe.failed", error=type(error).__name__, request=error.request_id)
        raise PaymentProviderUnavailable from None


class Gateway:
    """`ProviderRefused` for what Stripe won't do, `PaymentProviderUnavailable` for the rest."""

    def __init__(self, client: StripeClient) -> None:
        self._v1 = client.v1

    async def make_intent(
        self, payment_id: str, amount: int, currency: str, title: str
    ) -> IntentTold:
        """The one PaymentIntent of a payment."""
        with _judging():
            made = await self._v1.payment_intents.create_async(
                {
                    "amount": amount,
                    "currency": currency.lower(),
                    "description": title,
                    "automatic_payment_methods": {"enabled": True},
                    "metadata": {"payment_id": payment_id},
                },
                {"idempotency_key": f"payment-{payment_id}"},
            )
        return _intent(made)

    async def intent(self, intent_id: str) -> IntentTold:
        """A PaymentIntent as it is now, with the refunds of its charges."""
        with _judging():
            found = await self._v1.payment_intents.retrieve_async(intent_id)
            refunds: list[Any] = []
            if found.status == "succeeded":
                listed = await self._v1.refunds.list_async(
                    {"payment_intent": intent_id, "limit": _REFUNDS}
                )
                refunds = listed.data
        return _intent(found, refunds)

    async def cancel_intent(self, intent_id: str) -> IntentTold:
        """Take no money by it; as it is, if that can't be done any more."""
        try:
            with _judging():
                return _intent(await self._v1.payment_intents.cancel_async(intent_id))
        except ProviderRefused:
            return await self.intent(intent_id)

    async def make_refund(self, refund_id: str, intent_id: str, amount: int) -> RefundTold:
        """Pay a part of a PaymentIntent back."""
        with _judging():
            made = await self._v1.refunds.create_async(
                {
                    "payment_intent": intent_id,
                    "amount": amount,
                    "metadata": {"refund_id": refund_id},
                },
                {"idempotency_key": f"refund-{refund_id}"},
            )
        return _refund(made)

    async def make_customer(self, user_id: str, attempt: str, email: str) -> str:
        """Who pays again and again; the customer's id."""
        with _judging():
            made = await self._v1.customers.create_async(
                {"email": email, "metadata": {"user_id": user_id}},
                {"idempotency_key": f"customer-{attempt}"},
            )
        return made.id

    async def ensure_product(self, product_id: str, name: str) -> None:
        """That there is a product of this id."""
        try:
            with _judging():
                await self._v1.products.retrieve_async(product_id)
        except ProviderRefused:
            with _judging():
                await self._v1.products.create_async(
                    {"id": product_id, "name": name},
                    {"idempotency_key": f"product-{product_id}"},
                )

    async def make_subscription(
        self,
        subscription_id: str,
        attempt: str,
        *,
        customer_id: str,
        product_id: str,
        amount: int,
        currency: str,
        interval: str,
        trial_days: int,
    ) -> SubscriptionTold:
        """The one Subscription of an attempt; unpaid until its client has confirmed."""
        asked: Any = {"trial_period_days": trial_days} if trial_days else {}
        asked |= {
            "customer": customer_id,
            "items": [
                {
                    "price_data": {
                        "product": product_id,
                        "currency": currency.lower(),
                        "unit_amount": amount,
                        "recurring": {"interval": interval},
                    }
                }
            ],
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
            "expand": _EXPANDED,
            "metadata": {_OURS: subscription_id, "attempt": attempt},
        }
        with _judging():
            made = await self._v1.subscriptions.create_async(
                asked, {"idempotency_key": f"subscription-{attempt}"}
            )
        return _subscription(made)

    async def subscription(self, stripe_id: str) -> SubscriptionTold:
        """A Subscription as it is now."""
        with _judging():
            return _subscription(
                await self._v1.subscriptions.retrieve_async(
                    stripe_id,
                    {"expand": _EXPANDED},
                )
            )

    async def cancel_at_period_end(self, stripe_id: str) -> SubscriptionTold:
        """Let a Subscription run out; as it is, if it has ended."""
        try:
            with _judging():
                return _subscription(
                    await self._v1.subscriptions.update_async(
                        stripe_id, {"cancel_at_period_end": True}
                    )
                )
        except ProviderRefused:
            return await self.subscription(stripe_id)

    async def end_subscription(self, stripe_id: str) -> SubscriptionTold:
        """End a Subscription now; as it is, if it has ended."""
        try:
            with _judging():
                return _subscription(await self._v1.subscriptions.cancel_async(stripe_id))
        except ProviderRefused:
            return await self.subscription(stripe_id)


def _meta(given: Any, name: str) -> str | None:
    found = {} if given.metadata is None else given.metadata.to_dict()
    return str(found[name]) if name in found else None


def _refund(given: stripe.Refund) -> RefundTold:
    return RefundTold(given.id, given.amount, given.status or "pending", _meta(given, "refund_id"))


def _intent(given: stripe.PaymentIntent, refunds: Any = ()) -> IntentTold:
    return IntentTold(
        id=given.id,
        status=str(given.status),
        amount=given.amount,
        currency=given.currency.upper(),
        client_secret=given.client_secret or "",
        declined=given.last_payment_error is not None,
        payment_id=_meta(given, "payment_id"),
        refunds=tuple(_refund(each) for each in refunds),
    )


def _subscription(given: stripe.Subscription) -> SubscriptionTold:
    ends = [item.current_period_end for item in given["items"].data]
    setup, invoice = given.pending_setup_intent, given.latest_invoice
    secret: str | None = None
    if isinstance(setup, stripe.SetupIntent):
        secret = setup.client_secret
    elif isinstance(invoice, stripe.Invoice) and invoice.confirmation_secret is not None:
        secret = invoice.confirmation_secret.client_secret
    return SubscriptionTold(
        id=given.id,
        status=str(given.status),
        subscription_id=_meta(given, _OURS),
        attempt=_meta(given, "attempt"),
        current_period_end=max(ends, default=None),
        trial_end=given.trial_end,
        cancel_at_period_end=given.cancel_at_period_end,
        client_secret=secret,
        needs_setup=setup is not None,
    )

"""Premium: by a subscription with Stripe, or for one interval of a plan that was paid otherwise.

As with payments, the row comes first, Stripe is asked outside of any transaction, by a key made of
the row's `attempt`, and what Stripe says now is what counts.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.accounts.models import User
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.logging import get_logger
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.payments.amounts import to_stripe
from app.payments.errors import AlreadySubscribed, CardsNotAccepted, NotForSale
from app.payments.events import EndSubscription
from app.payments.gateway import Gateway, SubscriptionTold, connect
from app.payments.models import PayableKind, PremiumSubscription, SubscriptionStatus
from app.payments.service.cards import Begin
from app.payments.service.refunds import key_of, still_paid
from app.payments.store import payments as payments_store
from app.payments.store import subscriptions as store
from app.reference.models import BillingInterval, SubscriptionPlan

S = SubscriptionStatus

_STATUSES = {
    "incomplete": S.INCOMPLETE,
    "trialing": S.TRIALING,
    "active": S.ACTIVE,
    "past_due": S.PAST_DUE,
}
_LIVE = (S.TRIALING, S.ACTIVE, S.PAST_DUE)

log = get_logger(__name__)


@dataclass(frozen=True)
class Started:
    """A subscription, and what its client confirms the first payment with, or saves a card."""

    client_secret: str | None
    needs_setup: bool


def is_live(subscription: PremiumSubscription) -> bool:
    """Whether it gives premium now."""
    end = subscription.current_period_end
    return subscription.status in _LIVE and end is not None and end > now()


async def start(resources: Resources, begin: Begin, user_id: UUID, plan_id: UUID) -> Started:
    """Subscribe to a plan by card; again, go on with what was begun.

    `AlreadySubscribed` for who has premium, `NotForSale` for a plan that isn't offered.
    """
    if not resources.settings.stripe_key.get_secret_value():
        raise CardsNotAccepted
    async with begin() as uow:
        row = await _claimed(uow, user_id, plan_id)
    async with resources.database.read() as session:
        plan = await session.get(SubscriptionPlan, plan_id)
        user = await session.get(User, user_id)
        assert plan is not None
        assert user is not None
        minor_units = await payments_store.minor_units(session, plan.currency_code)
    asked_at = now()
    async with connect(resources.settings) as gateway:
        customer_id = row.customer_id or await gateway.make_customer(
            str(user_id), str(row.attempt), user.email
        )
        told = await _made(gateway, row, plan, minor_units, customer_id)
    async with begin() as uow:
        held = await store.hold(uow.session, row.id)
        if held is None or held.attempt != row.attempt:
            uow.enqueue(EndSubscription(subscription_id=told.id))
        else:
            held.customer_id, held.stripe_id = customer_id, told.id
            _apply(held, told, asked_at)
    return Started(told.client_secret, told.needs_setup)


async def _claimed(uow: UnitOfWork, user_id: UUID, plan_id: UUID) -> PremiumSubscription:
    """The row for a subscription to this plan; another attempt if the last one has ended."""
    plan = await uow.session.get(SubscriptionPlan, plan_id)
    if plan is None or not plan.active or not plan.amount:
        raise NotForSale(field=("input", "planId"))
    row = await store.hold_or_make(uow.session, user_id, plan_id)
    # One of Stripe's may just be paid for anew.
    if is_live(row) or (row.stripe_id is not None and row.status in _LIVE):
        raise AlreadySubscribed
    begun = row.status is S.INCOMPLETE and row.plan_id == plan_id
    if not begun:
        if row.stripe_id is not None:
            uow.enqueue(EndSubscription(subscription_id=row.stripe_id))
        row.plan_id, row.status, row.attempt = plan_id, S.INCOMPLETE, new_id()
        row.stripe_id, row.asked_at = None, None
        row.current_period_end, row.cancel_at_period_end = None, False
        uow.session.add(row)
    return row


async def _made(
    gateway: Gateway,
    row: PremiumSubscription,
    plan: SubscriptionPlan,
    minor_units: int,
    customer_id: str,
) -> SubscriptionTold:
    if row.stripe_id is not None:
        return await gateway.subscription(row.stripe_id)
    product_id = f"plan_{plan.id}"
    await gateway.ensure_product(product_id, plan.name)
    return await gateway.make_subscription(
        str(row.id),
        str(row.attempt),
        customer_id=customer_id,
        product_id=product_id,
        amount=to_stripe(plan.amount, plan.currency_code, minor_units),
        currency=plan.currency_code,
        interval=plan.interval.value,
        trial_days=0 if row.trial_used else plan.trial_days,
    )


def _apply(row: PremiumSubscription, told: SubscriptionTold, asked_at: datetime) -> None:
    """Keep what Stripe said, unless it was asked later and has answered that already."""
    if row.asked_at is not None and row.asked_at > asked_at:
        return
    row.asked_at = asked_at
    row.status = _STATUSES.get(told.status, S.ENDED)
    row.cancel_at_period_end = told.cancel_at_period_end
    row.current_period_end = _time(told.current_period_end)
    row.trial_end = _time(told.trial_end)
    row.trial_used = row.trial_used or told.trial_end is not None


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


async def follow(resources: Resources, stripe_id: str) -> None:
    """Ask Stripe what became of a subscription, and keep it. One that isn't ours is left."""
    asked_at = now()
    async with connect(resources.settings) as gateway:
        told = await gateway.subscription(stripe_id)
    await _learn(resources, told, asked_at)


async def _learn(resources: Resources, told: SubscriptionTold, asked_at: datetime) -> None:
    key, attempt = key_of(told.subscription_id), key_of(told.attempt)
    if key is None:
        return
    async with resources.begin() as uow:
        row = await store.hold(uow.session, key)
        if row is None or row.attempt != attempt:
            # Its user has gone, or has begun anew: nobody is to pay for it.
            if told.status in _STATUSES:
                uow.enqueue(EndSubscription(subscription_id=told.id))
            return
        row.stripe_id = told.id
        _apply(row, told, asked_at)


async def end(resources: Resources, stripe_id: str) -> None:
    """Have Stripe end a subscription now. Again, it has ended."""
    async with connect(resources.settings) as gateway:
        await gateway.end_subscription(stripe_id)


async def cancel(resources: Resources, begin: Begin, user_id: UUID) -> None:
    """Let the viewer's subscription run out. Twice is no error; `NotFound` without any.

    One that was never paid for ends at once.
    """
    async with begin() as uow:
        row = await store.hold_own(uow.session, user_id)
    if row is None or row.status is S.ENDED:
        raise NotFound("You have no subscription.")
    if row.stripe_id is None:
        # Paid otherwise, it runs out by itself; or Stripe hasn't heard of it yet.
        async with begin() as uow:
            await _drop(uow, row)
        return
    asked_at = now()
    async with connect(resources.settings) as gateway:
        if row.status is S.INCOMPLETE:
            told = await gateway.end_subscription(row.stripe_id)
        else:
            told = await gateway.cancel_at_period_end(row.stripe_id)
    async with begin() as uow:
        held = await store.hold(uow.session, row.id)
        if held is not None and held.attempt == row.attempt:
            _apply(held, told, asked_at)
            uow.audit("subscription.cancel", user_id, ("user", user_id))


async def _drop(uow: UnitOfWork, row: PremiumSubscription) -> None:
    held = await store.hold(uow.session, row.id)
    if held is not None and held.attempt == row.attempt and held.status is S.INCOMPLETE:
        held.status, held.attempt = S.ENDED, new_id()


async def give_paid(uow: UnitOfWork, payment_id: UUID) -> None:
    """Premium for an interval of the plan that a payment was for, after what there is. Once."""
    payment = await still_paid(uow, payment_id)
    if payment is None or payment.kind is not PayableKind.PLAN or payment.payer_id is None:
        return
    plan = await uow.session.get(SubscriptionPlan, payment.subject_id)
    if plan is None or payment.fulfilled_at is not None:
        return
    row = await store.hold_or_make(uow.session, payment.payer_id, plan.id)
    if row.stripe_id is not None and is_live(row):
        log.error("payments.subscribed_twice", payment=str(payment_id))
        return
    payment.fulfilled_at = now()
    begins = row.current_period_end if is_live(row) and row.current_period_end else now()
    row.plan_id, row.status = plan.id, S.ACTIVE
    row.current_period_end = after(begins, plan.interval)
    row.cancel_at_period_end, row.trial_end = True, None
    if row.stripe_id is not None:
        row.stripe_id, row.attempt, row.asked_at = None, new_id(), None
    uow.session.add(row)


async def take_back(uow: UnitOfWork, payment_id: UUID) -> None:
    """No premium for who got all of a plan's payment back. Once."""
    payment = await payments_store.hold(uow.session, payment_id)
    if payment is None or payment.payer_id is None or payment.fulfilled_at is None:
        return
    plan = await uow.session.get(SubscriptionPlan, payment.subject_id)
    row = await store.hold_own(uow.session, payment.payer_id)
    payment.fulfilled_at = None
    if plan is None or row is None or row.stripe_id is not None or not row.current_period_end:
        return
    row.current_period_end = before(row.current_period_end, plan.interval)
    if row.current_period_end <= now():
        row.status = S.ENDED


def after(moment: datetime, interval: BillingInterval) -> datetime:
    """A month or a year later, on the same day or the month's last one."""
    return _moved(moment, 1 if interval is BillingInterval.MONTH else 12)


def before(moment: datetime, interval: BillingInterval) -> datetime:
    """A month or a year earlier, on the same day or the month's last one."""
    return _moved(moment, -1 if interval is BillingInterval.MONTH else -12)


def _moved(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)

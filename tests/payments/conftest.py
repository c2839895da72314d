"""A school that takes cards, what it sells, and the work that payments leave."""

from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from sqlmodel import col, select

from app.classes.models import ClassStatus
from app.core.ids import to_global
from app.core.jobs import Job
from app.core.outbox import HandleEvent
from app.core.resources import Resources
from app.core.settings import Settings
from app.payments.events import (
    CancelIntent,
    EndSubscription,
    FollowIntent,
    FollowSubscription,
    SendRefund,
)
from app.payments.models import Payable, PayableKind, Payment, Refund
from app.payments.service import cards, payables, refunds, subscriptions
from app.reference.models import Currency
from app.reference.service.offers import MoneyData
from tests.attendance.classroom import make_class
from tests.client import Api
from tests.factories import writing
from tests.payments.stripe_server import KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from workers import classes, following, lectures, premium
from workers.outbox import send_due


@pytest.fixture
async def stripe() -> AsyncIterator[StripeServer]:
    """Stripe."""
    async with stripe_server() as made:
        yield made


@pytest.fixture
def settings(settings: Settings, stripe: StripeServer) -> Settings:
    """Of a school with an account there."""
    return settings.model_copy(
        update={
            "stripe_url": stripe.url,
            "stripe_key": type(settings.stripe_key)(KEY),
            "stripe_webhook_secret": type(settings.stripe_key)(WEBHOOK_SECRET),
        }
    )


@pytest.fixture(autouse=True)
async def currencies(resources: Resources) -> None:
    """The euro, the yen, the Kuwaiti dinar and the Icelandic króna."""
    digits = {"EUR": ("978", 2), "JPY": ("392", 0), "KWD": ("414", 3), "ISK": ("352", 0)}
    async with writing(resources) as session:
        session.add(
            *[
                Currency(code=code, number=number, name=code, symbol=code, minor_units=minor)
                for code, (number, minor) in digits.items()
            ]
        )


async def for_sale(
    resources: Resources,
    amount: str = "49.90",
    currency: str = "EUR",
    *,
    key: UUID | None = None,
    **more: Any,
) -> str:
    """A class with a price, or the price anew of the one with this key: its global id."""
    if key is None:
        made = await make_class(resources, None, status=ClassStatus.ENROLLMENT_OPEN)
        key = made.key
    price = MoneyData(amount=Decimal(amount), currency=currency)
    async with resources.begin() as uow:
        await payables.ask(uow, PayableKind.CLASS, key, "Latin", price, **more)
    return to_global("cls", key)


async def all_payments(resources: Resources) -> list[Payment]:
    """Every payment, as it came."""
    async with resources.database.read() as session:
        return await session.all(select(Payment).order_by(col(Payment.id)))


async def all_refunds(resources: Resources) -> list[Refund]:
    """Every refund, as it came."""
    async with resources.database.read() as session:
        return await session.all(select(Refund).order_by(col(Refund.id)))


async def all_payables(resources: Resources) -> list[Payable]:
    """Everything that was ever for sale."""
    async with resources.database.read() as session:
        return await session.all(select(Payable).order_by(col(Payable.id)))


# Who follows events of payments.
FOLLOWERS = (classes, lectures, premium)

_JOBS: dict[str, Callable[[Resources, Any], Awaitable[None]]] = {
    FollowIntent.name: lambda resources, job: cards.follow(resources, job.intent_id),
    CancelIntent.name: lambda resources, job: cards.cancel(resources, job.payment_id),
    SendRefund.name: lambda resources, job: refunds.send(resources, job.refund_id),
    FollowSubscription.name: lambda resources, job: subscriptions.follow(
        resources, job.subscription_id
    ),
    EndSubscription.name: lambda resources, job: subscriptions.end(resources, job.subscription_id),
    HandleEvent.name: following.run,
}


async def take_jobs(resources: Resources, broker: StubBroker) -> list[Job]:
    """The jobs that wait, in their order: they wait no longer."""
    await send_due(resources, broker)
    jobs = []
    queue = broker.queues["default"]
    while not queue.empty():
        message = Message.decode(queue.get_nowait())
        jobs.append(Job.registry[message.actor_name].model_validate(message.kwargs))
    return jobs


async def do(resources: Resources, job: Job) -> None:
    """What a worker does."""
    await _JOBS[job.name](resources, job)


async def work(resources: Resources, broker: StubBroker) -> list[str]:
    """Do what waits, and what follows from it, until nothing is left; the names of the jobs."""
    done = []
    while jobs := await take_jobs(resources, broker):
        for job in jobs:
            if job.name in _JOBS:
                await do(resources, job)
                done.append(job.name)
    return done


async def tell(api: Api, stripe: StripeServer, body: bytes, **more: Any) -> int:
    """Have Stripe tell an event; the status of the answer."""
    headers = {"stripe-signature": stripe.signature(body, **more)}
    return (await api.http.post("/webhooks/stripe", content=body, headers=headers)).status_code

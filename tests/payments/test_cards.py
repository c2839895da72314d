"""Payments by card: one intent for each, made once, whatever is clicked or stopped."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker

from app.core.resources import Resources
from app.core.settings import Settings
from app.payments.amounts import from_stripe, to_stripe
from app.payments.errors import CardsNotAccepted
from app.payments.events import FollowIntent
from app.payments.models import PaymentStatus
from app.payments.service import cards
from tests.client import Api, Payload
from tests.conftest import serve
from tests.factories import Person, waiting_events
from tests.payments.conftest import all_payments, all_refunds, for_sale, take_jobs, tell, work
from tests.payments.stripe_server import StripeServer

S = PaymentStatus
FIELDS = "clientSecret payment { id status amount { amount currency } refunded { amount } }"


async def pay(api: Api, person: Person, subject: str, **more: Any) -> Payload:
    given = {"subjectId": subject, "method": "CARD"}
    return await api.mutate("paymentCreate", given, FIELDS, as_=person, **more)


async def paid(
    api: Api, resources: Resources, broker: StubBroker, stripe: StripeServer, person: Person
) -> tuple[str, str]:
    """A payment that Stripe has, and its intent."""
    made = (await pay(api, person, await for_sale(resources))).ok()
    [payment] = [each for each in await all_payments(resources) if each.payer_id == person.key]
    assert payment.intent_id is not None
    stripe.pay(payment.intent_id)
    body = stripe.event("payment_intent.succeeded", stripe.intents[payment.intent_id])
    assert await tell(api, stripe, body) == 200
    await work(resources, broker)
    return made["payment"]["id"], payment.intent_id


@pytest.mark.parametrize(
    ("amount", "currency", "minor", "counted"),
    [
        ("49.90", "EUR", 2, 4990),
        ("500", "JPY", 0, 500),
        ("5.120", "KWD", 3, 5120),
        ("5", "ISK", 0, 500),
        ("3000", "UGX", 0, 300_000),
        ("100.00", "MGA", 2, 100),
        ("0.01", "EUR", 2, 1),
    ],
)
def test_amounts(amount: str, currency: str, minor: int, counted: int) -> None:
    assert to_stripe(Decimal(amount), currency, minor) == counted
    assert str(from_stripe(counted, currency, minor)) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("5.124", "KWD", 3), ("0.50", "MGA", 2), ("0.001", "EUR", 2), ("0.5", "JPY", 0)],
)
def test_amounts_that_cards_have_not(amount: str, currency: str, minor: int) -> None:
    with pytest.raises(CardsNotAccepted):
        to_stripe(Decimal(amount), currency, minor)


class TestCreate:
    async def test_what_stripe_is_asked(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        made = (await pay(api, ana, await for_sale(resources))).ok()
        [payment] = await all_payments(resources)
        assert payment.intent_id is not None
        intent = stripe.intents[payment.intent_id]
        assert made == {
            "clientSecret": intent["client_secret"],
            "payment": {
                "id": f"pay_{payment.id}",
                "status": "PENDING",
                "amount": {"amount": "49.90", "currency": "EUR"},
                "refunded": {"amount": "0.00"},
            },
            "errors": [],
        }
        assert (intent["amount"], intent["currency"]) == (4990, "eur")
        assert intent["metadata"] == {"payment_id": str(payment.id)}
        assert "secret" not in str(payment.model_dump())

    async def test_again_is_the_same(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        subject = await for_sale(resources)
        first = (await pay(api, ana, subject)).ok()
        second = (await pay(api, ana, subject)).ok()
        assert first == second
        assert len(stripe.intents) == len(await all_payments(resources)) == 1

    async def test_many_at_once_are_one(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        subject = await for_sale(resources)
        made = await asyncio.gather(*[pay(api, ana, subject) for _ in range(12)])
        assert len({each.ok()["clientSecret"] for each in made}) == 1
        assert len(stripe.intents) == len(await all_payments(resources)) == 1

    async def test_an_idempotency_key(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        subject, headers = await for_sale(resources), {"idempotency-key": "once"}
        first = (await pay(api, ana, subject, headers=headers)).ok()
        asked = len(stripe.requests)
        assert (await pay(api, ana, subject, headers=headers)).ok() == first
        assert len(stripe.requests) == asked

    async def test_everybody_has_their_own(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person, sam: Person
    ) -> None:
        subject = await for_sale(resources)
        await pay(api, ana, subject)
        await pay(api, sam, subject)
        assert len(stripe.intents) == 2

    async def test_stripe_is_away_and_comes_back(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        subject, stripe.down = await for_sale(resources), True
        refused = await pay(api, ana, subject)
        assert refused.codes == ["PAYMENT_PROVIDER_UNAVAILABLE"]
        assert refused.data["clientSecret"] is None
        [before] = await all_payments(resources)
        assert (before.status, before.intent_id) == (S.PENDING, None)
        stripe.down = False
        made = (await pay(api, ana, subject)).ok()
        assert made["payment"]["id"] == f"pay_{before.id}"
        assert len(stripe.intents) == 1

    async def test_stopped_after_stripe_answered(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        """The intent is there, and we don't know of it: the same call finds it again."""
        subject = await for_sale(resources)
        with pytest.MonkeyPatch.context() as patch:

            async def stop(*_: object) -> None:
                raise ConnectionError

            patch.setattr(cards, "_remembered", stop)
            answer = await api.execute(
                "mutation ($s: ID!) { paymentCreate(input: {subjectId: $s, method: CARD})"
                " { clientSecret } }",
                {"s": subject},
                as_=ana,
            )
            assert answer.codes == ["INTERNAL"]
        [orphan] = stripe.intents.values()
        made = (await pay(api, ana, subject)).ok()
        assert made["clientSecret"] == orphan["client_secret"]
        assert list(stripe.intents) == [orphan["id"]]

    async def test_another_price_is_another_payment(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        from app.core.ids import split_global

        subject = await for_sale(resources)
        await pay(api, ana, subject)
        await for_sale(resources, "60", "EUR", key=split_global(subject)[1])
        made = (await pay(api, ana, subject)).ok()
        assert made["payment"]["amount"]["amount"] == "60.00"
        await work(resources, broker)
        old, new = await all_payments(resources)
        assert (old.status, new.status) == (S.CANCELLED, S.PENDING)
        assert [each["status"] for each in stripe.intents.values()] == [
            "canceled",
            "requires_payment_method",
        ]

    async def test_what_is_refused(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person, sam: Person
    ) -> None:
        from app.core.clock import now
        from app.core.ids import new_id

        over = await for_sale(resources, closes_at=now())
        odd = await for_sale(resources, "5.124", "KWD")
        assert (await pay(api, ana, f"cls_{new_id()}")).codes == ["NOT_FOR_SALE"]
        assert (await pay(api, ana, over)).codes == ["NOT_FOR_SALE"]
        assert (await pay(api, ana, odd)).codes == ["CARDS_NOT_ACCEPTED"]
        given = {"subjectId": over, "method": "CARD", "payerId": sam.id}
        assert (await api.mutate("paymentCreate", given, as_=ana)).codes == ["INVALID_INPUT"]
        assert await all_payments(resources) == []
        assert stripe.requests == []

    async def test_without_an_account_there(
        self, settings: Settings, resources: Resources, ana: Person, sam: Person
    ) -> None:
        subject = await for_sale(resources)
        bare = settings.model_copy(update={"stripe_key": type(settings.stripe_key)("")})
        async with serve(bare) as api:
            assert (await pay(api, ana, subject)).codes == ["CARDS_NOT_ACCEPTED"]
            assert await all_payments(resources) == []
            given = {"subjectId": subject, "method": "MANUAL", "payerId": ana.id}
            (await api.mutate("paymentCreate", given, as_=sam)).ok()


class TestSettling:
    async def test_paid(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        id, _ = await paid(api, resources, broker, stripe, ana)
        [payment] = await all_payments(resources)
        assert f"pay_{payment.id}" == id
        assert payment.status is S.VERIFIED
        assert payment.verified_at is not None
        again = await pay(api, ana, f"cls_{payment.subject_id}")
        assert again.codes == ["ALREADY_PAID"]

    async def test_declined_and_tried_again(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        subject = await for_sale(resources)
        first = (await pay(api, ana, subject)).ok()
        [intent] = stripe.intents
        stripe.decline(intent)
        body = stripe.event("payment_intent.payment_failed", stripe.intents[intent])
        await tell(api, stripe, body)
        await work(resources, broker)
        [payment] = await all_payments(resources)
        assert payment.status is S.FAILED
        second = (await pay(api, ana, subject)).ok()
        assert second["clientSecret"] == first["clientSecret"]
        assert second["payment"]["status"] == "PENDING"
        stripe.pay(intent)
        await tell(api, stripe, stripe.event("payment_intent.succeeded", stripe.intents[intent]))
        await work(resources, broker)
        [payment] = await all_payments(resources)
        assert payment.status is S.VERIFIED

    async def test_any_order_and_any_number_of_times(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        """Old news that come late change nothing: what counts is what Stripe says now."""
        await pay(api, ana, await for_sale(resources))
        [intent] = stripe.intents
        created = stripe.event("payment_intent.created", stripe.intents[intent])
        stripe.decline(intent)
        failed = stripe.event("payment_intent.payment_failed", stripe.intents[intent])
        stripe.pay(intent)
        succeeded = stripe.event("payment_intent.succeeded", stripe.intents[intent])
        for body in (succeeded, failed, created, succeeded):
            assert await tell(api, stripe, body) == 200
        jobs = await take_jobs(resources, broker)
        assert [job.name for job in jobs] == [FollowIntent.name] * 3
        await asyncio.gather(*[cards.follow(resources, intent) for _ in range(5)])
        [payment] = await all_payments(resources)
        assert payment.status is S.VERIFIED
        assert await waiting_events(resources) == ["payment.verified"]

    async def test_a_refund_told_before_the_payment(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        await pay(api, ana, await for_sale(resources))
        [intent] = stripe.intents
        stripe.pay(intent)
        back = stripe._make_refund({"payment_intent": intent, "amount": "4990"})
        await tell(api, stripe, stripe.event("refund.created", back))
        await take_and_do(resources, broker)
        [payment] = await all_payments(resources)
        assert (payment.status, str(payment.refunded)) == (S.REFUNDED, "49.90")
        assert await waiting_events(resources) == ["payment.verified", "payment.refunded"]
        await tell(api, stripe, stripe.event("payment_intent.succeeded", stripe.intents[intent]))
        await take_and_do(resources, broker)
        [same] = await all_payments(resources)
        assert same == payment
        assert len(await all_refunds(resources)) == 1

    async def test_an_old_answer_after_a_new_one(
        self,
        api: Api,
        resources: Resources,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        """A worker asks, waits, and comes to tell when another one has told what came later."""
        await pay(api, ana, await for_sale(resources))
        [intent] = stripe.intents
        stripe.decline(intent)
        asked, go = asyncio.Event(), asyncio.Event()

        async def wait(_: str) -> None:
            stripe.before = None
            asked.set()
            await go.wait()

        stripe.before = wait
        late = asyncio.create_task(cards.follow(resources, intent))
        await asked.wait()
        stripe.pay(intent)
        await cards.follow(resources, intent)
        go.set()
        await late
        [payment] = await all_payments(resources)
        assert payment.status is S.VERIFIED

    async def test_another_amount_is_not_believed(
        self,
        api: Api,
        resources: Resources,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        await pay(api, ana, await for_sale(resources))
        [intent] = stripe.intents
        stripe.intents[intent]["amount"] = 1
        stripe.pay(intent)
        await cards.follow(resources, intent)
        [payment] = await all_payments(resources)
        assert payment.status is S.PENDING

    async def test_an_intent_of_somebody_else(
        self, resources: Resources, stripe: StripeServer
    ) -> None:
        made = stripe._make_intent({"amount": "5", "currency": "eur", "description": "A shop's"})
        stripe.pay(made["id"])
        await cards.follow(resources, made["id"])
        assert await all_payments(resources) == []


async def take_and_do(resources: Resources, broker: StubBroker) -> None:
    """Only the jobs that wait, not what follows from their events."""
    from tests.payments.conftest import do

    for job in await take_jobs(resources, broker):
        await do(resources, job)

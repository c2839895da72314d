"""Premium: one subscription each, by Stripe or paid otherwise."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.resources import Resources
from app.payments.models import PremiumSubscription, SubscriptionStatus
from app.payments.service import subscriptions
from app.privacy.models import AccountDeletion
from app.privacy.service import erasure
from app.reference.models import BillingInterval, SubscriptionPlan
from tests.client import Api, Payload
from tests.factories import PASSWORD, Person, writing
from tests.payments.conftest import take_jobs, tell, work
from tests.payments.stripe_server import StripeServer

S = SubscriptionStatus
OWN = "status premium currentPeriodEnd cancelAtPeriodEnd trialEnd plan { code }"
FIELDS = f"clientSecret needsSetup subscription {{ {OWN} }}"
_END = "{ subscriptionCancel { subscription { status cancelAtPeriodEnd } errors { code } } }"


async def make_plan(resources: Resources, code: str = "premium", **more: Any) -> SubscriptionPlan:
    values: dict[str, Any] = {
        "amount": Decimal("9.90"),
        "currency_code": "EUR",
        "interval": BillingInterval.MONTH,
        "active": True,
        **more,
    }
    plan = SubscriptionPlan(code=code, name=code.capitalize(), **values)
    async with writing(resources) as session:
        session.add(plan)
    return plan


async def start(api: Api, person: Person, plan: SubscriptionPlan) -> Payload:
    given = {"planId": f"pln_{plan.id}"}
    return await api.mutate("subscriptionStart", given, FIELDS, as_=person)


async def cancel(api: Api, person: Person) -> Any:
    return (await api.execute(f"mutation {_END}", as_=person)).ok()["subscriptionCancel"]


async def own(api: Api, person: Person) -> Any:
    answer = await api.execute(f"{{ viewer {{ subscription {{ {OWN} }} }} }}", as_=person)
    return answer.ok()["viewer"]["subscription"]


async def rows(resources: Resources) -> list[PremiumSubscription]:
    async with resources.database.read() as session:
        return await session.all(select(PremiumSubscription).order_by(col(PremiumSubscription.id)))


async def change(
    api: Api, stripe: StripeServer, resources: Resources, broker: StubBroker, **values: Any
) -> None:
    """Stripe changes its newest subscription, and tells so."""
    changed = list(stripe.subscriptions.values())[-1]
    changed.update(values)
    await tell(api, stripe, stripe.event("customer.subscription.updated", changed))
    await work(resources, broker)


class TestStart:
    async def test_paid_at_once(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        plan = await make_plan(resources)
        assert await own(api, ana) is None
        made = (await start(api, ana, plan)).ok()
        [told] = stripe.subscriptions.values()
        assert made["clientSecret"] == f"pi_{told['id']}_secret"
        assert (made["needsSetup"], made["subscription"]["status"]) == (False, "INCOMPLETE")
        assert made["subscription"]["premium"] is False
        assert told["price"] == {
            "product": f"plan_{plan.id}",
            "currency": "eur",
            "unit_amount": "990",
            "recurring": {"interval": "month"},
        }
        await change(api, stripe, resources, broker, status="active")
        mine = await own(api, ana)
        assert (mine["status"], mine["premium"], mine["plan"]) == (
            "ACTIVE",
            True,
            {"code": "premium"},
        )
        end = told["items"]["data"][0]["current_period_end"]
        assert datetime.fromisoformat(mine["currentPeriodEnd"]).timestamp() == end
        assert (await start(api, ana, plan)).codes == ["ALREADY_SUBSCRIBED"]
        assert len(stripe.subscriptions) == 1

    async def test_clicked_many_times(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        plan = await make_plan(resources)
        made = await asyncio.gather(*[start(api, ana, plan) for _ in range(8)])
        assert len({each.ok()["clientSecret"] for each in made}) == 1
        assert len(stripe.subscriptions) == len(stripe.customers) == len(await rows(resources)) == 1

    async def test_free_days_once(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        plan = await make_plan(resources, trial_days=14)
        made = (await start(api, ana, plan)).ok()
        assert (made["needsSetup"], made["subscription"]["status"]) == (True, "TRIALING")
        assert made["subscription"]["premium"] is True
        await change(api, stripe, resources, broker, status="canceled")
        assert (await own(api, ana))["premium"] is False
        again = (await start(api, ana, plan)).ok()
        assert (again["needsSetup"], again["subscription"]["status"]) == (False, "INCOMPLETE")
        assert len(stripe.customers) == 1

    async def test_another_plan_before_the_first_payment(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        made = (await start(api, ana, await make_plan(resources, "gold"))).ok()
        assert made["subscription"]["plan"] == {"code": "gold"}
        await work(resources, broker)
        assert [each["status"] for each in stripe.subscriptions.values()] == [
            "canceled",
            "incomplete",
        ]

    async def test_what_is_refused(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        hidden = await make_plan(resources, "old", active=False)
        free = await make_plan(resources, "free", amount=Decimal(0))
        assert (await start(api, ana, hidden)).codes == ["NOT_FOR_SALE"]
        assert (await start(api, ana, free)).codes == ["NOT_FOR_SALE"]
        stripe.down = True
        plan = await make_plan(resources)
        assert (await start(api, ana, plan)).codes == ["PAYMENT_PROVIDER_UNAVAILABLE"]
        stripe.down = False
        (await start(api, ana, plan)).ok()
        assert len(stripe.subscriptions) == 1


class TestFollow:
    async def test_an_old_answer_after_a_new_one(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        [told] = stripe.subscriptions.values()
        asked, go = asyncio.Event(), asyncio.Event()

        async def wait(_: str) -> None:
            stripe.before = None
            asked.set()
            await go.wait()

        stripe.before = wait
        late = asyncio.create_task(subscriptions.follow(resources, told["id"]))
        await asked.wait()
        told["status"] = "active"
        await subscriptions.follow(resources, told["id"])
        go.set()
        await late
        [row] = await rows(resources)
        assert row.status is S.ACTIVE

    @pytest.mark.parametrize(
        ("said", "status"),
        [("past_due", S.PAST_DUE), ("unpaid", S.ENDED), ("incomplete_expired", S.ENDED)],
    )
    async def test_what_stripe_says(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
        said: str,
        status: SubscriptionStatus,
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        await change(api, stripe, resources, broker, status=said)
        [row] = await rows(resources)
        assert row.status is status

    async def test_of_somebody_who_is_gone(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        async with writing(resources) as session:
            [row] = await session.all(select(PremiumSubscription))
            await session.delete(row)
        await change(api, stripe, resources, broker, status="active")
        [told] = stripe.subscriptions.values()
        assert told["status"] == "canceled"

    async def test_of_somebody_who_is_erased(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        given = {"password": PASSWORD}
        (await api.mutate("accountDelete", given, "eraseAfter", as_=ana)).ok()
        async with writing(resources) as session:
            await session.execute(update(AccountDeletion).values(erase_after=now()))
        await erasure.erase_due(resources)
        # Stripe has told nothing.
        await work(resources, broker)
        [told] = stripe.subscriptions.values()
        assert told["status"] == "canceled"

    async def test_of_another_program(
        self, resources: Resources, broker: StubBroker, stripe: StripeServer, ana: Person
    ) -> None:
        stripe.customers["cus_x"] = stripe.products["prod_x"] = {}
        made = stripe._make_subscription(
            {
                "customer": "cus_x",
                "payment_behavior": "default_incomplete",
                "items": {"0": {"price_data": {"product": "prod_x",
                                               "recurring": {"interval": "year"}}}},
                "metadata": {"subscription_id": str(ana.key)},
            }
        )  # fmt: skip
        await subscriptions.follow(resources, made["id"])
        assert await take_jobs(resources, broker) == []
        assert made["status"] == "incomplete"


class TestCancel:
    async def test_at_the_end_of_what_is_paid(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        await change(api, stripe, resources, broker, status="active")
        for _ in range(2):
            done = await cancel(api, ana)
            assert done["subscription"] == {"status": "ACTIVE", "cancelAtPeriodEnd": True}
        [told] = stripe.subscriptions.values()
        assert told["cancel_at_period_end"] is True
        assert (await own(api, ana))["premium"] is True

    async def test_before_the_first_payment(
        self, api: Api, resources: Resources, stripe: StripeServer, ana: Person
    ) -> None:
        (await start(api, ana, await make_plan(resources))).ok()
        assert (await cancel(api, ana))["subscription"]["status"] == "ENDED"
        [told] = stripe.subscriptions.values()
        assert told["status"] == "canceled"
        assert (await cancel(api, ana))["errors"] == [{"code": "NOT_FOUND"}]

    async def test_without_one(self, api: Api, stripe: StripeServer, ana: Person) -> None:
        assert (await cancel(api, ana))["errors"] == [{"code": "NOT_FOUND"}]
        assert stripe.requests == []


class TestPaidOtherwise:
    async def _paid(self, api: Api, ana: Person, sam: Person, plan: SubscriptionPlan) -> str:
        given = {"subjectId": f"pln_{plan.id}", "method": "MANUAL", "payerId": ana.id}
        made = (await api.mutate("paymentCreate", given, "payment { id }", as_=sam)).ok()
        id: str = made["payment"]["id"]
        (await api.mutate("paymentVerify", {"id": id}, as_=sam)).ok()
        return id

    async def test_a_month_after_another_and_back(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        ana: Person,
        sam: Person,
    ) -> None:
        plan = await make_plan(resources)
        first = await self._paid(api, ana, sam, plan)
        assert await own(api, ana) is None
        await work(resources, broker)
        [row] = await rows(resources)
        one = row.current_period_end
        assert one is not None
        assert timedelta(days=27) < one - now() < timedelta(days=32)
        assert (await own(api, ana))["premium"] is True
        second = await self._paid(api, ana, sam, plan)
        for _ in range(2):
            async with resources.begin() as uow:
                await subscriptions.give_paid(uow, (await _last_payment(resources)))
        await work(resources, broker)
        [row] = await rows(resources)
        assert row.current_period_end == subscriptions.after(one, BillingInterval.MONTH)
        for id in (second, first):
            (await api.mutate("paymentRefund", {"id": id}, as_=sam)).ok()
        await work(resources, broker)
        mine = await own(api, ana)
        assert (mine["premium"], mine["status"]) == (False, "ENDED")

    async def test_given_back_before_it_was_given(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        ana: Person,
        sam: Person,
    ) -> None:
        id = await self._paid(api, ana, sam, await make_plan(resources))
        (await api.mutate("paymentRefund", {"id": id}, as_=sam)).ok()
        await work(resources, broker)
        assert await rows(resources) == []


async def _last_payment(resources: Resources) -> Any:
    from tests.payments.conftest import all_payments

    return (await all_payments(resources))[-1].id


@pytest.mark.parametrize(
    ("moment", "interval", "later"),
    [
        ("2026-01-31", BillingInterval.MONTH, "2026-02-28"),
        ("2026-12-15", BillingInterval.MONTH, "2027-01-15"),
        ("2028-02-29", BillingInterval.YEAR, "2029-02-28"),
        ("2026-11-30", BillingInterval.YEAR, "2027-11-30"),
    ],
)
def test_intervals(moment: str, interval: BillingInterval, later: str) -> None:
    start, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (moment, later))
    assert subscriptions.after(start, interval) == end
    assert subscriptions.before(end, interval) <= start

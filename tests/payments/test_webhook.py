"""What Stripe tells: signed, now, once; everything else changes nothing."""

import asyncio

import pytest
from sqlmodel import select

from app.core.resources import Resources
from app.core.settings import Settings
from app.payments.models import StripeEvent
from tests.client import Api
from tests.conftest import serve
from tests.factories import waiting_jobs
from tests.payments.conftest import tell
from tests.payments.stripe_server import StripeServer

_INTENT = {"id": "pi_1", "object": "payment_intent"}


async def _events(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return await session.all(select(StripeEvent.id).order_by(StripeEvent.id))


class TestBelieved:
    async def test_once(self, api: Api, resources: Resources, stripe: StripeServer) -> None:
        body = stripe.event("payment_intent.succeeded", _INTENT, "evt_1")
        statuses = await asyncio.gather(*[tell(api, stripe, body) for _ in range(10)])
        assert statuses == [200] * 10
        assert await _events(resources) == ["evt_1"]
        assert await waiting_jobs(resources) == [("payments.follow_intent", {"intent_id": "pi_1"})]
        assert stripe.requests == []

    @pytest.mark.parametrize(
        ("about", "job"),
        [
            (_INTENT, ("payments.follow_intent", {"intent_id": "pi_1"})),
            (
                {"id": "ch_1", "object": "charge", "payment_intent": "pi_2"},
                ("payments.follow_intent", {"intent_id": "pi_2"}),
            ),
            (
                {"id": "re_1", "object": "refund", "payment_intent": "pi_3"},
                ("payments.follow_intent", {"intent_id": "pi_3"}),
            ),
            (
                {"id": "sub_1", "object": "subscription"},
                ("payments.follow_subscription", {"subscription_id": "sub_1"}),
            ),
            (
                {
                    "id": "in_1",
                    "object": "invoice",
                    "parent": {"subscription_details": {"subscription": "sub_2"}},
                },
                ("payments.follow_subscription", {"subscription_id": "sub_2"}),
            ),
            ({"id": "in_2", "object": "invoice", "parent": None}, None),
            ({"id": "cus_1", "object": "customer"}, None),
            ({"id": "ch_2", "object": "charge", "payment_intent": None}, None),
        ],
    )
    async def test_what_follows(
        self,
        api: Api,
        resources: Resources,
        stripe: StripeServer,
        about: dict[str, object],
        job: object,
    ) -> None:
        assert await tell(api, stripe, stripe.event("anything.happened", about)) == 200
        assert await waiting_jobs(resources) == ([job] if job else [])

    async def test_nearly_too_old(
        self, api: Api, resources: Resources, stripe: StripeServer
    ) -> None:
        assert await tell(api, stripe, stripe.event("x.y", _INTENT), age=240) == 200
        assert len(await _events(resources)) == 1


class TestRefused:
    async def test_forged_or_old(
        self, api: Api, resources: Resources, stripe: StripeServer
    ) -> None:
        body = stripe.event("payment_intent.succeeded", _INTENT)
        assert await tell(api, stripe, body, secret="whsec_other") == 400
        assert await tell(api, stripe, body, age=301) == 400
        good = stripe.signature(body)
        for signature in (None, "", "t=,v1=", "nonsense", good.replace("v1=", "v0="), "t=1"):
            headers = {} if signature is None else {"stripe-signature": signature}
            answer = await api.http.post("/webhooks/stripe", content=body, headers=headers)
            assert answer.status_code == 400, signature
        changed = body.replace(b"pi_1", b"pi_2")
        headers = {"stripe-signature": good}
        answer = await api.http.post("/webhooks/stripe", content=changed, headers=headers)
        assert answer.status_code == 400
        assert await _events(resources) == await waiting_jobs(resources) == []

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b"{",
            b'{"id": "evt_1", "type": "x"}',
            b'{"id": "evt_1", "type": "x", "data": {"object": 1}}',
            b'{"id": "", "type": "x", "data": {"object": {}}}',
            b'{"id": "e\\u0000", "type": "x", "data": {"object": {}}}',
        ],
    )
    async def test_signed_nonsense(
        self, api: Api, resources: Resources, stripe: StripeServer, body: bytes
    ) -> None:
        assert await tell(api, stripe, body) == 400
        assert await _events(resources) == []

    async def test_no_text(self, api: Api, stripe: StripeServer) -> None:
        headers = {"stripe-signature": stripe.signature(b"{}")}
        answer = await api.http.post("/webhooks/stripe", content=b"\xff\xfe", headers=headers)
        assert answer.status_code == 400

    async def test_too_long(self, api: Api, resources: Resources, stripe: StripeServer) -> None:
        body = stripe.event("x.y", {**_INTENT, "more": "x" * 300_000})
        assert await tell(api, stripe, body) == 413
        assert await _events(resources) == []

    async def test_only_post(self, api: Api) -> None:
        assert (await api.http.get("/webhooks/stripe")).status_code == 405

    async def test_without_a_secret(self, settings: Settings, stripe: StripeServer) -> None:
        bare = settings.model_copy(update={"stripe_webhook_secret": type(settings.stripe_key)("")})
        async with serve(bare) as api:
            body = stripe.event("x.y", _INTENT)
            assert await tell(api, stripe, body) == 400
            assert await tell(api, stripe, body, secret="") == 400

"""Manual payments and refunds: by the staff, exact, and once."""

import asyncio
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import text
from sqlmodel import select

from app.core.audit import AuditEntry
from app.core.ids import new_id, split_global, to_global
from app.core.resources import Resources
from app.payments.models import PaymentStatus, RefundStatus
from app.payments.service import refunds
from tests.client import Api, Payload
from tests.factories import Person, empty_outbox, make_person, waiting_events
from tests.payments.conftest import (
    all_payments,
    all_refunds,
    do,
    for_sale,
    take_jobs,
    tell,
    work,
)
from tests.payments.stripe_server import StripeServer
from tests.payments.test_cards import paid, take_and_do

S = PaymentStatus
FIELDS = """payment { id status kind subjectId title method payerName payerEmail reference notes
    amount { amount currency } refunded { amount } verifiedAt verifiedBy { id } payer { id } }"""


async def record(api: Api, sam: Person, payer: Person, subject: str, **more: Any) -> Payload:
    given = {"subjectId": subject, "method": "MANUAL", "payerId": payer.id, **more}
    return await api.mutate("paymentCreate", given, FIELDS, as_=sam)


async def verify(api: Api, sam: Person, id: str) -> Payload:
    return await api.mutate("paymentVerify", {"id": id}, FIELDS, as_=sam)


async def refund(api: Api, sam: Person, id: str, amount: str | None = None) -> Payload:
    return await api.mutate("paymentRefund", {"id": id, "amount": amount}, FIELDS, as_=sam)


async def _audited(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        return await session.all(select(AuditEntry.action).order_by(text("sequence")))


class TestRecord:
    async def test_by_the_staff_for_somebody(
        self, api: Api, resources: Resources, ana: Person, sam: Person
    ) -> None:
        subject = await for_sale(resources)
        said = {"payerName": " Ana Lima ", "payerEmail": "ana@example.com", "reference": "R-7"}
        made = (await record(api, sam, ana, subject, notes="By post.", **said)).ok()["payment"]
        assert made == {
            "id": made["id"],
            "status": "PENDING",
            "kind": "CLASS",
            "subjectId": subject,
            "title": "Latin",
            "method": "MANUAL",
            "payerName": "Ana Lima",
            "payerEmail": "ana@example.com",
            "reference": "R-7",
            "notes": "By post.",
            "amount": {"amount": "49.90", "currency": "EUR"},
            "refunded": {"amount": "0.00"},
            "verifiedAt": None,
            "verifiedBy": None,
            "payer": {"id": ana.id},
        }
        again = (await record(api, sam, ana, subject, reference="R-8")).ok()["payment"]
        assert (again["id"], again["reference"], again["payerName"]) == (made["id"], "R-8", None)
        assert len(await all_payments(resources)) == 1
        assert await _audited(resources) == ["payment.record"] * 2

    async def test_nobody_else(
        self, api: Api, resources: Resources, ana: Person, sam: Person
    ) -> None:
        subject = await for_sale(resources)
        document = (
            "mutation ($s: ID!, $p: ID) { paymentCreate(input:"
            " {subjectId: $s, method: MANUAL, payerId: $p}) { errors { code } } }"
        )
        answer = await api.execute(document, {"s": subject, "p": ana.id}, as_=ana)
        assert answer.codes == ["FORBIDDEN"]
        nobody = to_global("usr", new_id())
        answer = await api.execute(document, {"s": subject, "p": nobody}, as_=sam)
        assert answer.ok()["paymentCreate"]["errors"] == [{"code": "NOT_FOUND"}]
        answer = await api.execute(document, {"s": subject}, as_=sam)
        assert answer.ok()["paymentCreate"]["errors"] == [{"code": "INVALID_INPUT"}]
        answer = await api.execute(document, {"s": ana.id, "p": ana.id}, as_=sam)
        assert answer.codes == ["INVALID_ID"]
        assert await all_payments(resources) == []


class TestVerify:
    async def test_once(self, api: Api, resources: Resources, ana: Person, sam: Person) -> None:
        made = (await record(api, sam, ana, await for_sale(resources))).ok()["payment"]
        done = await asyncio.gather(*[verify(api, sam, made["id"]) for _ in range(8)])
        assert {each.ok()["payment"]["status"] for each in done} == {"VERIFIED"}
        assert {each.data["payment"]["verifiedBy"]["id"] for each in done} == {sam.id}
        assert await waiting_events(resources) == ["payment.verified"]
        assert await _audited(resources) == ["payment.record", "payment.verify"]

    async def test_a_card_is_stripes_to_verify(
        self, api: Api, resources: Resources, ana: Person, sam: Person
    ) -> None:
        given = {"subjectId": await for_sale(resources), "method": "CARD"}
        made = (await api.mutate("paymentCreate", given, FIELDS, as_=ana)).ok()["payment"]
        assert (await verify(api, sam, made["id"])).codes == ["PAYMENT_WRONG_STATE"]
        [payment] = await all_payments(resources)
        assert (payment.status, payment.verified_at) == (S.PENDING, None)


class TestRefund:
    @pytest.fixture
    async def verified(self, api: Api, resources: Resources, ana: Person, sam: Person) -> str:
        """A manual payment of 49.90 euros."""
        made = (await record(api, sam, ana, await for_sale(resources))).ok()["payment"]
        id: str = (await verify(api, sam, made["id"])).ok()["payment"]["id"]
        await empty_outbox(resources)
        return id

    async def test_in_parts(
        self, api: Api, resources: Resources, sam: Person, verified: str
    ) -> None:
        first = (await refund(api, sam, verified, "19.95")).ok()["payment"]
        assert (first["status"], first["refunded"]) == ("VERIFIED", {"amount": "19.95"})
        for amount, code in (("29.96", "REFUND_TOO_LARGE"), ("0.001", "INVALID_INPUT"),
                             ("0", "INVALID_INPUT"), ("-5", "INVALID_INPUT")):  # fmt: skip
            assert (await refund(api, sam, verified, amount)).codes == [code], amount
        last = (await refund(api, sam, verified)).ok()["payment"]
        assert (last["status"], last["refunded"]) == ("REFUNDED", {"amount": "49.90"})
        assert (await refund(api, sam, verified)).codes == ["PAYMENT_WRONG_STATE"]
        assert await waiting_events(resources) == ["payment.refunded"] * 2
        assert [str(each.amount) for each in await all_refunds(resources)] == ["19.95", "29.95"]

    async def test_never_more_than_was_paid(
        self, api: Api, resources: Resources, sam: Person, verified: str
    ) -> None:
        done = await asyncio.gather(*[refund(api, sam, verified, "10") for _ in range(12)])
        codes = sorted(str(each.codes) for each in done)
        assert codes == ["['REFUND_TOO_LARGE']"] * 8 + ["[]"] * 4
        [payment] = await all_payments(resources)
        assert (payment.status, str(payment.refunded)) == (S.VERIFIED, "40.00")

    async def test_what_was_not_verified(
        self, api: Api, resources: Resources, ana: Person, sam: Person
    ) -> None:
        made = (await record(api, sam, ana, await for_sale(resources))).ok()["payment"]
        assert (await refund(api, sam, made["id"])).codes == ["PAYMENT_WRONG_STATE"]
        missing = to_global("pay", new_id())
        assert (await refund(api, sam, missing)).codes == ["NOT_FOUND"]
        assert await all_refunds(resources) == []

    async def test_a_card(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
        sam: Person,
    ) -> None:
        id, intent = await paid(api, resources, broker, stripe, ana)
        asked = (await refund(api, sam, id, "10.5")).ok()["payment"]
        assert asked["refunded"] == {"amount": "0.00"}
        assert (await refund(api, sam, id, "40")).codes == ["REFUND_TOO_LARGE"]
        [job] = await take_jobs(resources, broker)
        await asyncio.gather(*[do(resources, job) for _ in range(5)])
        [told] = stripe.refunds.values()
        assert (told["amount"], told["payment_intent"]) == (1050, intent)
        await tell(api, stripe, stripe.event("refund.created", told))
        await work(resources, broker)
        [payment] = await all_payments(resources)
        assert (payment.status, str(payment.refunded)) == (S.VERIFIED, "10.50")
        (await refund(api, sam, id)).ok()
        await take_and_do(resources, broker)
        [payment] = await all_payments(resources)
        assert (payment.status, str(payment.refunded)) == (S.REFUNDED, "49.90")

    async def test_stopped_after_stripe_paid_back(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
        sam: Person,
    ) -> None:
        id, _ = await paid(api, resources, broker, stripe, ana)
        (await refund(api, sam, id, "10")).ok()
        [job] = await take_jobs(resources, broker)
        with pytest.MonkeyPatch.context() as patch:

            async def stop(*_: object) -> None:
                raise ConnectionError

            patch.setattr(refunds, "note", stop)
            with pytest.raises(ConnectionError):
                await do(resources, job)
        await do(resources, job)
        assert len(stripe.refunds) == 1
        [row] = await all_refunds(resources)
        assert row.status is RefundStatus.SUCCEEDED

    async def test_stripe_refuses(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ana: Person,
        sam: Person,
    ) -> None:
        """All went back at Stripe itself, before ours was sent."""
        id, intent = await paid(api, resources, broker, stripe, ana)
        (await refund(api, sam, id, "10")).ok()
        theirs = stripe._make_refund({"payment_intent": intent, "amount": "4990"})
        await take_and_do(resources, broker)
        [row] = await all_refunds(resources)
        assert row.status is RefundStatus.FAILED
        await tell(api, stripe, stripe.event("refund.created", theirs))
        await take_and_do(resources, broker)
        [payment] = await all_payments(resources)
        assert (payment.status, str(payment.refunded)) == (S.REFUNDED, "49.90")


class TestPayments:
    async def test_own_and_all(
        self, api: Api, resources: Resources, ana: Person, sam: Person
    ) -> None:
        ben, subject = await make_person(resources, "ben"), await for_sale(resources)
        first = (await record(api, sam, ana, subject, notes="Secret.")).ok()["payment"]["id"]
        second = (await record(api, sam, ben, subject)).ok()["payment"]["id"]
        await verify(api, sam, second)

        async def seen(who: Person, **filter: Any) -> list[str]:
            document = "query ($f: PaymentFilter) { payments(filter: $f) { nodes { id notes } } }"
            nodes = (await api.execute(document, {"f": filter}, as_=who)).ok()["payments"]["nodes"]
            assert who is sam or all(each["notes"] is None for each in nodes)
            return [each["id"] for each in nodes]

        assert await seen(ana) == [first]
        assert await seen(ana, payerId=ben.id) == []
        assert await seen(sam) == [second, first]
        assert await seen(sam, statuses=["VERIFIED"]) == [second]
        assert await seen(sam, payerId=ana.id, method="MANUAL", kinds=["CLASS"]) == [first]
        assert await seen(sam, kinds=["PLAN"]) == []
        [old, _] = await all_payments(resources)
        made = old.created_at.isoformat()
        assert await seen(sam, madeBefore=made) == []
        assert await seen(sam, madeAfter=made) == [second, first]
        document = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await api.execute(document, {"id": first}, as_=ben)).ok() == {"node": None}
        assert split_global(first)[1] == old.id

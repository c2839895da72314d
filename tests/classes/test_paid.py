"""A class that costs something: a place for who paid, and the money back where there is none."""

import asyncio
from decimal import Decimal

import pytest
from dramatiq.brokers.stub import StubBroker

from app.classes.models import ClassStatus
from app.core.jobs import Job
from app.core.outbox import HandleEvent
from app.core.resources import Resources
from app.payments.models import Payment, PaymentStatus, RefundStatus
from tests.classes.planning import ENROLLMENT, School
from tests.factories import Person, empty_outbox, waiting_events
from tests.payments.conftest import all_payments, all_refunds, do, take_jobs

_PRICE = {"amount": "90", "currency": "EUR"}


@pytest.fixture
async def id(school: School) -> str:
    """A class for two that costs 90 euros, open for enrollment."""
    await school.euro()
    made = await school.group(price=_PRICE)
    (await school.do("classOpenEnrollment", {"id": made})).ok()
    return made


async def _expect(school: School, id: str, payer: Person) -> str:
    given = {"subjectId": id, "method": "MANUAL", "payerId": payer.id}
    made: str = (await school.do("paymentCreate", given, "payment { id }")).ok()["payment"]["id"]
    return made


async def _verify(school: School, payment: str) -> None:
    payload = await school.do("paymentVerify", {"id": payment}, "payment { status }")
    assert payload.ok()["payment"]["status"] == "VERIFIED"


async def _refund(school: School, payment: str, amount: str | None = None) -> None:
    (await school.do("paymentRefund", {"id": payment, "amount": amount})).ok()


async def _hear(resources: Resources, broker: StubBroker) -> list[Job]:
    """What follows from what happened, until nothing does; what was done."""
    done: list[Job] = []
    while jobs := await take_jobs(resources, broker):
        for job in jobs:
            if isinstance(job, HandleEvent):
                await do(resources, job)
                done.append(job)
    return done


async def _paid(school: School, broker: StubBroker, id: str, payer: Person) -> str:
    """A payment of somebody who is in the class for it."""
    payment = await _expect(school, id, payer)
    await _verify(school, payment)
    await _hear(school.resources, broker)
    return payment


async def _places(school: School, id: str) -> list[tuple[str, str | None]]:
    """What is said of each enrollment."""
    return [
        (each.status.value, each.payment_status and each.payment_status.value)
        for each in await school.enrollments(id)
    ]


def _money(payments: list[Payment]) -> list[tuple[PaymentStatus, Decimal]]:
    return [(each.status, each.refunded) for each in payments]


class TestPlace:
    async def test_for_who_paid(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        payment = await _expect(school, id, ana)
        await _hear(resources, broker)
        assert await school.enrollments(id) == []
        await _verify(school, payment)
        assert await school.members(id) == set()
        await _hear(resources, broker)
        [made] = await school.enrollments(id)
        document = f'{{ class(id: "{id}") {{ viewerEnrollment {{ {ENROLLMENT} }} }} }}'
        answer = await school.api.execute(document, as_=ana)
        found = answer.ok()["class"]["viewerEnrollment"]
        assert found == {
            "id": found["id"],
            "status": "ACTIVE",
            "student": {"username": "ana"},
            "class": {"id": id},
            "creditsTotal": 3,
            "creditsUsed": 0,
            "creditsRemaining": 3,
            "paymentStatus": "VERIFIED",
            "price": {"amount": "90.00", "currency": "EUR"},
            "completedAt": None,
        }
        assert await school.ledger(found["id"]) == [(1, "package", 3, 3)]
        assert made.student_id == ana.key
        assert await school.members(id) == {ana.key}
        assert await all_refunds(resources) == []

    async def test_of_who_is_there_already(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        enrollment = await school.enroll(id, ana)
        assert await _places(school, id) == [("active", "pending")]
        # Also when it is too late for others.
        await school.put(id, status=ClassStatus.ACTIVE)
        await _paid(school, broker, id, ana)
        assert await _places(school, id) == [("active", "verified")]
        assert await school.ledger(enrollment) == [(1, "package", 3, 3)]
        assert await all_refunds(resources) == []


class TestNoPlace:
    async def test_where_it_is_full(
        self, school: School, resources: Resources, broker: StubBroker, id: str,
        ana: Person, ben: Person, ivo: Person,
    ) -> None:  # fmt: skip
        payment = await _expect(school, id, ana)
        for each in (ben, ivo):
            await school.enroll(id, each)
        await empty_outbox(resources)
        await _verify(school, payment)
        await _hear(resources, broker)
        [refund] = await all_refunds(resources)
        assert (refund.status, refund.amount, refund.currency) == (
            RefundStatus.SUCCEEDED, Decimal(90), "EUR",
        )  # fmt: skip
        assert refund.reason == "Every seat of this class is taken."
        assert _money(await all_payments(resources)) == [(PaymentStatus.REFUNDED, Decimal(90))]
        assert await school.members(id) == {ben.key, ivo.key}
        assert await _places(school, id) == [("active", "pending")] * 2

    async def test_where_it_has_begun(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        payment = await _expect(school, id, ana)
        await school.put(id, status=ClassStatus.ACTIVE)
        await _verify(school, payment)
        await _hear(resources, broker)
        assert _money(await all_payments(resources)) == [(PaymentStatus.REFUNDED, Decimal(90))]
        assert await school.enrollments(id) == []

    async def test_the_last_one(
        self, school: School, resources: Resources, broker: StubBroker, id: str,
        ana: Person, ben: Person, ivo: Person,
    ) -> None:  # fmt: skip
        await school.enroll(id, ivo)
        for payment in [await _expect(school, id, each) for each in (ana, ben)]:
            await _verify(school, payment)
        jobs = [
            each for each in await take_jobs(resources, broker) if each.name == HandleEvent.name
        ]
        await asyncio.gather(*[do(resources, job) for job in jobs])
        await _hear(resources, broker)
        assert sorted(_money(await all_payments(resources))) == [
            (PaymentStatus.REFUNDED, Decimal(90)), (PaymentStatus.VERIFIED, Decimal(0)),
        ]  # fmt: skip
        [placed] = [each.payer_id for each in await all_payments(resources) if not each.refunded]
        assert await school.members(id) == {ivo.key, placed}


class TestMoneyBack:
    async def test_all_of_it_ends_the_place(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        payment = await _paid(school, broker, id, ana)
        await _refund(school, payment, "30")
        await _hear(resources, broker)
        assert await _places(school, id) == [("active", "verified")]
        assert await school.members(id) == {ana.key}
        await _refund(school, payment)
        await _hear(resources, broker)
        assert await _places(school, id) == [("withdrawn", "refunded")]
        assert await school.members(id) == set()
        assert _money(await all_payments(resources)) == [(PaymentStatus.REFUNDED, Decimal(90))]

    async def test_before_the_place_was_given(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        payment = await _expect(school, id, ana)
        await _verify(school, payment)
        await _refund(school, payment)
        await _hear(resources, broker)
        assert await school.enrollments(id) == []
        assert len(await all_refunds(resources)) == 1


class TestHeardTwice:
    async def test_changes_nothing(
        self, school: School, resources: Resources, broker: StubBroker, id: str,
        ana: Person, ben: Person, ivo: Person,
    ) -> None:  # fmt: skip
        await school.enroll(id, ivo)
        late = await _expect(school, id, ben)
        for payment in (await _expect(school, id, ana), late):
            await _verify(school, payment)
        jobs = await _hear(resources, broker)
        before = await self._all(school, id)
        assert before[0] == {ivo.key, ana.key}
        for job in jobs * 2:
            await do(resources, job)
        assert await self._all(school, id) == before
        assert await waiting_events(resources) == []

    async def test_after_the_money_went_back(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        payment = await _expect(school, id, ana)
        await _verify(school, payment)
        jobs = await _hear(resources, broker)
        await _refund(school, payment)
        jobs += await _hear(resources, broker)
        before = await self._all(school, id)
        for job in jobs * 2:
            await do(resources, job)
        assert await self._all(school, id) == before
        assert before[:2] == (set(), [("withdrawn", "refunded")])
        assert await waiting_events(resources) == []

    async def test_when_it_was_paid_anew(
        self, school: School, resources: Resources, broker: StubBroker, id: str, ana: Person
    ) -> None:
        payment = await _paid(school, broker, id, ana)
        await _refund(school, payment)
        late = await _hear(resources, broker)
        await _paid(school, broker, id, ana)
        for job in late:
            await do(resources, job)
        assert await _places(school, id) == [("active", "verified")]
        assert await school.members(id) == {ana.key}
        assert await waiting_events(resources) == []

    async def _all(self, school: School, id: str) -> tuple[object, ...]:
        """All that could change."""
        return (
            await school.members(id),
            await _places(school, id),
            [each.credits for each in await school.enrollments(id)],
            _money(await all_payments(school.resources)),
            [(each.id, each.status) for each in await all_refunds(school.resources)],
        )

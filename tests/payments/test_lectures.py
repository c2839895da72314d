"""Lectures: who gives them, who comes, and what is paid for a seat."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import update
from sqlmodel import col, select

from app.classes.models import Lecture, LectureEnrollment, LectureEnrollmentStatus
from app.classes.service import lectures as service
from app.core.clock import now
from app.core.ids import split_global
from app.core.resources import Resources
from app.notifications.models import NotificationSubject, NotificationType
from app.payments.models import PaymentStatus
from app.reference.models import Subject
from tests.client import Api, Payload
from tests.factories import Person, make_person, waiting_events, writing
from tests.notifications.conftest import told
from tests.payments.conftest import all_payments, tell, work
from tests.payments.stripe_server import StripeServer

E = LectureEnrollmentStatus
URL = "https://meet.example.org/latin"
FIELDS = """lecture { id title description startsAt minutes capacity seatsTaken status meetingUrl
    recordingUrl price { amount currency } instructor { id } viewerEnrollment { status } }"""
SEAT = "enrollment { status reservedUntil } payment { id status } clientSecret"


def _given(**more: Any) -> dict[str, Any]:
    return {
        "title": "Latin",
        "startsAt": (now() + timedelta(days=2)).isoformat(),
        "minutes": 90,
        "capacity": 10,
        "meetingUrl": URL,
        **more,
    }


PRICE = {"amount": "49.9", "currency": "EUR"}


async def give(api: Api, person: Person, **more: Any) -> Any:
    made = await api.mutate("lectureCreate", _given(**more), FIELDS, as_=person)
    return made.ok()["lecture"]


async def enroll(api: Api, person: Person, id: str) -> Payload:
    return await api.mutate("lectureEnroll", {"id": id}, SEAT, as_=person)


async def read(api: Api, person: Person | None, id: str) -> Any:
    document = f"query ($id: ID!) {{ lecture(id: $id) {FIELDS.removeprefix('lecture')} }}"
    answer = await api.execute(document, {"id": id}, as_=person)
    return answer.ok()["lecture"]


async def seats(resources: Resources) -> list[LectureEnrollment]:
    async with resources.database.read() as session:
        return await session.all(select(LectureEnrollment).order_by(col(LectureEnrollment.id)))


async def begun(resources: Resources, id: str, ago: timedelta = timedelta(minutes=1)) -> None:
    """A lecture that has begun."""
    async with writing(resources) as session:
        await session.execute(
            update(Lecture)
            .where(col(Lecture.id) == split_global(id)[1])
            .values(starts_at=now() - ago)
        )


async def settle(api: Api, resources: Resources, broker: StubBroker, stripe: StripeServer) -> None:
    """Every card is charged."""
    for intent in list(stripe.intents):
        if stripe.intents[intent]["status"] == "requires_payment_method":
            stripe.pay(intent)
            body = stripe.event("payment_intent.succeeded", stripe.intents[intent])
            await tell(api, stripe, body)
    await work(resources, broker)


class TestGive:
    async def test_made_and_seen(self, api: Api, ida: Person, ana: Person) -> None:
        made = await give(api, ida, price=PRICE, description="About verbs.")
        assert made == {
            "id": made["id"],
            "title": "Latin",
            "description": "About verbs.",
            "startsAt": made["startsAt"],
            "minutes": 90,
            "capacity": 10,
            "seatsTaken": 0,
            "status": "SCHEDULED",
            "meetingUrl": URL,
            "recordingUrl": None,
            "price": {"amount": "49.90", "currency": "EUR"},
            "instructor": {"id": ida.id},
            "viewerEnrollment": None,
        }
        assert await read(api, ana, made["id"]) == {**made, "meetingUrl": None}

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"meetingUrl": "http://example.org"}, "meetingUrl"),
            ({"meetingUrl": "javascript:alert(1)"}, "meetingUrl"),
            ({"meetingUrl": "https://a b"}, "meetingUrl"),
            ({"meetingUrl": "https://good.example@evil.example"}, "meetingUrl"),
            ({"startsAt": "2020-01-01T00:00:00Z"}, "startsAt"),
            ({"startsAt": "9999-12-31T23:59:59Z"}, "startsAt"),
            ({"minutes": 0}, "minutes"),
            ({"capacity": 0}, "capacity"),
            ({"title": " "}, "title"),
            ({"price": {"amount": "-1", "currency": "EUR"}}, "price"),
            ({"price": {"amount": "0.001", "currency": "EUR"}}, "price"),
            ({"subjectId": "sub_00000000-0000-7000-8000-000000000000"}, "subjectId"),
        ],
    )
    async def test_what_is_wrong(
        self, api: Api, resources: Resources, ida: Person, wrong: dict[str, Any], field: str
    ) -> None:
        refused = await api.mutate("lectureCreate", _given(**wrong), as_=ida)
        assert [each["field"][1] for each in refused.errors] == [field]
        async with resources.database.read() as session:
            assert await session.all(select(Lecture)) == []

    async def test_for_another_instructor(
        self, api: Api, ida: Person, ana: Person, sam: Person
    ) -> None:
        refused = await api.mutate("lectureCreate", _given(instructorId=ana.id), as_=ida)
        assert refused.codes == ["NOT_FOUND"]
        made = await give(api, sam, instructorId=ida.id)
        assert made["instructor"] == {"id": ida.id}

    async def test_changed_by_who_gives_it(
        self, api: Api, resources: Resources, ida: Person, sam: Person
    ) -> None:
        ivo = await make_person(resources, "ivo", role="instructor")
        made = await give(api, ida, price=PRICE)
        change = {"id": made["id"], "title": "Greek", "price": None}
        refused = await api.mutate("lectureUpdate", change, FIELDS, as_=ivo)
        assert refused.codes == ["NOT_FOUND"]
        assert (await read(api, ida, made["id"])) == made
        done = (await api.mutate("lectureUpdate", change, FIELDS, as_=ida)).ok()["lecture"]
        assert done == {**made, "title": "Greek", "price": None}
        change = {"id": made["id"], "price": PRICE}
        done = (await api.mutate("lectureUpdate", change, FIELDS, as_=sam)).ok()["lecture"]
        assert done["price"] == {"amount": "49.90", "currency": "EUR"}

    async def test_once_it_has_begun(self, api: Api, resources: Resources, ida: Person) -> None:
        made = await give(api, ida)
        await begun(resources, made["id"])
        change = {"id": made["id"], "capacity": 20}
        refused = await api.mutate("lectureUpdate", change, FIELDS, as_=ida)
        assert refused.codes == ["LECTURE_WRONG_STATE"]
        change = {"id": made["id"], "recordingUrl": "https://example.org/1"}
        done = (await api.mutate("lectureUpdate", change, FIELDS, as_=ida)).ok()["lecture"]
        assert (done["recordingUrl"], done["capacity"]) == ("https://example.org/1", 10)

    async def test_no_fewer_seats_than_are_taken(
        self, api: Api, ida: Person, ana: Person, ben: Person
    ) -> None:
        made = await give(api, ida)
        for each in (ana, ben):
            (await enroll(api, each, made["id"])).ok()
        change = {"id": made["id"], "capacity": 1}
        assert (await api.mutate("lectureUpdate", change, as_=ida)).codes == ["INVALID_INPUT"]
        assert (await read(api, ida, made["id"]))["capacity"] == 10


class TestFree:
    async def test_a_seat_at_once(
        self, api: Api, resources: Resources, ida: Person, ana: Person, ben: Person
    ) -> None:
        made = await give(api, ida)
        for _ in range(2):
            seat = (await enroll(api, ana, made["id"])).ok()
            assert seat["enrollment"] == {"status": "ACTIVE", "reservedUntil": None}
            assert (seat["payment"], seat["clientSecret"]) == (None, None)
        mine = await read(api, ana, made["id"])
        assert (mine["meetingUrl"], mine["seatsTaken"]) == (URL, 1)
        assert mine["viewerEnrollment"] == {"status": "ACTIVE"}
        other = await read(api, ben, made["id"])
        assert (other["meetingUrl"], other["viewerEnrollment"]) == (None, None)
        assert len(await seats(resources)) == 1
        assert await waiting_events(resources) == ["lecture.created", "lecture.enrolled"]

    async def test_the_last_seat(self, api: Api, resources: Resources, ida: Person) -> None:
        made = await give(api, ida, capacity=3)
        people = [await make_person(resources) for _ in range(50)]
        done = await asyncio.gather(*[enroll(api, each, made["id"]) for each in people])
        codes = sorted(str(each.codes) for each in done)
        assert codes == ["['LECTURE_FULL']"] * 47 + ["[]"] * 3
        assert [each.status for each in await seats(resources)] == [E.ACTIVE] * 3

    async def test_too_late(self, api: Api, resources: Resources, ida: Person, ana: Person) -> None:
        made = await give(api, ida)
        await begun(resources, made["id"])
        assert (await enroll(api, ana, made["id"])).codes == ["LECTURE_WRONG_STATE"]
        assert await seats(resources) == []


class TestPaid:
    async def test_a_seat_once_it_is_paid(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ida: Person,
        ana: Person,
    ) -> None:
        made = await give(api, ida, price=PRICE)
        first = (await enroll(api, ana, made["id"])).ok()
        second = (await enroll(api, ana, made["id"])).ok()
        assert first["clientSecret"] == second["clientSecret"]
        assert first["enrollment"]["status"] == "RESERVED"
        assert first["payment"]["status"] == "PENDING"
        before = await read(api, ana, made["id"])
        assert (before["meetingUrl"], before["seatsTaken"]) == (None, 1)
        await settle(api, resources, broker, stripe)
        after = await read(api, ana, made["id"])
        assert (after["meetingUrl"], after["seatsTaken"]) == (URL, 1)
        assert (await enroll(api, ana, made["id"])).ok()["payment"] is None
        [payment] = await all_payments(resources)
        assert payment.status is PaymentStatus.VERIFIED

    async def test_the_last_seat_is_kept_for_a_while(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ida: Person,
        ana: Person,
        ben: Person,
    ) -> None:
        """Who pays when the time is over and the seat is gone gets the money back."""
        made = await give(api, ida, price=PRICE, capacity=1)
        (await enroll(api, ana, made["id"])).ok()
        assert (await enroll(api, ben, made["id"])).codes == ["LECTURE_FULL"]
        async with writing(resources) as session:
            past = now() - timedelta(seconds=1)
            await session.execute(update(LectureEnrollment).values(reserved_until=past))
        (await enroll(api, ben, made["id"])).ok()
        slow, fast = stripe.intents
        stripe.pay(fast)
        await tell(api, stripe, stripe.event("payment_intent.succeeded", stripe.intents[fast]))
        await work(resources, broker)
        stripe.pay(slow)
        await tell(api, stripe, stripe.event("payment_intent.succeeded", stripe.intents[slow]))
        await work(resources, broker)
        statuses = {each.payer_id: each.status for each in await all_payments(resources)}
        assert statuses == {ana.key: PaymentStatus.REFUNDED, ben.key: PaymentStatus.VERIFIED}
        active = [each.student_id for each in await seats(resources) if each.status is E.ACTIVE]
        assert active == [ben.key]

    async def test_the_last_seat_at_once(
        self, api: Api, resources: Resources, stripe: StripeServer, ida: Person
    ) -> None:
        made = await give(api, ida, price=PRICE, capacity=1)
        people = [await make_person(resources) for _ in range(10)]
        done = await asyncio.gather(*[enroll(api, each, made["id"]) for each in people])
        assert sorted(str(each.codes) for each in done) == ["['LECTURE_FULL']"] * 9 + ["[]"]
        assert len(stripe.intents) == len(await seats(resources)) == 1

    async def test_no_seat_once_it_went_back(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ida: Person,
        ana: Person,
        sam: Person,
    ) -> None:
        made = await give(api, ida, price=PRICE)
        seat = (await enroll(api, ana, made["id"])).ok()
        await settle(api, resources, broker, stripe)
        given = {"id": seat["payment"]["id"], "amount": "10"}
        (await api.mutate("paymentRefund", given, as_=sam)).ok()
        await work(resources, broker)
        assert (await read(api, ana, made["id"]))["meetingUrl"] == URL
        (await api.mutate("paymentRefund", {"id": given["id"]}, as_=sam)).ok()
        await work(resources, broker)
        assert (await read(api, ana, made["id"]))["meetingUrl"] is None
        again = (await enroll(api, ana, made["id"])).ok()
        assert again["payment"]["id"] != seat["payment"]["id"]
        await settle(api, resources, broker, stripe)
        # The old refund, heard of once more.
        async with resources.begin() as uow:
            await service.end_paid(uow, split_global(made["id"])[1], ana.key)
        assert (await read(api, ana, made["id"]))["meetingUrl"] == URL

    async def test_paid_twice_in_the_workers(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ida: Person,
        ana: Person,
    ) -> None:
        made = await give(api, ida, price=PRICE)
        (await enroll(api, ana, made["id"])).ok()
        await settle(api, resources, broker, stripe)
        for _ in range(2):
            async with resources.begin() as uow:
                assert await service.enroll_paid(uow, split_global(made["id"])[1], ana.key)
        assert len(await seats(resources)) == 1


class TestCancel:
    async def test_money_goes_back_and_people_are_told(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ida: Person,
        ana: Person,
        ben: Person,
    ) -> None:
        made = await give(api, ida, price=PRICE)
        (await enroll(api, ana, made["id"])).ok()
        await settle(api, resources, broker, stripe)
        (await enroll(api, ben, made["id"])).ok()
        for _ in range(2):
            done = await api.mutate("lectureCancel", {"id": made["id"]}, FIELDS, as_=ida)
            assert done.ok()["lecture"]["status"] == "CANCELLED"
        await work(resources, broker)
        statuses = {each.payer_id: each.status for each in await all_payments(resources)}
        assert statuses == {ana.key: PaymentStatus.REFUNDED, ben.key: PaymentStatus.CANCELLED}
        assert [each["amount"] for each in stripe.refunds.values()] == [4990]
        assert [each["status"] for each in stripe.intents.values()] == ["succeeded", "canceled"]
        assert {each.status for each in await seats(resources)} == {E.ENDED}
        for person in (ana, ben):
            [notice] = await told(resources, person.key)
            assert notice.type is NotificationType.LECTURE_CANCELLED
            assert notice.subject_kind is NotificationSubject.LECTURE
        assert await told(resources, ida.key) == []
        other = await make_person(resources)
        assert await read(api, other, made["id"]) is None
        mine = await read(api, ana, made["id"])
        assert (mine["status"], mine["meetingUrl"]) == ("CANCELLED", None)
        assert (await enroll(api, ana, made["id"])).codes == ["LECTURE_WRONG_STATE"]

    async def test_paid_while_it_was_cancelled(
        self,
        api: Api,
        resources: Resources,
        broker: StubBroker,
        stripe: StripeServer,
        ida: Person,
        ana: Person,
    ) -> None:
        """The card was charged before Stripe heard that it shouldn't be."""
        made = await give(api, ida, price=PRICE)
        (await enroll(api, ana, made["id"])).ok()
        [intent] = stripe.intents
        (await api.mutate("lectureCancel", {"id": made["id"]}, as_=ida)).ok()
        stripe.pay(intent)
        await work(resources, broker)
        [payment] = await all_payments(resources)
        assert payment.status is PaymentStatus.REFUNDED
        assert {each.status for each in await seats(resources)} == {E.ENDED}

    async def test_what_has_taken_place(self, api: Api, resources: Resources, ida: Person) -> None:
        made = await give(api, ida)
        await begun(resources, made["id"], timedelta(hours=3))
        refused = await api.mutate("lectureCancel", {"id": made["id"]}, as_=ida)
        assert refused.codes == ["LECTURE_WRONG_STATE"]
        assert (await read(api, ida, made["id"]))["status"] == "SCHEDULED"

    async def test_of_somebody_else(self, api: Api, resources: Resources, ida: Person) -> None:
        ivo = await make_person(resources, "ivo", role="instructor")
        made = await give(api, ida)
        refused = await api.mutate("lectureCancel", {"id": made["id"]}, as_=ivo)
        assert refused.codes == ["NOT_FOUND"]


class TestLectures:
    async def test_filters(
        self, api: Api, resources: Resources, ida: Person, ana: Person, sam: Person
    ) -> None:
        subject = Subject(name="Latin", category="Languages")
        async with writing(resources) as session:
            session.add(subject)
        ids = {}
        ids["past"] = (await give(api, ida, title="Past"))["id"]
        await begun(resources, ids["past"])
        ids["free"] = (await give(api, ida, title="Free", subjectId=f"sub_{subject.id}"))["id"]
        ids["paid"] = (await give(api, sam, title="Paid verbs", price=PRICE))["id"]
        (await enroll(api, ana, ids["free"])).ok()

        async def found(**filter: Any) -> list[str]:
            document = "query ($f: LectureFilter) { lectures(filter: $f) { nodes { title } } }"
            answer = await api.execute(document, {"f": filter}, as_=ana)
            return [each["title"] for each in answer.ok()["lectures"]["nodes"]]

        assert await found() == ["Past", "Free", "Paid verbs"]
        assert await found(upcoming=True) == ["Free", "Paid verbs"]
        assert await found(upcoming=False) == ["Past"]
        assert await found(free=False) == ["Paid verbs"]
        assert await found(free=True) == ["Past", "Free"]
        assert await found(mine=True) == ["Free"]
        assert await found(instructorId=sam.id) == ["Paid verbs"]
        assert await found(subjectId=f"sub_{subject.id}") == ["Free"]
        assert await found(search="verbs") == ["Paid verbs"]
        assert await found(status="CANCELLED") == []
        assert await found(startsAfter=now().isoformat(), free=True) == ["Free"]
        assert await found(startsBefore=now().isoformat()) == ["Past"]

    async def test_who_comes(self, api: Api, ida: Person, ana: Person, ben: Person) -> None:
        made = await give(api, ida)
        (await enroll(api, ana, made["id"])).ok()
        document = (
            "query ($id: ID!) { lecture(id: $id) { enrollments { nodes { student { id } } } } }"
        )
        seen = (await api.execute(document, {"id": made["id"]}, as_=ida)).ok()
        assert seen["lecture"]["enrollments"]["nodes"] == [{"student": {"id": ana.id}}]
        hidden = (await api.execute(document, {"id": made["id"]}, as_=ben)).ok()
        assert hidden["lecture"]["enrollments"] is None

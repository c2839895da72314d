"""Students come into classes, and leave them."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from app.accounts.models import AccountStatus, User
from app.classes.errors import ClassFull, ClassWrongState
from app.classes.models import ClassStatus, ClassType
from app.classes.service import enrollments as service
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from tests.classes.planning import ENROLLMENT, School
from tests.factories import Person, empty_outbox, make_person, waiting_events, writing

S, T = ClassStatus, ClassType


class TestEnroll:
    async def test_credits_come_from_the_package(
        self, school: School, resources: Resources, ana: Person
    ) -> None:
        id = await school.group()
        await empty_outbox(resources)
        made = (await school.enrolled(id, ana)).ok()["enrollment"]
        assert made | {"id": ""} == {
            "id": "",
            "status": "ACTIVE",
            "student": {"username": "ana"},
            "class": {"id": id},
            "creditsTotal": 3,
            "creditsUsed": 0,
            "creditsRemaining": 3,
            "paymentStatus": None,
            "price": None,
            "completedAt": None,
        }
        assert await school.ledger(made["id"]) == [(1, "package", 3, 3)]
        assert await school.members(id) == {ana.key}
        assert await waiting_events(resources) == ["class.student_enrolled"]

    async def test_what_it_costs_is_kept(self, school: School, ana: Person) -> None:
        await school.euro()
        id = await school.group(price={"amount": "90", "currency": "EUR"})
        enrollment = await school.enroll(id, ana)
        (await school.do("classUpdate", {"id": id, "price": None})).ok()
        read = await school.api.execute(
            f"query ($id: ID!) {{ enrollment(id: $id) {{ {ENROLLMENT} }} }}",
            {"id": enrollment},
            as_=ana,
        )
        found = read.ok()["enrollment"]
        assert found["price"] == {"amount": "90.00", "currency": "EUR"}
        assert found["paymentStatus"] == "PENDING"

    async def test_twice(self, school: School, resources: Resources, ana: Person) -> None:
        id = await school.group()
        enrollment = await school.enroll(id, ana)
        await empty_outbox(resources)
        assert (await school.enrolled(id, ana)).codes == ["ALREADY_ENROLLED"]
        assert await school.ledger(enrollment) == [(1, "package", 3, 3)]
        assert await waiting_events(resources) == []

    async def test_who_can_t_come(
        self, school: School, resources: Resources, ida: Person, ana: Person
    ) -> None:
        id = await school.group()
        async with writing(resources) as session:
            locked = update(User).where(col(User.id) == ana.key)
            await session.execute(locked.values(status=AccountStatus.DEACTIVATED))
        assert (await school.enrolled(id, ana)).codes == ["NOT_FOUND"]
        nobody = {"classId": id, "studentId": to_global("usr", new_id())}
        assert (await school.do("classEnroll", nobody)).codes == ["NOT_FOUND"]
        nowhere = {"classId": to_global("cls", new_id()), "studentId": ida.id}
        assert (await school.do("classEnroll", nowhere)).codes == ["NOT_FOUND"]
        assert (await school.enrolled(id, ida)).codes == ["INVALID_INPUT"]
        assert await school.enrollments(id) == []

    async def test_up_to_the_deadline(self, school: School, ana: Person, ben: Person) -> None:
        id = await school.group(timeZone="UTC")
        today = now().date()
        await school.put(id, enrollment_deadline=today)
        await school.enroll(id, ana)
        await school.put(id, enrollment_deadline=today - timedelta(days=1))
        assert (await school.enrolled(id, ben)).codes == ["ENROLLMENT_CLOSED"]
        assert await school.members(id) == {ana.key}

    async def test_a_full_class(
        self, school: School, ana: Person, ben: Person, ivo: Person
    ) -> None:
        id = await school.group()
        first = await school.enroll(id, ana)
        await school.enroll(id, ben)
        assert (await school.enrolled(id, ivo)).codes == ["CLASS_FULL"]
        (await school.do("enrollmentWithdraw", {"id": first})).ok()
        await school.enroll(id, ivo)
        assert (await school.enrolled(id, ana)).codes == ["CLASS_FULL"]
        assert await school.members(id) == {ben.key, ivo.key}

    async def test_fifty_at_once_for_the_last_seat(self, school: School, ana: Person) -> None:
        id = await school.group()
        await school.enroll(id, ana)
        people = [await make_person(school.resources) for _ in range(50)]
        payloads = await asyncio.gather(*(school.enrolled(id, person) for person in people))
        codes = sorted("".join(payload.codes) for payload in payloads)
        assert codes == ["", *["CLASS_FULL"] * 49]
        [winner] = [person for person, got in zip(people, payloads, strict=True) if not got.codes]
        assert await school.members(id) == {ana.key, winner.key}
        assert [each.student_id for each in await school.enrollments(id)] == [ana.key, winner.key]

    async def test_the_same_one_twenty_times_at_once(self, school: School, ana: Person) -> None:
        id = await school.group()
        payloads = await asyncio.gather(*(school.enrolled(id, ana) for _ in range(20)))
        codes = sorted("".join(payload.codes) for payload in payloads)
        assert codes == ["", *["ALREADY_ENROLLED"] * 19]
        [enrollment] = await school.enrollments(id)
        assert await school.ledger(to_global("enr", enrollment.id)) == [(1, "package", 3, 3)]

    async def test_while_the_class_begins(self, school: School, ana: Person) -> None:
        id = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN)
        enrolled, started = await asyncio.gather(
            school.enrolled(id, ana), school.do("classStart", {"id": id})
        )
        assert started.codes == []
        came = not enrolled.codes
        assert came or enrolled.codes == ["CLASS_WRONG_STATE"]
        assert await school.members(id) == ({ana.key} if came else set())


class TestWithdraw:
    async def test_history_stays(self, school: School, resources: Resources, ana: Person) -> None:
        id = await school.group()
        enrollment = await school.enroll(id, ana)
        await empty_outbox(resources)
        given = {"id": enrollment}
        payload = await school.do("enrollmentWithdraw", given, f"enrollment {{ {ENROLLMENT} }}")
        left = payload.ok()["enrollment"]
        assert (left["status"], left["creditsRemaining"]) == ("WITHDRAWN", 3)
        assert await school.members(id) == set()
        assert await school.ledger(enrollment) == [(1, "package", 3, 3)]
        assert await waiting_events(resources) == ["class.student_withdrawn"]
        assert (await school.do("enrollmentWithdraw", given)).codes == ["NOT_ENROLLED"]
        assert await waiting_events(resources) == ["class.student_withdrawn"]
        gone = {"id": to_global("enr", new_id())}
        assert (await school.do("enrollmentWithdraw", gone)).codes == ["NOT_FOUND"]

    async def test_and_back(self, school: School, ana: Person) -> None:
        id = await school.group()
        enrollment = await school.enroll(id, ana)
        (await school.do("enrollmentWithdraw", {"id": enrollment})).ok()
        (await school.do("classUpdate", {"id": id, "totalMeetings": 5})).ok()
        assert await school.enroll(id, ana) == enrollment
        # What was left, and what the package has grown by.
        assert await school.ledger(enrollment) == [(1, "package", 3, 3), (2, "package", 2, 5)]
        assert await school.members(id) == {ana.key}

    async def test_and_back_without_another_package(self, school: School, ana: Person) -> None:
        id = await school.group()
        enrollment = await school.enroll(id, ana)
        for _ in range(3):
            (await school.do("enrollmentWithdraw", {"id": enrollment})).ok()
            await school.enroll(id, ana)
        assert await school.ledger(enrollment) == [(1, "package", 3, 3)]


class TestPaid:
    async def _pay(self, resources: Resources, id: str, person: Person) -> str:
        async with resources.begin() as uow:
            made = await service.enroll_paid(uow, from_global("cls", id), person.key)
        return to_global("enr", made.id)

    async def _refund(self, resources: Resources, id: str, person: Person) -> None:
        async with resources.begin() as uow:
            await service.end_refunded(uow, from_global("cls", id), person.key)

    async def test_gives_a_place_once(
        self, school: School, resources: Resources, ana: Person
    ) -> None:
        await school.euro()
        id = await school.group(price={"amount": "90", "currency": "EUR"})
        await empty_outbox(resources)
        ids = await asyncio.gather(*(self._pay(resources, id, ana) for _ in range(5)))
        [enrollment] = await school.enrollments(id)
        assert set(ids) == {to_global("enr", enrollment.id)}
        assert enrollment.payment_status is not None
        assert enrollment.payment_status.value == "verified"
        assert await school.ledger(ids[0]) == [(1, "package", 3, 3)]
        assert await school.members(id) == {ana.key}
        assert await waiting_events(resources) == [
            "class.student_enrolled",
            "class.enrollment_paid",
        ]

    async def test_of_somebody_who_is_there(
        self, school: School, resources: Resources, ana: Person
    ) -> None:
        await school.euro()
        id = await school.group(price={"amount": "90", "currency": "EUR"})
        enrollment = await school.enroll(id, ana)
        await school.put(id, status=S.ACTIVE)
        assert await self._pay(resources, id, ana) == enrollment
        [row] = await school.enrollments(id)
        assert row.payment_status is not None
        assert row.payment_status.value == "verified"
        assert await school.ledger(enrollment) == [(1, "package", 3, 3)]

    async def test_told_again_after_leaving(
        self, school: School, resources: Resources, ana: Person
    ) -> None:
        id = await school.group()
        enrollment = await self._pay(resources, id, ana)
        (await school.do("enrollmentWithdraw", {"id": enrollment})).ok()
        await self._pay(resources, id, ana)
        assert await school.members(id) == set()

    async def test_where_there_is_no_place(
        self, school: School, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await school.private()
        await school.enroll(id, ana)
        with pytest.raises(ClassFull):
            await self._pay(resources, id, ben)
        begun = await school.in_status(T.GROUP, S.ACTIVE)
        with pytest.raises(ClassWrongState):
            await self._pay(resources, begun, ben)
        with pytest.raises(NotFound):
            await self._pay(resources, to_global("cls", new_id()), ben)
        assert await school.members(id) == {ana.key}
        assert await school.members(begun) == set()

    async def test_the_money_back(self, school: School, resources: Resources, ana: Person) -> None:
        await school.euro()
        id = await school.group(price={"amount": "90", "currency": "EUR"})
        enrollment = await self._pay(resources, id, ana)
        await empty_outbox(resources)
        await self._refund(resources, id, ana)
        await self._refund(resources, id, ana)
        [row] = await school.enrollments(id)
        assert row.payment_status is not None
        assert (row.status.value, row.payment_status.value) == ("withdrawn", "refunded")
        assert await school.members(id) == set()
        assert await waiting_events(resources) == [
            "class.enrollment_paid",
            "class.student_withdrawn",
        ]
        # Who pays again is back.
        assert await self._pay(resources, id, ana) == enrollment
        assert await school.members(id) == {ana.key}

"""Classes are planned and changed by those who manage them."""

import asyncio
from typing import Any

import pytest
from sqlmodel import col, select

from app.classes.models import ClassStatus, ClassType
from app.core.audit import AuditEntry
from app.core.ids import from_global, new_id, to_global
from app.core.resources import Resources
from app.courses.models import CourseStatus
from app.payments.models import Payable
from tests.classes.planning import CLASS, School, in_days
from tests.client import mutation_document
from tests.factories import Person, make_course, waiting_events

S, T = ClassStatus, ClassType


async def _payables(resources: Resources) -> list[tuple[Any, ...]]:
    async with resources.database.read() as reading:
        rows = await reading.all(select(Payable))
    return [(each.subject_id, each.title, str(each.amount), each.currency, each.open)
            for each in rows]  # fmt: skip


async def _actions(resources: Resources) -> list[str]:
    async with resources.database.read() as reading:
        return await reading.all(select(AuditEntry.action).order_by(col(AuditEntry.sequence)))


class TestCreate:
    async def test_all_of_it(self, school: School, resources: Resources, ivo: Person) -> None:
        await school.euro()
        payload = await school.plan(
            instructorId=ivo.id,
            weekdays=["THURSDAY", "MONDAY", "THURSDAY"],
            startsAt="19:00",
            endsAt="21:30",
            timeZone="Asia/Jakarta",
            enrollmentDeadline="2030-01-05",
            startDate="2030-01-07",
            endDate="2030-03-01",
            price={"amount": "90.5", "currency": "EUR"},
        )
        made = payload.ok()["class"]
        assert made | {"id": ""} == {
            "id": "",
            "name": "Leaves on Mondays",
            "type": "GROUP",
            "status": "DRAFT",
            "maxCapacity": 2,
            "currentCapacity": 0,
            "totalMeetings": 3,
            "meetingsCompleted": 0,
            "meetingsRemaining": 3,
            "lessonsUnlocked": 0,
            "weekdays": ["MONDAY", "THURSDAY"],
            "startsAt": "19:00",
            "endsAt": "21:30",
            "timeZone": "Asia/Jakarta",
            "enrollmentDeadline": "2030-01-05",
            "startDate": "2030-01-07",
            "endDate": "2030-03-01",
            "price": {"amount": "90.50", "currency": "EUR"},
            "course": {"id": school.course.id},
            "instructor": {"username": "ivo"},
            "continuedFrom": None,
        }
        key = from_global("cls", made["id"])
        assert await _payables(resources) == [(key, "Leaves on Mondays", "90.50", "EUR", True)]
        assert await waiting_events(resources) == ["class.created"]
        assert await _actions(resources) == ["class.create"]

    async def test_what_is_usual(self, school: School) -> None:
        made = (await school.plan(type="PRIVATE", maxCapacity=None)).ok()["class"]
        assert made["instructor"] == {"username": "ida"}
        assert made["maxCapacity"] == 1
        assert made["weekdays"] == []
        assert (made["startsAt"], made["timeZone"], made["price"]) == (None, "UTC", None)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": " "}, "name"),
            ({"totalMeetings": 0}, "totalMeetings"),
            ({"totalMeetings": 1001}, "totalMeetings"),
            ({"maxCapacity": 0}, "maxCapacity"),
            ({"maxCapacity": None}, "maxCapacity"),
            ({"type": "PRIVATE", "maxCapacity": 2}, "maxCapacity"),
            ({"startsAt": "7:00", "endsAt": "08:00"}, "startsAt"),
            ({"startsAt": "07:00", "endsAt": "24:00"}, "endsAt"),
            ({"startsAt": "07:00"}, "endsAt"),
            ({"startsAt": "07:00", "endsAt": "07:00"}, "endsAt"),
            ({"timeZone": "Mars/Olympus"}, "timeZone"),
            ({"startDate": "2030-01-02", "endDate": "2030-01-01"}, "endDate"),
            ({"startDate": "2030-01-02", "enrollmentDeadline": "2030-01-03"},
             "enrollmentDeadline"),
            ({"price": {"amount": "1.234", "currency": "EUR"}}, "price"),
            ({"price": {"amount": "-1", "currency": "EUR"}}, "price"),
        ],
    )  # fmt: skip
    async def test_what_makes_no_class(
        self, school: School, resources: Resources, given: dict[str, Any], field: str
    ) -> None:
        await school.euro()
        payload = await school.plan(**given)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"][:2] == ["input", field]
        assert await waiting_events(resources) == []
        assert await _payables(resources) == []

    async def test_only_published_courses(
        self, school: School, resources: Resources, ida: Person, ana: Person
    ) -> None:
        for status in set(CourseStatus) - {CourseStatus.PUBLISHED}:
            course = await make_course(resources, ida, status=status)
            payload = await school.plan(courseId=course.id)
            assert payload.codes == ["INVALID_INPUT"], status
        personal = await make_course(resources, ida, learner_id=ana.key)
        for id in (personal.id, to_global("crs", new_id())):
            payload = await school.plan(courseId=id)
            assert payload.codes == ["NOT_FOUND"]
            assert payload.errors[0]["field"] == ["input", "courseId"]

    async def test_only_who_may_teach(
        self, school: School, resources: Resources, ana: Person
    ) -> None:
        for id in (ana.id, to_global("usr", new_id())):
            payload = await school.plan(instructorId=id)
            assert payload.codes == ["NOT_FOUND"]
            assert payload.errors[0]["field"] == ["input", "instructorId"]
        alone = await make_course(resources, None)
        payload = await school.plan(courseId=alone.id)
        assert payload.codes == ["INVALID_INPUT"]

    async def test_only_managers(self, school: School, ida: Person, ana: Person) -> None:
        id = await school.group()
        before = await school.row(id)
        for person in (ida, ana):
            for mutation, given in (
                ("classUpdate", {"id": id, "name": "Mine"}),
                ("classCancel", {"id": id}),
                ("classEnroll", {"classId": id, "studentId": person.id}),
            ):
                document = mutation_document(mutation, "__typename")
                answer = await school.api.execute(document, {"input": given}, as_=person)
                assert answer.codes == ["FORBIDDEN"]
        assert await school.row(id) == before
        assert await school.members(id) == set()


class TestUpdate:
    async def _update(self, school: School, id: str, **more: Any) -> Any:
        return await school.do("classUpdate", {"id": id, **more}, f"class {{ {CLASS} }}")

    async def test_what_is_given(self, school: School, resources: Resources, ivo: Person) -> None:
        id = await school.group(startsAt="19:00", endsAt="20:00")
        changed = await self._update(
            school, id, name="Roots", startsAt=None, endsAt=None, instructorId=ivo.id, maxCapacity=9
        )
        made = changed.ok()["class"]
        assert (made["name"], made["startsAt"], made["endsAt"]) == ("Roots", None, None)
        assert (made["instructor"], made["maxCapacity"]) == ({"username": "ivo"}, 9)
        assert made["enrollmentDeadline"] == in_days(7)
        assert (await school.cohort(id)).instructor_id == ivo.key
        assert await waiting_events(resources) == ["class.created", "class.changed"]
        assert await _actions(resources) == ["class.create", "class.instructor_change"]

    async def test_nothing_of_what_may_not_be(
        self, school: School, ana: Person, ben: Person
    ) -> None:
        id = await school.group()
        await school.enroll(id, ana)
        await school.enroll(id, ben)
        before, taught = await school.row(id), await school.cohort(id)
        for given, code in (
            ({"name": "Roots", "maxCapacity": 1}, "INVALID_INPUT"),
            ({"name": "Roots", "instructorId": ana.id}, "NOT_FOUND"),
            ({"name": None}, "INVALID_INPUT"),
            ({"name": "Roots", "startsAt": "19:00"}, "INVALID_INPUT"),
        ):
            assert (await school.do("classUpdate", {"id": id, **given})).codes == [code], given
        nowhere = {"id": to_global("cls", new_id()), "name": "Roots"}
        assert (await school.do("classUpdate", nowhere)).codes == ["NOT_FOUND"]
        assert await school.row(id) == before
        assert await school.cohort(id) == taught

    async def test_the_price_is_where_it_is_paid(
        self, school: School, resources: Resources
    ) -> None:
        await school.euro()
        id = await school.group(price={"amount": "90", "currency": "EUR"})
        key = from_global("cls", id)
        (await self._update(school, id, name="Roots")).ok()
        assert await _payables(resources) == [(key, "Roots", "90.00", "EUR", True)]
        made = (await self._update(school, id, price={"amount": "5", "currency": "EUR"})).ok()
        assert made["class"]["price"] == {"amount": "5.00", "currency": "EUR"}
        assert (await self._update(school, id, price=None)).ok()["class"]["price"] is None
        assert await _payables(resources) == [(key, "Roots", "5.00", "EUR", False)]
        (await self._update(school, id, name="Stems")).ok()
        assert (await _payables(resources))[0][-1] is False


class TestPackage:
    async def _repackage(self, school: School, id: str, meetings: int) -> Any:
        return await school.do("classUpdate", {"id": id, "totalMeetings": meetings})

    @pytest.mark.parametrize("status", [S.DRAFT, S.ENROLLMENT_OPEN])
    async def test_of_a_group_before_it_begins(
        self, school: School, ana: Person, status: ClassStatus
    ) -> None:
        id = await school.group()
        enrollment = await school.enroll(id, ana)
        await school.put(id, status=status)
        (await self._repackage(school, id, 5)).ok()
        (await self._repackage(school, id, 5)).ok()
        (await self._repackage(school, id, 4)).ok()
        assert await school.ledger(enrollment) == [
            (1, "package", 3, 3),
            (2, "package", 2, 5),
            (3, "package", -1, 4),
        ]

    async def test_of_an_active_group(self, school: School, ana: Person) -> None:
        id = await school.in_status(T.GROUP, S.ACTIVE, ana)
        for meetings in (2, 4):
            payload = await self._repackage(school, id, meetings)
            assert payload.codes == ["PACKAGE_FIXED"]
        (await self._repackage(school, id, 3)).ok()
        assert (await school.row(id)).total_meetings == 3
        assert [each.credits for each in await school.enrollments(id)] == [3]

    async def test_of_an_active_private_class(self, school: School, ana: Person) -> None:
        id = await school.private()
        enrollment = await school.enroll(id, ana)
        await school.put(id, status=S.ACTIVE)
        (await self._repackage(school, id, 10)).ok()
        assert (await self._repackage(school, id, 9)).codes == ["PACKAGE_FIXED"]
        assert (await school.row(id)).total_meetings == 10
        assert await school.ledger(enrollment) == [(1, "package", 3, 3), (2, "package", 7, 10)]

    async def test_at_the_same_moment(self, school: School, ana: Person) -> None:
        id = await school.private()
        enrollment = await school.enroll(id, ana)
        await school.put(id, status=S.ACTIVE)
        sizes = range(4, 12)
        await asyncio.gather(*(self._repackage(school, id, size) for size in sizes))
        total = (await school.row(id)).total_meetings
        assert total == 11
        entries = await school.ledger(enrollment)
        assert [each[0] for each in entries] == list(range(1, len(entries) + 1))
        assert sum(each[2] for each in entries) == total == entries[-1][3]


async def test_a_new_instructor_leaves_the_old_one_out(
    school: School, resources: Resources, ida: Person, ivo: Person
) -> None:
    other = await make_course(resources, ivo)
    id = await school.group(courseId=other.id, instructorId=ida.id)
    document = "query ($id: ID!) { class(id: $id) { name } }"
    assert (await school.api.execute(document, {"id": id}, as_=ida)).ok()["class"] is not None
    (await school.do("classUpdate", {"id": id, "instructorId": ivo.id})).ok()
    assert (await school.api.execute(document, {"id": id}, as_=ida)).ok()["class"] is None
    assert (await school.api.execute(document, {"id": id}, as_=ivo)).ok()["class"] is not None

"""The life of a class: every state and every step, of both types."""

from itertools import product
from typing import Any

import pytest
from sqlmodel import select

from app.classes.models import ClassStatus, ClassType
from app.classes.states import ClassStep, after, allows
from app.core.audit import AuditEntry
from app.core.ids import to_global
from app.core.resources import Resources
from tests.classes.planning import School
from tests.factories import Person, empty_outbox, make_person, waiting_events

S, T = ClassStatus, ClassType

# Said once more: where each step leads, from the states that allow it.
_SAME: dict[ClassStep, tuple[ClassStatus, ...]] = {
    ClassStep.UPDATE: (S.DRAFT, S.ENROLLMENT_OPEN, S.ACTIVE),
    ClassStep.WITHDRAW: (S.DRAFT, S.ENROLLMENT_OPEN, S.ACTIVE),
    ClassStep.UNLOCK: (S.ACTIVE, S.COMPLETED),
}
_BOTH = {step: {each: each for each in states} for step, states in _SAME.items()} | {
    ClassStep.COMPLETE: {S.ACTIVE: S.COMPLETED},
    ClassStep.CANCEL: dict.fromkeys((S.DRAFT, S.ENROLLMENT_OPEN, S.ACTIVE), S.CANCELLED),
}
_LEADS: dict[ClassType, dict[ClassStep, dict[ClassStatus, ClassStatus]]] = {
    T.GROUP: _BOTH
    | {
        ClassStep.OPEN: {S.DRAFT: S.ENROLLMENT_OPEN},
        ClassStep.START: {S.ENROLLMENT_OPEN: S.ACTIVE},
        ClassStep.ENROLL: {S.DRAFT: S.DRAFT, S.ENROLLMENT_OPEN: S.ENROLLMENT_OPEN},
        ClassStep.CONTINUE: {S.ACTIVE: S.ACTIVE, S.COMPLETED: S.COMPLETED},
    },
    T.PRIVATE: _BOTH
    | {
        ClassStep.OPEN: {},
        ClassStep.START: {S.DRAFT: S.ACTIVE},
        ClassStep.ENROLL: {S.DRAFT: S.DRAFT, S.ACTIVE: S.ACTIVE},
        ClassStep.CONTINUE: {},
    },
}
# What each step tells in the stream of the class.
_EVENTS = {
    ClassStep.UPDATE: ["class.changed"],
    ClassStep.OPEN: ["class.opened"],
    ClassStep.START: ["class.started"],
    ClassStep.COMPLETE: ["class.completed"],
    ClassStep.CANCEL: ["class.cancelled"],
    ClassStep.ENROLL: ["class.student_enrolled"],
    ClassStep.UNLOCK: ["class.lesson_unlocked"],
}


def test_the_table() -> None:
    for type, step, status in product(ClassType, ClassStep, ClassStatus):
        leads = _LEADS[type][step]
        assert allows(type, status, step) == (status in leads), (type, step, status)
        if status in leads:
            assert after(type, status, step) is leads[status], (type, step, status)


_CALLS = [each for each in ClassStep if each is not ClassStep.WITHDRAW]


@pytest.mark.parametrize("step", _CALLS)
@pytest.mark.parametrize("type", list(ClassType))
async def test_every_state(
    school: School, resources: Resources, ana: Person, ida: Person, type: ClassType, step: ClassStep
) -> None:
    for status in ClassStatus:
        # Who is in it already is no part of these steps, but for two.
        there = [ana] if step is ClassStep.CONTINUE else []
        id = await school.in_status(type, status, *there)
        await school.put(id, meetings_completed=3)
        await empty_outbox(resources)
        before, audited = await school.row(id), await _audited(resources)
        payload = await _call(school, step, id, ana, ida)
        row, events = await school.row(id), await waiting_events(resources)
        if status in _LEADS[type][step]:
            assert payload.codes == [], (step, status)
            assert row.status is _LEADS[type][step][status], (step, status)
            assert step is ClassStep.CONTINUE or events == _EVENTS[step]
        else:
            assert payload.codes == ["CLASS_WRONG_STATE"], (step, status)
            assert status.value.replace("_", " ") in payload.errors[0]["message"]
            assert row == before, (step, status)
            assert events == []
            assert await _audited(resources) == audited


async def _call(school: School, step: ClassStep, id: str, ana: Person, ida: Person) -> Any:
    if step is ClassStep.ENROLL:
        return await school.enrolled(id, await make_person(school.resources))
    if step is ClassStep.UNLOCK:
        return await school.unlock(id, 0, ida)
    if step is ClassStep.CONTINUE:
        return await school.do("classContinue", {"classId": id, "studentId": ana.id})
    more = {"endDate": "2030-01-01"} if step is ClassStep.UPDATE else {}
    name = "classOpenEnrollment" if step is ClassStep.OPEN else f"class{step.capitalize()}"
    return await school.do(name, {"id": id, **more})


async def _audited(resources: Resources) -> int:
    async with resources.database.read() as reading:
        return len(await reading.all(select(AuditEntry.sequence)))


@pytest.mark.parametrize("type", list(ClassType))
async def test_withdrawing_in_every_state(school: School, ana: Person, type: ClassType) -> None:
    for status in ClassStatus:
        id = await school.in_status(type, status, ana)
        [enrollment] = await school.enrollments(id)
        payload = await school.do("enrollmentWithdraw", {"id": to_global("enr", enrollment.id)})
        possible = status in _LEADS[type][ClassStep.WITHDRAW]
        assert payload.codes == ([] if possible else ["CLASS_WRONG_STATE"]), status
        assert (ana.key in await school.members(id)) is not possible
        [left] = await school.enrollments(id)
        assert (left == enrollment) is not possible


class TestOpen:
    async def test_a_deadline_to_come_is_needed(self, school: School) -> None:
        for more, message in (
            ({"enrollmentDeadline": None}, "A group class needs a deadline."),
            ({"enrollmentDeadline": "2020-01-01"}, "The deadline for enrollment is over."),
        ):
            id = await school.group(**more)
            payload = await school.do("classOpenEnrollment", {"id": id})
            assert payload.codes == ["CLASS_INCOMPLETE"]
            assert payload.errors[0]["message"] == message
            assert (await school.row(id)).status is S.DRAFT

    async def test_the_deadline_stays_needed(self, school: School) -> None:
        id = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN)
        payload = await school.do("classUpdate", {"id": id, "enrollmentDeadline": None})
        assert payload.codes == ["CLASS_INCOMPLETE"]
        assert (await school.row(id)).enrollment_deadline is not None

    async def test_the_course_has_to_be_published_still(self, school: School, ida: Person) -> None:
        id = await school.group()
        (await school.do("courseArchive", {"id": school.course.id}, as_=ida)).ok()
        payload = await school.do("classOpenEnrollment", {"id": id})
        assert payload.codes == ["CLASS_INCOMPLETE"]
        assert (await school.row(id)).status is S.DRAFT


class TestComplete:
    async def test_only_after_all_meetings(self, school: School, ana: Person) -> None:
        id = await school.in_status(T.GROUP, S.ACTIVE, ana)
        await school.put(id, meetings_completed=2)
        payload = await school.do("classComplete", {"id": id})
        assert payload.codes == ["CLASS_INCOMPLETE"]
        assert payload.errors[0]["message"] == "2 of 3 meetings were held."
        assert (await school.row(id)).status is S.ACTIVE
        [enrollment] = await school.enrollments(id)
        assert enrollment.completed_at is None

    async def test_students_keep_what_was_unlocked(
        self, school: School, resources: Resources, ana: Person, ben: Person
    ) -> None:
        id = await school.group()
        await school.enroll(id, ana)
        left = await school.enroll(id, ben)
        (await school.do("enrollmentWithdraw", {"id": left})).ok()
        await school.put(id, status=S.ACTIVE, meetings_completed=3)
        await empty_outbox(resources)
        (await school.do("classComplete", {"id": id})).ok()
        first, second = await school.enrollments(id)
        assert first.status.value == "completed"
        assert first.completed_at is not None
        assert second.status.value == "withdrawn"
        assert second.completed_at is None
        assert await school.members(id) == {ana.key}
        assert await waiting_events(resources) == ["class.completed", "class.student_completed"]


class TestCancel:
    async def test_nobody_is_in_it_any_more(
        self, school: School, resources: Resources, ana: Person, ben: Person
    ) -> None:
        await school.euro()
        id = await school.group(price={"amount": "90", "currency": "EUR"})
        await school.enroll(id, ana)
        await school.enroll(id, ben)
        await empty_outbox(resources)
        payload = await school.do(
            "classCancel", {"id": id}, "class { status currentCapacity price { amount } }"
        )
        assert payload.ok()["class"] == {
            "status": "CANCELLED",
            "currentCapacity": 0,
            "price": None,
        }
        assert {each.status.value for each in await school.enrollments(id)} == {"withdrawn"}
        assert await school.members(id) == set()
        assert await waiting_events(resources) == [
            "class.cancelled",
            "class.student_withdrawn",
            "class.student_withdrawn",
        ]

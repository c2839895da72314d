"""Attendance is taken once for each meeting, by those who may, and paid with credits."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from app.classes.models import AttendanceStatus, ClassStatus, CreditKind
from app.core.clock import now
from app.core.ids import new_id
from app.core.resources import Resources
from tests.attendance.classroom import (
    Classroom,
    balances,
    change_class,
    held_meetings,
    ledger_of,
    make_class,
    records,
    take,
    withdraw,
)
from tests.client import Api, Payload
from tests.factories import Person, make_person, waiting_events


async def _untouched(resources: Resources, room: Classroom) -> None:
    assert await records(resources, room) == []
    assert await balances(resources, room) == [10] * len(room.enrollments)
    assert await held_meetings(resources, room) == 0
    assert await waiting_events(resources) == []


async def test_who_came_pays(api: Api, resources: Resources, room: Classroom, ida: Person) -> None:
    payload = await take(api, room, 1, "LATE", "ABSENT", as_=ida)
    assert payload.ok()["class"] == {"meetingsCompleted": 1}
    ana, ben = await records(resources, room)
    assert (ana.status, ana.credit_taken) == (AttendanceStatus.LATE, True)
    assert (ben.status, ben.credit_taken) == (AttendanceStatus.ABSENT, False)
    assert {(each.meeting_number, each.meeting_date) for each in (ana, ben)} == {
        (1, date(2026, 11, 2))
    }
    assert {each.marked_by_id for each in (ana, ben)} == {ida.key}
    assert {each.edited_at for each in (ana, ben)} == {None}
    assert await balances(resources, room) == [9, 10]
    entry = (await ledger_of(resources, room, 0))[-1]
    assert (entry.kind, entry.amount, entry.number) == (CreditKind.ATTENDANCE, -1, 2)
    assert entry.made_by_id == ida.key
    assert await waiting_events(resources) == ["class.attendance_taken"]


async def test_no_day_to_come(api: Api, resources: Resources, room: Classroom, ida: Person) -> None:
    # Further away than any time zone.
    day = str(now().date() + timedelta(days=2))
    payload = await take(api, room, 1, "PRESENT", as_=ida, meetingDate=day)
    assert payload.codes == ["INVALID_INPUT"]
    assert payload.errors[0]["field"] == ["input", "meetingDate"]
    await _untouched(resources, room)


async def test_who_manages_classes_may(
    api: Api, resources: Resources, room: Classroom, sam: Person
) -> None:
    (await take(api, room, 1, "PRESENT", "PRESENT", as_=sam)).ok()
    assert await balances(resources, room) == [9, 9]


async def test_others_may_not(
    api: Api, resources: Resources, room: Classroom, ana: Person, eve: Person, ivo: Person
) -> None:
    assert (await take(api, room, 1, "PRESENT", as_=ana)).codes == ["NOT_TEACHER"]
    for person in (eve, ivo):
        assert (await take(api, room, 1, "PRESENT", as_=person)).codes == ["NOT_FOUND"]
    await _untouched(resources, room)


async def test_a_student_who_was_led_to_another_class(
    api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person
) -> None:
    other = await make_class(resources, ida, ana)
    given = [{"enrollmentId": other.enrollment(0), "status": "PRESENT"}]
    payload = await take(api, room, 1, as_=ida, entries=given)
    assert payload.codes == ["NOT_FOUND"]
    assert payload.errors[0]["field"] == ["input", "entries", "0", "enrollmentId"]
    assert await balances(resources, other) == [10]


async def test_those_who_left(api: Api, resources: Resources, room: Classroom, ida: Person) -> None:
    await withdraw(resources, room, 1)
    payload = await take(api, room, 1, "PRESENT", "PRESENT", as_=ida)
    assert payload.codes == ["ENROLLMENT_NOT_ACTIVE"]
    await _untouched(resources, room)


@pytest.mark.parametrize("status", [each for each in ClassStatus if each is not ClassStatus.ACTIVE])
async def test_only_active_classes_meet(
    api: Api, resources: Resources, room: Classroom, ida: Person, status: ClassStatus
) -> None:
    await change_class(resources, room, status=status)
    assert (await take(api, room, 1, "PRESENT", as_=ida)).codes == ["CLASS_NOT_ACTIVE"]
    await _untouched(resources, room)


@pytest.mark.parametrize(
    ("number", "code"),
    [(0, "INVALID_INPUT"), (-1, "INVALID_INPUT"), (2, "MEETING_OUT_OF_ORDER"),
     (11, "MEETING_OUT_OF_ORDER"), (2**31 - 1, "MEETING_OUT_OF_ORDER")],
)  # fmt: skip
async def test_meetings_come_in_their_order(
    api: Api, resources: Resources, room: Classroom, ida: Person, number: int, code: str
) -> None:
    payload = await take(api, room, number, "PRESENT", as_=ida)
    assert payload.codes == [code]
    assert payload.errors[0]["field"] == ["input", "meetingNumber"]
    await _untouched(resources, room)


async def test_no_more_than_the_package(
    api: Api, resources: Resources, ida: Person, ana: Person
) -> None:
    room = await make_class(resources, ida, ana, meetings=1, credits=5)
    (await take(api, room, 1, "PRESENT", as_=ida)).ok()
    assert (await take(api, room, 2, "PRESENT", as_=ida)).codes == ["MEETING_OUT_OF_ORDER"]
    assert await balances(resources, room) == [4]


async def test_an_old_meeting_for_those_without_record(
    api: Api, resources: Resources, room: Classroom, ida: Person
) -> None:
    (await take(api, room, 1, "PRESENT", None, as_=ida)).ok()
    (await take(api, room, 2, "PRESENT", "PRESENT", as_=ida)).ok()
    (await take(api, room, 1, None, "PRESENT", as_=ida)).ok()
    assert await held_meetings(resources, room) == 2
    assert await balances(resources, room) == [8, 8]


async def test_twice(api: Api, resources: Resources, room: Classroom, ida: Person) -> None:
    (await take(api, room, 1, "PRESENT", None, as_=ida)).ok()
    again = await take(api, room, 1, "ABSENT", "PRESENT", as_=ida)
    assert again.codes == ["ALREADY_TAKEN"]
    assert await balances(resources, room) == [9, 10]
    [record] = await records(resources, room)
    assert record.status is AttendanceStatus.PRESENT


async def test_at_the_same_moment(
    api: Api, resources: Resources, room: Classroom, ida: Person, sam: Person
) -> None:
    payloads: list[Payload] = await asyncio.gather(
        *(take(api, room, 1, "PRESENT", "LATE", as_=person) for person in (ida, sam) * 5)
    )
    codes = Counter(tuple(payload.codes) for payload in payloads)
    assert codes == {(): 1, ("ALREADY_TAKEN",): 9}
    assert len(await records(resources, room)) == 2
    assert await balances(resources, room) == [9, 9]
    assert await waiting_events(resources) == ["class.attendance_taken"]


async def test_without_credits(
    api: Api, resources: Resources, ida: Person, ana: Person, ben: Person
) -> None:
    cleo = await make_person(resources, "cleo")
    room = await make_class(resources, ida, cleo, ana, ben, credits=0)
    payload = await take(api, room, 1, "ABSENT", "PRESENT", "LATE", as_=ida)
    assert [(each["code"], each["message"], each["field"]) for each in payload.errors] == [
        (
            "TOO_FEW_CREDITS",
            f"{name} has no credit left.",
            ["input", "entries", place, "status"],
        )
        for name, place in (("Ana", "1"), ("Ben", "2"))
    ]
    assert await records(resources, room) == []
    assert await held_meetings(resources, room) == 0
    (await take(api, room, 1, "ABSENT", "ABSENT", "ABSENT", as_=ida)).ok()
    assert await balances(resources, room) == [0, 0, 0]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"entries": []}, ["input", "entries"]),
        ({"notes": "x" * 2001}, ["input", "entries", "0", "notes"]),
        ({"notes": "a\0b"}, ["input", "entries", "0", "notes"]),
    ],
)
async def test_what_makes_no_sense(
    api: Api, resources: Resources, room: Classroom, ida: Person, change: Any, field: list[str]
) -> None:
    entry = {"enrollmentId": room.enrollment(0), "status": "PRESENT"}
    if "notes" in change:
        change = {"entries": [entry | change]}
    payload = await take(api, room, 1, as_=ida, **change)
    assert payload.codes == ["INVALID_INPUT"]
    assert payload.errors[0]["field"] == field
    await _untouched(resources, room)


async def test_somebody_twice_in_a_list(
    api: Api, resources: Resources, room: Classroom, ida: Person
) -> None:
    entry = {"enrollmentId": room.enrollment(0), "status": "PRESENT"}
    payload = await take(api, room, 1, as_=ida, entries=[entry, entry])
    assert payload.codes == ["INVALID_INPUT"]
    unknown = {"enrollmentId": f"enr_{new_id()}", "status": "PRESENT"}
    assert (await take(api, room, 1, as_=ida, entries=[unknown])).codes == ["NOT_FOUND"]
    await _untouched(resources, room)

"""Who sees whose attendance, credits and rate."""

from typing import Any

from app.core.resources import Resources
from tests.attendance.classroom import Classroom, adjust, make_class, take, withdraw
from tests.client import Api
from tests.factories import Person

_ENROLLMENT = """
    query ($id: ID!) { node(id: $id) { ... on Enrollment {
        creditsRemaining student { id } class { id meetingsCompleted }
        attendance { presentCount lateCount absentCount rate }
        attendanceRecords { nodes { meetingNumber status enrollment { student { id } } } }
        creditEntries { nodes { number amount after kind } totalCount }
    } } }
"""


async def _enrollment(api: Api, room: Classroom, place: int, person: Person) -> Any:
    found = await api.execute(_ENROLLMENT, {"id": room.enrollment(place)}, as_=person)
    return found.ok()["node"]


async def _attendance(api: Api, room: Classroom, person: Person, more: str = "") -> Any:
    document = (
        f'{{ attendance(classId: "{room.id}"{more})'
        " { nodes { meetingNumber status enrollment { student { username } } } } }"
    )
    found = (await api.execute(document, as_=person)).ok()["attendance"]
    return found and [
        (each["meetingNumber"], each["enrollment"]["student"]["username"], each["status"])
        for each in found["nodes"]
    ]


async def test_the_rate_is_exact(
    api: Api, room: Classroom, ida: Person, ana: Person, ben: Person
) -> None:
    assert (await _enrollment(api, room, 0, ana))["attendance"] == {
        "presentCount": 0,
        "lateCount": 0,
        "absentCount": 0,
        "rate": None,
    }
    for number, statuses in enumerate(
        [("PRESENT", "ABSENT"), ("LATE", "ABSENT"), ("ABSENT", "PRESENT"), ("PRESENT", None),
         ("PRESENT", None), ("PRESENT", None)], 1
    ):  # fmt: skip
        (await take(api, room, number, *statuses, as_=ida)).ok()
    hers, his = await _enrollment(api, room, 0, ana), await _enrollment(api, room, 1, ben)
    assert hers["attendance"] == {
        "presentCount": 4,
        "lateCount": 1,
        "absentCount": 1,
        "rate": "83.33",
    }
    assert his["attendance"]["rate"] == "33.33"
    assert hers["class"] == {"id": room.id, "meetingsCompleted": 6}
    assert [each["meetingNumber"] for each in hers["attendanceRecords"]["nodes"]] == [
        1, 2, 3, 4, 5, 6
    ]  # fmt: skip


async def test_whole_percents_have_two_digits(api: Api, room: Classroom, ida: Person) -> None:
    (await take(api, room, 1, "PRESENT", "ABSENT", as_=ida)).ok()
    rates = [(await _enrollment(api, room, place, ida))["attendance"]["rate"] for place in (0, 1)]
    assert rates == ["100.00", "0.00"]


async def test_the_ledger(api: Api, room: Classroom, ida: Person, ana: Person) -> None:
    (await take(api, room, 1, "PRESENT", as_=ida)).ok()
    (await adjust(api, room, 0, 2, as_=ida)).ok()
    found = await _enrollment(api, room, 0, ana)
    assert found["creditsRemaining"] == 11
    assert found["creditEntries"] == {
        "nodes": [
            {"number": 3, "amount": 2, "after": 11, "kind": "ADJUSTMENT"},
            {"number": 2, "amount": -1, "after": 9, "kind": "ATTENDANCE"},
            {"number": 1, "amount": 10, "after": 10, "kind": "PACKAGE"},
        ],
        "totalCount": 3,
    }


async def test_who_sees_what(
    api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person, ben: Person,
    eve: Person, ivo: Person, sam: Person,
) -> None:  # fmt: skip
    (await take(api, room, 1, "PRESENT", "LATE", as_=ida)).ok()
    both = [(1, "ana", "PRESENT"), (1, "ben", "LATE")]
    for person, expected in (
        (ida, both), (sam, both), (ana, both[:1]), (ben, both[1:]), (eve, None), (ivo, None)
    ):  # fmt: skip
        found = await _attendance(api, room, person)
        assert (sorted(found) if found else found) == expected, person.user.username
        seen = await _enrollment(api, room, 0, person)
        assert (seen is not None) == (person in (ida, sam, ana))
    await withdraw(resources, room, 1)
    assert await _attendance(api, room, ben) is None


async def test_of_a_meeting_or_an_enrollment(
    api: Api, resources: Resources, room: Classroom, ida: Person, ana: Person
) -> None:
    for number in (1, 2):
        (await take(api, room, number, "PRESENT", "LATE", as_=ida)).ok()
    second = await _attendance(api, room, ida, ", meetingNumber: 2")
    assert {number for number, *_ in second} == {2}
    hers = await _attendance(api, room, ida, f', enrollmentId: "{room.enrollment(0)}"')
    assert hers == [(1, "ana", "PRESENT"), (2, "ana", "PRESENT")]
    other = await make_class(resources, ida, ana)
    none = await _attendance(api, room, ida, f', enrollmentId: "{other.enrollment(0)}"')
    assert none == []

"""What happens in a class, told to those who have a part in it."""

import pytest

from app.classes.models import ClassStatus, ClassType
from tests.classes.planning import School
from tests.client import OperationError
from tests.factories import Person

S, T = ClassStatus, ClassType
pytestmark = pytest.mark.usefixtures("relay")

_UPDATED = """
    subscription ($id: ID!, $after: String) {
      classUpdated(classId: $id, after: $after) {
        __typename cursor class { status lessonsUnlocked currentCapacity }
        ... on ClassEnrollmentChanged { enrollment { status student { username } } }
        ... on ClassLessonUnlocked { unlock { lesson { title } } } } }
"""


def _stream(id: str) -> str:
    return f"class:{id.removeprefix('cls_')}"


class TestTold:
    async def test_in_order(self, school: School, ida: Person, ana: Person, ben: Person) -> None:
        id = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN, ana)
        async with school.api.socket(as_=ana) as socket:
            told = await socket.subscribe(_UPDATED, {"id": id})
            await school.api.listening(_stream(id))
            await school.enroll(id, ben)
            event = (await told.next())["classUpdated"]
            # That somebody came, but not who.
            assert event["__typename"] == "ClassEnrollmentChanged"
            assert event["enrollment"] is None
            assert event["class"]["currentCapacity"] == 2
            (await school.do("classStart", {"id": id})).ok()
            event = (await told.next())["classUpdated"]
            assert (event["__typename"], event["class"]["status"]) == ("ClassChanged", "ACTIVE")
            await school.put(id, meetings_completed=1)
            (await school.unlock(id, 0, ida)).ok()
            event = (await told.next())["classUpdated"]
            assert event["unlock"] == {"lesson": {"title": "Lesson 0.0"}}
            assert event["class"]["lessonsUnlocked"] == 1

    async def test_after_a_cursor(self, school: School, ida: Person, ana: Person) -> None:
        id = await school.group()
        document = "query ($id: ID!) { class(id: $id) { cursor } }"
        read = await school.api.execute(document, {"id": id}, as_=ida)
        cursor = read.ok()["class"]["cursor"]
        await school.enroll(id, ana)
        (await school.do("classUpdate", {"id": id, "name": "Roots"})).ok()
        async with school.api.socket(as_=ida) as socket:
            told = await socket.subscribe(_UPDATED, {"id": id, "after": cursor})
            first = (await told.next())["classUpdated"]
            # The instructor is told who it is.
            assert first["enrollment"] == {"status": "ACTIVE", "student": {"username": "ana"}}
            assert (await told.next())["classUpdated"]["__typename"] == "ClassChanged"
            again = await socket.subscribe(_UPDATED, {"id": id, "after": first["cursor"]})
            assert (await again.next())["classUpdated"]["__typename"] == "ClassChanged"

    async def test_ends_for_who_left(self, school: School, ana: Person, ben: Person) -> None:
        id = await school.group()
        await school.enroll(id, ana)
        left = await school.enroll(id, ben)
        async with school.api.socket(as_=ana) as hers, school.api.socket(as_=ben) as his:
            stays = await hers.subscribe(_UPDATED, {"id": id})
            ends = await his.subscribe(_UPDATED, {"id": id})
            await school.api.listening(_stream(id), 2)
            (await school.do("enrollmentWithdraw", {"id": left})).ok()
            event = (await stays.next())["classUpdated"]
            assert event["__typename"] == "ClassEnrollmentChanged"
            # Whether he is told of it himself depends on what is faster.
            told = [event async for event in ends]
            assert len(told) <= 1

    async def test_ends_for_a_former_instructor(
        self, school: School, ida: Person, ivo: Person
    ) -> None:
        id = await school.group()
        async with school.api.socket(as_=ida) as socket:
            told = await socket.subscribe(_UPDATED, {"id": id})
            await school.api.listening(_stream(id))
            (await school.do("classUpdate", {"id": id, "instructorId": ivo.id})).ok()
            assert len([event async for event in told]) <= 1

    async def test_who_has_no_part_in_it(self, school: School, ivo: Person, ben: Person) -> None:
        # They see what is on offer, but not what happens there.
        id = await school.in_status(T.GROUP, S.ENROLLMENT_OPEN)
        for person in (ivo, ben):
            async with school.api.socket(as_=person) as socket:
                told = await socket.subscribe(_UPDATED, {"id": id})
                with pytest.raises(OperationError) as refused:
                    await told.next()
                assert refused.value.code == "NOT_FOUND"

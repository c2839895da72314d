"""Who comes to a class's events."""

import asyncio

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.calendar.models import EventRsvp
from app.classes.events import StudentWithdrawn
from app.classes.models import ClassStatus, ClassType, Enrollment, EnrollmentStatus
from app.core.ids import from_global
from app.core.resources import Resources
from tests.calendar.planner import change, day, delete, make
from tests.classes.planning import School
from tests.client import Api, Payload
from tests.factories import Person, empty_outbox, make_person, waiting_events, writing
from workers import reminding

_FIELDS = "rsvp { status } event { attendingCount maybeCount declinedCount viewerRsvp { status } }"


async def _answer(api: Api, who: Person, id: str, status: str) -> Payload:
    return await api.mutate("eventRsvp", {"id": id, "status": status}, _FIELDS, as_=who)


@pytest.fixture
async def taught(school: School, ana: Person, ben: Person) -> str:
    """A class in which Ana and Ben are."""
    return await school.in_status(ClassType.GROUP, ClassStatus.ACTIVE, ana, ben)


@pytest.fixture
async def id(api: Api, taught: str, ida: Person) -> str:
    """An event for two, to come."""
    return await make(api, ida, classId=taught, capacity=2, startsAt=f"{day(9)}T08:00:00Z")


async def _answers(resources: Resources) -> int:
    async with resources.database.read() as session:
        return len(await session.all(select(EventRsvp.id)))


class TestAnswer:
    async def test_counts(
        self, api: Api, id: str, ana: Person, ben: Person, ida: Person, resources: Resources
    ) -> None:
        await empty_outbox(resources)
        (await _answer(api, ana, id, "ATTENDING")).ok()
        (await _answer(api, ana, id, "ATTENDING")).ok()
        (await _answer(api, ben, id, "MAYBE")).ok()
        found = (await _answer(api, ida, id, "DECLINED")).ok()
        assert found["rsvp"] == {"status": "DECLINED"}
        assert found["event"] == {
            "attendingCount": 1,
            "maybeCount": 1,
            "declinedCount": 1,
            "viewerRsvp": {"status": "DECLINED"},
        }
        found = (await _answer(api, ben, id, "ATTENDING")).ok()["event"]
        assert (found["attendingCount"], found["maybeCount"]) == (2, 0)
        assert await waiting_events(resources) == ["calendar.event_answered"] * 4
        assert await _answers(resources) == 3

    async def test_who_sees_whose(self, api: Api, id: str, ana: Person, ida: Person) -> None:
        (await _answer(api, ana, id, "ATTENDING")).ok()
        document = """query ($id: ID!) { node(id: $id) { ... on CalendarEvent {
            rsvps(first: 5) { nodes { status user { username } } } } } }"""
        seen = (await api.execute(document, {"id": id}, as_=ida)).ok()["node"]["rsvps"]["nodes"]
        assert seen == [{"status": "ATTENDING", "user": {"username": "ana"}}]
        assert (await api.execute(document, {"id": id}, as_=ana)).ok()["node"] == {"rsvps": None}

    async def test_no_more_than_there_is_room_for(
        self, api: Api, id: str, ana: Person, ben: Person, ida: Person, resources: Resources
    ) -> None:
        answers = await asyncio.gather(
            *[_answer(api, who, id, "ATTENDING") for who in (ana, ben, ida) for _ in range(2)]
        )
        full = [each.codes for each in answers]
        assert full.count([]) == 4
        assert full.count(["EVENT_FULL"]) == 2
        assert await _answers(resources) == 2
        # Who doesn't come after all makes room.
        late = next(
            who for who, got in zip((ana, ben, ida), answers[::2], strict=True) if got.errors
        )
        first = next(who for who in (ana, ben, ida) if who is not late)
        (await _answer(api, first, id, "DECLINED")).ok()
        assert (await _answer(api, late, id, "ATTENDING")).ok()["event"]["attendingCount"] == 2

    async def test_room_for_fewer(
        self, api: Api, id: str, ana: Person, ben: Person, ida: Person
    ) -> None:
        (await _answer(api, ana, id, "ATTENDING")).ok()
        (await _answer(api, ben, id, "ATTENDING")).ok()
        assert (await change(api, ida, id, capacity=1)).codes == ["INVALID_INPUT"]
        assert (await change(api, ida, id, capacity=None)).ok()["event"]["capacity"] is None

    async def test_strangers(self, api: Api, id: str, sam: Person, resources: Resources) -> None:
        stranger = await make_person(resources)
        assert (await _answer(api, stranger, id, "ATTENDING")).codes == ["NOT_FOUND"]
        assert (await _answer(api, sam, id, "ATTENDING")).codes == ["EVENT_WITHOUT_GUESTS"]
        assert await _answers(resources) == 0

    async def test_what_is_over(
        self, api: Api, taught: str, school: School, id: str, ana: Person, ida: Person
    ) -> None:
        past = await make(api, ida, classId=taught)
        assert (await _answer(api, ana, past, "ATTENDING")).codes == ["EVENT_OVER"]
        await school.put(taught, status=ClassStatus.CANCELLED)
        assert (await _answer(api, ana, id, "ATTENDING")).codes == ["EVENT_OVER"]

    async def test_a_split_keeps_them(
        self, api: Api, taught: str, ana: Person, ida: Person, resources: Resources
    ) -> None:
        given = {"startsAt": f"{day(2)}T08:00:00Z", "recurrence": "FREQ=DAILY;COUNT=3"}
        id = await make(api, ida, classId=taught, **given)
        (await _answer(api, ana, id, "ATTENDING")).ok()
        split = {"scope": "FOLLOWING", "occurrence": day(3), "title": "Rest"}
        rest = (await change(api, ida, id, **split)).ok()["event"]
        assert rest["attendingCount"] == 1
        (await delete(api, ida, id)).ok()
        assert await _answers(resources) == 1

    async def test_who_left_is_no_guest(
        self, api: Api, taught: str, id: str, ana: Person, ben: Person, resources: Resources
    ) -> None:
        (await _answer(api, ana, id, "ATTENDING")).ok()
        (await _answer(api, ben, id, "ATTENDING")).ok()
        key = from_global("cls", taught)
        gone = StudentWithdrawn(class_id=key, enrollment_id=key, user_id=ana.key)
        await reminding._leave_class(resources, gone, "")
        assert await _answers(resources) == 2, "she is in it again"
        async with writing(resources) as session:
            hers = update(Enrollment).where(col(Enrollment.student_id) == ana.key)
            await session.execute(hers.values(status=EnrollmentStatus.WITHDRAWN))
        for _ in range(2):
            await reminding._leave_class(resources, gone, "")
        assert await _answers(resources) == 1

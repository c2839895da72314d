"""Events: made, changed in part or in whole, deleted, and who may."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlmodel import select

from app.calendar import policy
from app.calendar.models import CalendarEvent, CalendarOccurrence
from app.calendar.service import events
from app.classes.models import ClassStatus, ClassType
from app.core.resources import Resources
from tests.calendar.planner import EVENT, calendar, change, day, delete, make, refused, starts
from tests.classes.planning import School
from tests.client import Api
from tests.factories import Person, empty_outbox, waiting_events, writing

WEEKLY = {"timeZone": "Europe/Berlin", "recurrence": "FREQ=WEEKLY"}
MARCH = ("2026-03-01", "2026-04-30")


async def _rows(resources: Resources) -> tuple[int, int]:
    async with resources.database.read() as session:
        events = await session.all(select(CalendarEvent.id))
        changed = await session.all(select(CalendarOccurrence.day))
    return len(events), len(changed)


class TestClocks:
    async def test_a_meeting_keeps_its_hour(self, api: Api, ana: Person) -> None:
        await make(api, ana, **WEEKLY)
        found = [at for _, at in await starts(api, ana, "2026-03-20", "2026-04-07")]
        assert found == ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z"]
        autumn = [at for _, at in await starts(api, ana, "2026-10-19", "2026-10-27")]
        assert autumn == ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z"]

    async def test_times_that_do_not_exist_or_exist_twice(self, api: Api, ana: Person) -> None:
        given = {"startsAt": "2026-03-28T01:30:00Z", "recurrence": "FREQ=DAILY"}
        await make(api, ana, **WEEKLY | given)
        found = [at for _, at in await starts(api, ana, "2026-03-28", "2026-03-30")]
        assert found == ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        twice = [at for _, at in await starts(api, ana, "2026-10-24", "2026-10-26")]
        assert twice == ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]

    async def test_the_second_of_two_equal_times(
        self, api: Api, ana: Person, resources: Resources
    ) -> None:
        given = {"title": "Late", "startsAt": "2026-10-25T01:30:00Z", "timeZone": "Europe/Berlin"}
        payload = await api.mutate("eventCreate", given, EVENT, as_=ana)
        assert payload.codes == ["INVALID_INPUT"]
        assert await _rows(resources) == (0, 0)
        await make(api, ana, **given | {"timeZone": "UTC"})
        assert await starts(api, ana, "2026-10-25", "2026-10-25") == [("Late", given["startsAt"])]

    async def test_whole_days_are_the_same_everywhere(self, api: Api, ana: Person) -> None:
        given = {
            "startsAt": None,
            "startDate": "2026-03-29",
            "days": 2,
            "recurrence": "FREQ=YEARLY",
        }
        await make(api, ana, **given)
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"):
            [found] = await calendar(api, ana, "2027-03-30", "2027-03-30", zone)
            assert (found["allDay"], found["startDate"], found["endDate"]) == (
                True,
                "2027-03-29",
                "2027-03-30",
            )
            assert await calendar(api, ana, "2027-03-31", "2027-04-01", zone) == []
            assert await calendar(api, ana, "2027-03-27", "2027-03-28", zone) == []

    async def test_days_are_those_of_the_zone_asked_for(self, api: Api, ana: Person) -> None:
        await make(api, ana, startsAt="2026-03-23T23:30:00Z", minutes=60)
        [found] = await calendar(api, ana, "2026-03-24", "2026-03-24", "Europe/Berlin")
        assert (found["startDate"], found["endDate"]) == ("2026-03-24", "2026-03-24")
        assert found["endsAt"] == "2026-03-24T00:30:00Z"
        assert await calendar(api, ana, "2026-03-23", "2026-03-23", "Europe/Berlin") == []
        [found] = await calendar(api, ana, "2026-03-23", "2026-03-23")
        assert (found["startDate"], found["endDate"]) == ("2026-03-23", "2026-03-24")
        assert len(await calendar(api, ana, "2026-03-24", "2026-03-24")) == 1
        assert await calendar(api, ana, "2026-03-25", "2026-03-25") == []


class TestReading:
    async def test_by_indexes(self, ana: Person, resources: Resources) -> None:
        """No calendar is read by looking at every event that there is."""
        wanted = select(CalendarEvent.id).where(policy.in_calendar(ana.viewer))
        compiled = wanted.compile(
            dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
        )
        async with writing(resources) as session:
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            rows = await session.execute(text(f"EXPLAIN {compiled}"))
        plan = "\n".join(line for (line,) in rows)
        assert "Seq Scan on calendar_event" not in plan
        for index in ("owner", "class", "pod"):
            assert f"ix_calendar_event_{index}" in plan


class TestBounds:
    async def test_of_days(self, api: Api, ana: Person) -> None:
        assert await refused(api, ana, to="2027-01-01") == []
        assert await refused(api, ana, to="2027-01-02") == ["BAD_REQUEST"]
        assert await refused(api, ana, to="2025-12-31") == ["BAD_REQUEST"]
        assert await refused(api, ana, zone="Mars/Olympus") == ["BAD_REQUEST"]
        assert await refused(api, ana, **{"from": "0001-01-01", "to": "0001-01-02"}) == [
            "BAD_REQUEST"
        ]

    async def test_of_entries(self, api: Api, ana: Person) -> None:
        for _ in range(6):
            await make(api, ana, recurrence="FREQ=DAILY")
        assert await refused(api, ana, **{"from": "2027-01-01", "to": "2027-12-31"}) == [
            "BAD_REQUEST"
        ]
        assert await refused(api, ana, **{"from": "2027-01-01", "to": "2027-11-01"}) == []

    async def test_of_events(
        self, api: Api, ana: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is over doesn't count, nor what others have; a split makes one more."""
        monkeypatch.setattr(events, "MOST_COMING", 2)
        await make(api, ana, startsAt="2020-03-23T08:00:00Z")
        id = await make(api, ana, recurrence="FREQ=DAILY")
        given = {"scope": "FOLLOWING", "occurrence": "2026-03-25", "title": "Chemistry"}
        await make(api, ana, recurrence="FREQ=DAILY")
        values = {"title": "x", "startsAt": f"{day(1)}T08:00:00Z"}
        more = await api.mutate("eventCreate", values, EVENT, as_=ana)
        split = await change(api, ana, id, **given)
        assert (more.codes, split.codes) == (["EVENT_LIMIT_REACHED"], ["EVENT_LIMIT_REACHED"])
        (await api.mutate("eventCreate", values, EVENT, as_=ben)).ok()
        shown = await starts(api, ana, "2026-03-24", "2026-03-26")
        assert [title for title, _ in shown] == ["Biology"] * 6

    async def test_of_changed_occurrences(
        self, api: Api, ana: Person, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(events, "MOST_CHANGED", 1)
        id = await make(api, ana, recurrence="FREQ=DAILY")
        codes = [
            (await change(api, ana, id, scope="THIS", occurrence=on, title=title)).codes
            for on, title in (("2026-03-24", "a"), ("2026-03-25", "b"), ("2026-03-24", "c"))
        ]
        assert codes == [[], ["EVENT_LIMIT_REACHED"], []]
        assert await _rows(resources) == (1, 1)

    @pytest.mark.parametrize(
        "given",
        [
            {"recurrence": "FREQ=SECONDLY"},
            {"recurrence": "FREQ=DAILY;COUNT=1000000000"},
            {"recurrence": "FREQ=WEEKLY;BYDAY=TU"},
            {"recurrence": "DTSTART:19970902T090000"},
        ],
    )
    async def test_of_recurrences(
        self, api: Api, ana: Person, resources: Resources, given: dict[str, Any]
    ) -> None:
        values = {"title": "x", "startsAt": "2026-03-23T08:00:00Z", **given}
        payload = await api.mutate("eventCreate", values, EVENT, as_=ana)
        assert payload.codes == ["RECURRENCE_REFUSED"]
        assert payload.errors[0]["field"] == ["input", "recurrence"]
        assert await _rows(resources) == (0, 0)

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"title": " "}, "title"),
            ({"title": "a\nb"}, "title"),
            ({"minutes": 0}, "minutes"),
            ({"minutes": 44641}, "minutes"),
            ({"days": 1}, "days"),
            ({"startDate": "2026-03-23"}, "startsAt"),
            ({"startsAt": None}, "startsAt"),
            ({"startsAt": "2300-01-01T00:00:00Z"}, "startsAt"),
            ({"timeZone": "Nowhere"}, "timeZone"),
            ({"reminders": [1, 2, 3, 4, 5, 6]}, "reminders"),
            ({"reminders": [5, 5]}, "reminders"),
            ({"capacity": 3}, "capacity"),
        ],
    )
    async def test_of_values(
        self, api: Api, ana: Person, resources: Resources, given: dict[str, Any], field: str
    ) -> None:
        values = {"title": "x", "startsAt": "2026-03-23T08:00:00Z", **given}
        payload = await api.mutate("eventCreate", values, EVENT, as_=ana)
        assert payload.codes == ["INVALID_INPUT"]
        assert payload.errors[0]["field"][:2] == ["input", field]
        assert await _rows(resources) == (0, 0)


class TestScopes:
    async def test_this(self, api: Api, ana: Person, resources: Resources) -> None:
        id = await make(api, ana, **WEEKLY)
        await empty_outbox(resources)
        given = {"scope": "THIS", "occurrence": "2026-03-30"}
        (await change(api, ana, id, **given, title="Moved", startsAt="2026-03-31T10:00:00Z")).ok()
        assert await starts(api, ana, "2026-03-23", "2026-04-06") == [
            ("Biology", "2026-03-23T08:00:00Z"),
            ("Moved", "2026-03-31T10:00:00Z"),
            ("Biology", "2026-04-06T07:00:00Z"),
        ]
        entries = await calendar(api, ana, "2026-03-31", "2026-03-31")
        assert [each["occurrence"] for each in entries] == ["2026-03-30"]
        (await delete(api, ana, id, **given)).ok()
        assert [at for _, at in await starts(api, ana, "2026-03-23", "2026-04-06")] == [
            "2026-03-23T08:00:00Z",
            "2026-04-06T07:00:00Z",
        ]
        assert await waiting_events(resources) == ["calendar.event_changed"] * 2
        again = await delete(api, ana, id, **given)
        assert again.codes == ["NOT_FOUND"]

    async def test_following(self, api: Api, ana: Person, resources: Resources) -> None:
        id = await make(api, ana, **WEEKLY | {"recurrence": "FREQ=WEEKLY;COUNT=4"})
        await change(api, ana, id, scope="THIS", occurrence="2026-04-06", title="Own")
        given = {"scope": "FOLLOWING", "occurrence": "2026-03-30", "minutes": 30}
        other = (await change(api, ana, id, **given)).ok()["event"]
        assert other["id"] != id
        assert other["recurrence"] == "FREQ=WEEKLY;COUNT=3"
        found = await calendar(api, ana, *MARCH)
        assert [(each["title"], each["event"]["id"] == id) for each in found] == [
            ("Biology", True),
            ("Biology", False),
            ("Own", False),
            ("Biology", False),
        ]
        assert found[1]["endsAt"] == "2026-03-30T07:30:00Z"
        (await delete(api, ana, other["id"], scope="FOLLOWING", occurrence="2026-04-13")).ok()
        assert len(await calendar(api, ana, *MARCH)) == 3
        (await delete(api, ana, other["id"], scope="FOLLOWING", occurrence="2026-03-30")).ok()
        assert len(await calendar(api, ana, *MARCH)) == 1
        assert await _rows(resources) == (1, 0)

    async def test_all(self, api: Api, ana: Person, resources: Resources) -> None:
        id = await make(api, ana, **WEEKLY | {"recurrence": "FREQ=WEEKLY;COUNT=3"})
        for on, more in (
            ("2026-03-30", {"title": "Own", "location": "Lab"}),
            ("2026-04-06", {"startsAt": "2026-04-08T08:00:00Z"}),
        ):
            (await change(api, ana, id, scope="THIS", occurrence=on, **more)).ok()
        (await change(api, ana, id, title="All")).ok()
        found = await calendar(api, ana, *MARCH)
        assert [(each["title"], each["location"], each["startsAt"]) for each in found] == [
            ("All", "", "2026-03-23T08:00:00Z"),
            ("All", "Lab", "2026-03-30T07:00:00Z"),
            ("All", "", "2026-04-08T08:00:00Z"),
        ]
        (await change(api, ana, id, startsAt="2026-03-23T09:00:00Z")).ok()
        assert [each["startsAt"] for each in await calendar(api, ana, *MARCH)] == [
            "2026-03-23T09:00:00Z",
            "2026-03-30T08:00:00Z",
            "2026-04-06T08:00:00Z",
        ]
        (await change(api, ana, id, startsAt="2026-03-24T09:00:00Z")).ok()
        assert [
            (each["startsAt"], each["location"]) for each in await calendar(api, ana, *MARCH)
        ] == [
            ("2026-03-24T09:00:00Z", ""),
            ("2026-03-31T08:00:00Z", ""),
            ("2026-04-07T08:00:00Z", ""),
        ]
        (await change(api, ana, id, recurrence=None)).ok()
        assert len(await calendar(api, ana, *MARCH)) == 1
        assert (await delete(api, ana, id)).ok()["event"] is None
        assert await _rows(resources) == (0, 0)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"scope": "THIS"}, "EVENT_WRONG_SCOPE"),
            ({"scope": "ALL", "occurrence": "2026-03-30"}, "EVENT_WRONG_SCOPE"),
            ({"scope": "THIS", "occurrence": "2026-03-31"}, "NOT_FOUND"),
            ({"scope": "FOLLOWING", "occurrence": "2026-03-16"}, "NOT_FOUND"),
            (
                {"scope": "THIS", "occurrence": "2026-03-30", "recurrence": "FREQ=DAILY"},
                "EVENT_WRONG_SCOPE",
            ),
            (
                {"scope": "THIS", "occurrence": "2026-03-30", "startsAt": "2027-06-01T00:00:00Z"},
                "INVALID_INPUT",
            ),
            ({"startDate": "2026-03-30"}, "INVALID_INPUT"),
        ],
    )
    async def test_that_make_no_sense(
        self, api: Api, ana: Person, resources: Resources, given: dict[str, Any], code: str
    ) -> None:
        id = await make(api, ana, **WEEKLY)
        await empty_outbox(resources)
        before = await calendar(api, ana, *MARCH)
        assert (await change(api, ana, id, title="No", **given)).codes == [code]
        assert await calendar(api, ana, *MARCH) == before
        assert await waiting_events(resources) == []

    async def test_two_splits_at_the_same_moment(self, api: Api, ana: Person) -> None:
        id = await make(api, ana, **WEEKLY | {"recurrence": "FREQ=WEEKLY;COUNT=6"})
        given = {"scope": "FOLLOWING", "title": "Split"}
        await asyncio.gather(
            change(api, ana, id, occurrence="2026-03-30", **given),
            change(api, ana, id, occurrence="2026-04-06", **given),
        )
        # Whichever came first: no occurrence is there twice, and none is lost.
        found = [at for _, at in await starts(api, ana, "2026-03-01", "2026-05-30")]
        assert found == sorted(set(found))
        assert len(found) == 6


class TestWhoMay:
    async def test_ones_own(self, api: Api, ana: Person, ben: Person, resources: Resources) -> None:
        id = await make(api, ana)
        assert await calendar(api, ben, *MARCH) == []
        assert (await change(api, ben, id, title="Mine")).codes == ["NOT_FOUND"]
        assert (await delete(api, ben, id)).codes == ["NOT_FOUND"]
        given = {"id": id, "status": "ATTENDING"}
        assert (await api.mutate("eventRsvp", given, "", as_=ben)).codes == ["NOT_FOUND"]
        assert (await api.mutate("eventRsvp", given, "", as_=ana)).codes == ["EVENT_WITHOUT_GUESTS"]
        document = "query ($id: ID!) { node(id: $id) { id } }"
        assert (await api.execute(document, {"id": id}, as_=ben)).ok()["node"] is None
        assert (await api.execute(document, {"id": id}, as_=ana)).ok()["node"] == {"id": id}
        assert await _rows(resources) == (1, 0)

    async def test_a_class(
        self, api: Api, school: School, ana: Person, ben: Person, ida: Person, sam: Person
    ) -> None:
        taught = await school.in_status(ClassType.GROUP, ClassStatus.ACTIVE, ana)
        values = {"title": "x", "startsAt": "2026-03-23T08:00:00Z", "classId": taught}
        for who, code in ((ana, "NOT_TEACHER"), (ben, "NOT_FOUND")):
            assert (await api.mutate("eventCreate", values, EVENT, as_=who)).codes == [code]
        id = await make(api, ida, classId=taught)
        assert len(await calendar(api, ida, *MARCH)) == 1
        assert len(await calendar(api, ana, *MARCH)) == 1
        # Who manages all classes isn't at all of them.
        assert await calendar(api, sam, *MARCH) == []
        assert await calendar(api, ben, *MARCH) == []
        assert (await change(api, ana, id, title="No")).codes == ["NOT_TEACHER"]
        assert (await change(api, sam, id, title="Yes")).ok()["event"]["title"] == "Yes"
        await school.put(taught, status=ClassStatus.CANCELLED)
        assert await calendar(api, ana, *MARCH) == []

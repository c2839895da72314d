"""`sessionCreate` and `sessionUpdate`."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from app.core.clock import now
from app.core.resources import Resources
from app.messaging.models import Conversation
from app.sessions.models import StudySession
from tests.client import Api
from tests.factories import make_person, make_session, read_session, waiting_events

_FIELDS = """
    session { id kind status name description topics goals plannedMinutes timeZone recurrence
      maxParticipants videoKind aiListening recording public scheduledStart startedAt endedAt
      durationMinutes host { username } participants { role status present user { username } }
      conversation { kind title } }
"""


async def _counts(resources: Resources) -> tuple[int, int]:
    async with resources.database.read() as session:
        return (
            await session.value(select(func.count()).select_from(StudySession)),
            await session.value(select(func.count()).select_from(Conversation)),
        )


class TestCreate:
    async def test_defaults(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        made = (await api.mutate("sessionCreate", {"name": " Leaves "}, _FIELDS, as_=ana)).ok()
        session = made["session"]
        assert session.pop("id").startswith("sts_")
        start = datetime.fromisoformat(session.pop("scheduledStart"))
        assert abs(start - now()) < timedelta(minutes=1)
        assert session == {
            "kind": "GROUP",
            "status": "SCHEDULED",
            "name": "Leaves",
            "description": "",
            "topics": [],
            "goals": [],
            "plannedMinutes": 60,
            "timeZone": "UTC",
            "recurrence": None,
            "maxParticipants": 8,
            "videoKind": "WEBRTC",
            "aiListening": False,
            "recording": False,
            "public": False,
            "startedAt": None,
            "endedAt": None,
            "durationMinutes": None,
            "host": {"username": "ana"},
            "participants": [
                {
                    "role": "HOST",
                    "status": "ACCEPTED",
                    "present": False,
                    "user": {"username": "ana"},
                }
            ],
            "conversation": {"kind": "SESSION", "title": "Leaves"},
        }
        assert await waiting_events(resources) == [
            "conversation.member_joined",
            "session.changed",
        ]

    async def test_everything(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        given = {
            "name": "Leaves",
            "kind": "POD",
            "description": "Why they are green.",
            "topics": ["Biology"],
            "goals": ["Know chlorophyll"],
            "scheduledStart": "2027-01-02T10:00:00+01:00",
            "plannedMinutes": 90,
            "timeZone": "Europe/Berlin",
            "recurrence": "FREQ=WEEKLY",
            "maxParticipants": 100,
            "videoKind": "SFU",
            "aiListening": True,
            "recording": True,
            "public": True,
        }
        session = (await api.mutate("sessionCreate", given, _FIELDS, as_=ana)).ok()["session"]
        expected = given | {"scheduledStart": "2027-01-02T09:00:00+00:00"}
        assert {name: session[name] for name in given} == expected

    @pytest.mark.parametrize(
        ("kind", "usual", "most"),
        [("INDIVIDUAL", 1, 1), ("BUDDY", 2, 2), ("GROUP", 8, 50), ("POD", 20, 100)],
    )
    async def test_seats(
        self, api: Api, resources: Resources, kind: str, usual: int, most: int
    ) -> None:
        ana = await make_person(resources)
        given = {"name": "Leaves", "kind": kind}
        made = await api.mutate("sessionCreate", given, "session { maxParticipants }", as_=ana)
        assert made.ok()["session"] == {"maxParticipants": usual}
        too_many = given | {"maxParticipants": most + 1}
        refused = await api.mutate("sessionCreate", too_many, as_=ana)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            ("INVALID_INPUT", ["input", "maxParticipants"])
        ]
        assert await _counts(resources) == (1, 1)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": " "}, ["name"]),
            ({"name": "x" * 256}, ["name"]),
            ({"description": "x" * 5001}, ["description"]),
            ({"plannedMinutes": 4}, ["plannedMinutes"]),
            ({"plannedMinutes": 721}, ["plannedMinutes"]),
            ({"timeZone": "Mars/Base"}, ["timeZone"]),
            ({"maxParticipants": 0}, ["maxParticipants"]),
            ({"topics": ["x"] * 51}, ["topics"]),
            ({"topics": ["fine", ""]}, ["topics", "1"]),
            ({"goals": ["two\u0000lines"]}, ["goals", "0"]),
            ({"description": "\u0000"}, ["description"]),
            ({"scheduledStart": "9999-12-31T23:00:00Z"}, ["scheduledStart"]),
            ({"scheduledStart": "0001-01-01T01:00:00Z"}, ["scheduledStart"]),
            ({"recurrence": "every week"}, ["recurrence"]),
            ({"recurrence": "FREQ=SECONDLY"}, ["recurrence"]),
            ({"recurrence": "FREQ=DAILY;COUNT=1000000000"}, ["recurrence"]),
            (
                {"recurrence": "FREQ=WEEKLY;BYDAY=MO", "scheduledStart": "2027-01-02T10:00:00Z"},
                ["recurrence"],
            ),
        ],
    )
    async def test_invalid(
        self, api: Api, resources: Resources, changes: dict[str, Any], field: list[str]
    ) -> None:
        ana = await make_person(resources)
        refused = await api.mutate("sessionCreate", {"name": "Leaves"} | changes, as_=ana)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            ("INVALID_INPUT", ["input", *field])
        ]
        assert await _counts(resources) == (0, 0)

    @pytest.mark.parametrize(
        ("given", "printed"),
        [
            ("2027-01-02T10:00:00Z", "2027-01-02T10:00:00+00:00"),
            ("2027-01-02T10:00:00.120Z", "2027-01-02T10:00:00.12+00:00"),
            ("2027-01-02T10:00:00.000001+02:00", "2027-01-02T08:00:00.000001+00:00"),
        ],
    )
    async def test_a_time_is_printed_alike_everywhere(
        self, api: Api, resources: Resources, given: str, printed: str
    ) -> None:
        ana = await make_person(resources)
        wanted = {"name": "Leaves", "scheduledStart": given}
        fields = "session { id scheduledStart }"
        made = (await api.mutate("sessionCreate", wanted, fields, as_=ana)).ok()["session"]
        document = "query ($id: ID!) { studySession(id: $id) { id scheduledStart } }"
        read = (await api.execute(document, {"id": made["id"]}, as_=ana)).ok()["studySession"]
        assert (made["scheduledStart"], read) == (printed, made)

    async def test_a_time_without_a_zone(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        given = {"name": "Leaves", "scheduledStart": "2027-01-02T10:00:00"}
        document = (
            "mutation ($input: SessionCreateInput!)"
            " { sessionCreate(input: $input) { session { id } } }"
        )
        answer = await api.execute(document, {"input": given}, as_=ana)
        assert answer.codes == ["BAD_USER_INPUT"]
        assert "has no time zone" in answer.errors[0]["message"]
        assert "data" not in answer.response.json()
        assert await _counts(resources) == (0, 0)


class TestUpdate:
    async def test_changes_what_is_given(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, topics=["Biology"])
        given = {"sessionId": session.id, "name": "Roots", "aiListening": True}
        made = await api.mutate(
            "sessionUpdate", given, "session { name aiListening topics }", as_=ana
        )
        assert made.ok()["session"] == {
            "name": "Roots",
            "aiListening": True,
            "topics": ["Biology"],
        }

    async def test_not_the_host(self, api: Api, resources: Resources) -> None:
        ana, ben, eve = [await make_person(resources) for _ in range(3)]
        session = await make_session(resources, ana, guests=[ben])
        for person, code in ((ben, "NOT_HOST"), (eve, "NOT_FOUND")):
            given = {"sessionId": session.id, "name": "Mine"}
            assert (await api.mutate("sessionUpdate", given, as_=person)).codes == [code]
        assert (await read_session(resources, session)).name == "Photosynthesis"

    async def test_a_start_that_isnt_of_the_recurrence(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        given = {
            "name": "Leaves",
            "scheduledStart": "2027-01-04T10:00:00Z",
            "recurrence": "FREQ=WEEKLY;BYDAY=MO",
        }
        made = (await api.mutate("sessionCreate", given, "session { id }", as_=ana)).ok()
        for day, wrong in (("05", ["scheduledStart"]), ("11", None)):
            change = {
                "sessionId": made["session"]["id"],
                "scheduledStart": f"2027-01-{day}T10:00:00Z",
            }
            fields = "session { scheduledStart }"
            answer = await api.mutate("sessionUpdate", change, fields, as_=ana)
            if wrong is None:
                at = answer.ok()["session"]["scheduledStart"]
                assert at == "2027-01-11T10:00:00+00:00"
            else:
                assert [(each["code"], each["field"]) for each in answer.errors] == [
                    ("INVALID_INPUT", ["input", *wrong])
                ]

    async def test_start_of_a_live_one(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, live=True)
        given = {"sessionId": session.id, "scheduledStart": "2030-01-01T00:00:00Z"}
        assert (await api.mutate("sessionUpdate", given, as_=ana)).codes == ["SESSION_WRONG_STATE"]
        assert (await read_session(resources, session)).scheduled_start < now()

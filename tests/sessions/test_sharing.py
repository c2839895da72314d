"""Notes, links and files, recordings, attention."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.accounts.models import Consent, ConsentPurpose
from app.core.clock import now
from app.core.resources import Resources
from app.sessions.models import AttentionMinute, SessionNote, SessionRecording, SessionResource
from tests.client import Api
from tests.factories import (
    Person,
    change_session,
    make_person,
    make_session,
    waiting_events,
    writing,
)
from tests.vault.files import upload

_NOTES = "query ($id: ID!) { studySession(id: $id) { notes { nodes { content shared } } } }"
_NODE = "query ($id: ID!) { node(id: $id) { __typename } }"
_ATTENTION = """
    query ($id: ID!) { sessionAttention(sessionId: $id) {
      focusPercentage minutes focusedMinutes distractions recommendations
      timeline { minute focusPercentage }
      group { people focusPercentage distractions timeline(fromMinute: 0) { minute } } } }
"""


async def _agree(resources: Resources, purpose: ConsentPurpose, *people: Person) -> None:
    async with writing(resources) as session:
        for each in people:
            session.add(Consent(user_id=each.key, purpose=purpose, version=1, granted=True))


async def _count(resources: Resources, table: Any) -> int:
    async with resources.database.read() as reading:
        return await reading.value(select(func.count()).select_from(table))


class TestNotes:
    async def test_private_ones_are_the_authors(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        given = {"sessionId": session.id, "content": "Chlorophyll", "type": "QUESTION"}
        made = (await api.mutate("sessionNoteSave", given, "note { id atSeconds }", as_=ben)).ok()
        note = {"noteId": made["note"]["id"]}
        assert "session_note.saved" not in await waiting_events(resources)
        seen = (await api.execute(_NOTES, {"id": session.id}, as_=ana)).ok()
        assert seen["studySession"]["notes"]["nodes"] == []
        assert (await api.execute(_NODE, {"id": note["noteId"]}, as_=ana)).ok() == {"node": None}
        stolen = await api.mutate("sessionNoteSave", given | note | {"shared": True}, as_=ana)
        assert stolen.codes == ["NOT_FOUND"]
        assert (await api.mutate("sessionNoteDelete", note, as_=ana)).codes == ["NOT_FOUND"]
        (await api.mutate("sessionNoteSave", given | note | {"shared": True}, as_=ben)).ok()
        seen = (await api.execute(_NOTES, {"id": session.id}, as_=ana)).ok()
        nodes = [{"content": "Chlorophyll", "shared": True}]
        assert seen["studySession"]["notes"]["nodes"] == nodes
        assert (await api.mutate("sessionNoteDelete", note, as_=ana)).codes == ["NOT_FOUND"]
        assert await _count(resources, SessionNote) == 1
        (await api.mutate("sessionNoteSave", given | note | {"shared": False}, as_=ben)).ok()
        (await api.mutate("sessionNoteDelete", note, as_=ben)).ok()
        events = [each for each in await waiting_events(resources) if "note" in each]
        assert events == ["session_note.saved", "session_note.removed"]
        assert await _count(resources, SessionNote) == 0

    @pytest.mark.usefixtures("relay")
    async def test_shared_ones_are_told(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        document = """subscription ($id: ID!) { sessionNotesUpdated(sessionId: $id) {
            __typename ... on SessionNoteSaved { note { id content } }
            ... on SessionNoteRemoved { noteId } } }"""
        async with api.socket(as_=ben) as socket:
            live = await socket.subscribe(document, {"id": session.id})
            await api.listening(f"session-notes:{session.key}")
            given = {"sessionId": session.id, "content": "Chlorophyll", "shared": True}
            made = (await api.mutate("sessionNoteSave", given, "note { id }", as_=ana)).ok()
            told = (await live.next())["sessionNotesUpdated"]
            assert told["note"] == {"id": made["note"]["id"], "content": "Chlorophyll"}
            (await api.mutate("sessionNoteDelete", {"noteId": made["note"]["id"]}, as_=ana)).ok()
            assert (await live.next())["sessionNotesUpdated"] == {
                "__typename": "SessionNoteRemoved",
                "noteId": made["note"]["id"],
            }

    @pytest.mark.parametrize("content", ["", " ", "a\u0000", "x" * 10_001])
    async def test_no_text(self, api: Api, resources: Resources, content: str) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "content": content}
        refused = await api.mutate("sessionNoteSave", given, as_=ana)
        assert [(each["code"], each["field"]) for each in refused.errors] == [
            ("INVALID_INPUT", ["input", "content"])
        ]
        assert await _count(resources, SessionNote) == 0


class TestResources:
    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "ftp://example.org/x",
            "https://",
            "https://ana:secret@example.org",
            "https://exa mple.org",
            "//example.org",
        ],
    )
    async def test_no_link(self, api: Api, resources: Resources, url: str) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"sessionId": session.id, "title": "Leaves", "url": url}
        assert (await api.mutate("sessionResourceAdd", given, as_=ana)).codes == ["INVALID_INPUT"]
        assert await _count(resources, SessionResource) == 0

    async def test_files_of_ones_own_for_members(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        other = await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], public=True)
        file = await upload(api, ben, purpose="SESSION")
        given = {"sessionId": session.id, "title": "Leaves", "fileId": file["id"]}
        assert (await api.mutate("sessionResourceAdd", given, as_=ana)).codes == ["NOT_FOUND"]
        fields = "resource { id type file { name } }"
        made = (await api.mutate("sessionResourceAdd", given, fields, as_=ben)).ok()["resource"]
        assert (made["type"], made["file"]) == ("FILE", {"name": "leaf.pdf"})
        both = given | {"url": "https://example.org"}
        assert (await api.mutate("sessionResourceAdd", both, as_=ben)).codes == ["INVALID_INPUT"]
        assert (await api.mutate("sessionResourceAdd", given, as_=ben)).codes == ["FILE_IN_USE"]
        document = """query ($id: ID!) { studySession(id: $id) {
            resources { nodes { file { name } } } } }"""
        for person, nodes in ((ana, [{"file": {"name": "leaf.pdf"}}]), (other, [])):
            seen = (await api.execute(document, {"id": session.id}, as_=person)).ok()
            assert seen["studySession"]["resources"]["nodes"] == nodes
        gone = {"resourceId": made["id"]}
        assert (await api.mutate("sessionResourceRemove", gone, as_=other)).codes == ["NOT_FOUND"]
        assert await _count(resources, SessionResource) == 1
        (await api.mutate("sessionResourceRemove", gone, as_=ana)).ok()
        assert await _count(resources, SessionResource) == 0


class TestRecordings:
    async def test_with_everybodys_consent(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ana, ben], live=True)
        start = now() - timedelta(minutes=10)
        await change_session(resources, session, started_at=start)
        given = {
            "sessionId": session.id,
            "provider": "DAILY",
            "url": "https://example.org/r",
            "startedAt": start.isoformat(),
            "endedAt": now().isoformat(),
        }

        async def codes(person: Person = ana, **more: object) -> list[str]:
            return (await api.mutate("recordingAdd", given | more, as_=person)).codes

        assert await codes() == ["RECORDING_OFF"]
        await change_session(resources, session, recording=True)
        assert await codes() == ["RECORDING_CONSENT_MISSING"]
        await _agree(resources, ConsentPurpose.RECORDING, ana)
        # Who has left was recorded too.
        (await api.mutate("sessionLeave", {"sessionId": session.id}, as_=ben)).ok()
        assert await codes() == ["RECORDING_CONSENT_MISSING"]
        await _agree(resources, ConsentPurpose.RECORDING, ben)
        assert await codes(ben) == ["NOT_HOST"]
        assert await codes(url="http://example.org/r") == ["INVALID_INPUT"]
        assert await codes(endedAt=(now() + timedelta(hours=1)).isoformat()) == ["INVALID_INPUT"]
        assert await _count(resources, SessionRecording) == 0
        assert await codes() == []
        assert await codes() == []
        assert await _count(resources, SessionRecording) == 1


class TestAttention:
    async def _record(self, api: Api, who: Person, session: str, **more: Any) -> Any:
        samples = [
            {"atMs": 0, "focused": True},
            {"atMs": 30_000, "focused": False},
            {"atMs": 60_000, "focused": True},
            {"atMs": 90_000, "focused": True},
        ]
        given = {"sessionId": session, "sequence": 0, "samples": samples, **more}
        return await api.mutate("attentionRecord", given, "counted", as_=who)

    async def test_counts_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, joined=[ana], live=True)
        await change_session(resources, session, started_at=now() - timedelta(minutes=5))
        assert (await self._record(api, ana, session.id)).codes == ["ATTENTION_CONSENT_MISSING"]
        await _agree(resources, ConsentPurpose.ATTENTION, ana)
        assert (await self._record(api, ana, session.id)).ok()["counted"] is True
        assert (await self._record(api, ana, session.id)).ok()["counted"] is False
        for samples in (
            [],
            [{"atMs": 10**9, "focused": True}],
            [{"atMs": 5, "focused": True}] * 2,
            [{"atMs": at, "focused": True} for at in range(301)],
        ):
            refused = await self._record(api, ana, session.id, sequence=1, samples=samples)
            assert refused.codes == ["INVALID_INPUT"]
        async with resources.database.read() as reading:
            rows = await reading.all(select(AttentionMinute).order_by(col(AttentionMinute.minute)))
        counted = [(each.minute, each.samples, each.focused, each.distractions) for each in rows]
        assert counted == [(0, 2, 1, 1), (1, 2, 2, 0)]
        seen = (await api.execute(_ATTENTION, {"id": session.id}, as_=ana)).ok()
        assert seen["sessionAttention"] == {
            "focusPercentage": 75.0,
            "minutes": 2,
            "focusedMinutes": 1.5,
            "distractions": 1,
            "recommendations": [
                "Do one thing at a time, and silence notifications: your attention was often lost."
            ],
            "timeline": [
                {"minute": 0, "focusPercentage": 50.0},
                {"minute": 1, "focusPercentage": 100.0},
            ],
            "group": None,
        }

    async def test_the_host_sees_three_others_or_none(self, api: Api, resources: Resources) -> None:
        people = [await make_person(resources) for _ in range(4)]
        host, *others = people
        session = await make_session(resources, host, guests=others, joined=people, live=True)
        await change_session(resources, session, started_at=now() - timedelta(minutes=5))
        await _agree(resources, ConsentPurpose.ATTENTION, *people)
        for number, person in enumerate(people):
            shown = (await api.execute(_ATTENTION, {"id": session.id}, as_=host)).ok()
            assert shown["sessionAttention"]["group"] is None, number
            samples = [{"atMs": 60_000 * minute, "focused": True} for minute in range(number + 1)]
            (await self._record(api, person, session.id, samples=samples)).ok()
        shown = (await api.execute(_ATTENTION, {"id": session.id}, as_=host)).ok()
        # Of the last minutes fewer than three others are known.
        assert shown["sessionAttention"]["group"] == {
            "people": 3,
            "focusPercentage": 100.0,
            "distractions": 0,
            "timeline": [{"minute": 0}, {"minute": 1}],
        }
        shown = (await api.execute(_ATTENTION, {"id": session.id}, as_=others[0])).ok()
        assert shown["sessionAttention"]["group"] is None

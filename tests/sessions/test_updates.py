"""`sessionUpdated`, `transcriptAdded`, `insightAdded`: told as it happens."""

import pytest

from app.core.audio import AudioUnreadable
from app.core.resources import Resources
from app.sessions.models import InsightKind, SummaryStatus
from app.sessions.service import speech, summaries, understanding
from app.sessions.service.speech import Words
from tests.client import Api, Data, Subscription
from tests.factories import Person, Studying, make_person, make_session
from tests.sessions.conftest import Speaking

_CURSORS = """
    query ($id: ID!) { studySession(id: $id) { cursors { updates transcript insights } } }
"""
_UPDATED = """
    subscription ($id: ID!, $after: String) { sessionUpdated(sessionId: $id, after: $after) {
      __typename cursor session { status }
      ... on SessionParticipantChanged { participant { status present user { username } } } } }
"""
_TRANSCRIPT = """
    subscription ($id: ID!, $after: String) { transcriptAdded(sessionId: $id, after: $after) {
      __typename cursor
      ... on TranscriptSegmentAdded { segment { sequence text speaker { username } } }
      ... on TranscriptProvisional { text speaker { username } startMs endMs }
      ... on AudioChunkRejected { sequence code message } } }
"""
_INSIGHTS = """
    subscription ($id: ID!, $after: String) { insightAdded(sessionId: $id, after: $after) {
      __typename cursor
      ... on InsightFound { insight { kind text confidence } }
      ... on InsightNotice { notice } } }
"""

pytestmark = pytest.mark.usefixtures("relay")


async def _cursors(api: Api, session: Studying, person: Person) -> Data:
    seen = (await api.execute(_CURSORS, {"id": session.id}, as_=person)).ok()
    cursors: Data = seen["studySession"]["cursors"]
    return cursors


async def _kept(live: Subscription) -> Data:
    """The next event that has a place: presence is told in between."""
    while True:
        event: Data = (await live.next())["sessionUpdated"]
        if event["cursor"] is not None:
            return event


class TestSessionUpdated:
    async def test_in_order_and_again(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana)
        given = {"sessionId": session.id}
        start = (await _cursors(api, session, ana))["updates"]
        await api.mutate("sessionInvite", given | {"userIds": [ben.id]}, as_=ana)
        await api.mutate("sessionStart", given, as_=ana)
        expected = [
            ("SessionChanged", "LIVE", None),
            ("SessionParticipantChanged", "LIVE", ("ACCEPTED", True, "ben")),
            ("SessionParticipantChanged", "LIVE", ("ACCEPTED", False, "ben")),
        ]
        async with api.socket(as_=ana) as socket:
            variables = {"id": session.id, "after": start}
            live = await socket.subscribe(_UPDATED, variables)
            first = await _kept(live)
            assert first["participant"]["user"] == {"username": "ben"}
            seen = [await _kept(live)]
            await api.mutate("sessionJoin", given, as_=ben)
            seen.append(await _kept(live))
            await api.mutate("sessionLeave", given, as_=ben)
            seen.append(await _kept(live))
            assert [_told(event) for event in seen] == expected
            # Again after the first one: the same places, with the state of now.
            again = await socket.subscribe(_UPDATED, {"id": session.id, "after": first["cursor"]})
            repeated = [await _kept(again) for _ in expected]
        assert [event["cursor"] for event in repeated] == [event["cursor"] for event in seen]

    async def test_summary(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, live=True)
        await api.mutate("sessionEnd", {"sessionId": session.id}, as_=ana)
        after = (await _cursors(api, session, ana))["updates"]
        async with resources.begin() as uow:
            await summaries.save_summary(
                uow,
                session.key,
                summaries.SummaryData(
                    status=SummaryStatus.PARTIAL,
                    notice="The model gave no topics.",
                    summary="About leaves.",
                    knowledge_gaps=[
                        {"concept": "Light", "severity": "high", "recommendation": "Read on."}
                    ],
                ),
            )
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.id, "after": after})
            assert (await _kept(live))["__typename"] == "SessionSummaryReady"
        document = """query ($id: ID!) { sessionSummary(sessionId: $id) {
            status notice summary knowledgeGaps { concept severity recommendation }
            questions { question } } }"""
        seen = (await api.execute(document, {"id": session.id}, as_=ana)).ok()["sessionSummary"]
        assert seen == {
            "status": "PARTIAL",
            "notice": "The model gave no topics.",
            "summary": "About leaves.",
            "knowledgeGaps": [
                {"concept": "Light", "severity": "HIGH", "recommendation": "Read on."}
            ],
            "questions": [],
        }

    async def test_ends_with_membership(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben])
        given = {"sessionId": session.id}
        async with api.socket(as_=ana) as hers, api.socket(as_=ben) as his:
            kept = await hers.subscribe(_UPDATED, {"id": session.id})
            lost = await his.subscribe(_UPDATED, {"id": session.id})
            await api.listening(f"session:{session.key}", 2)
            await api.mutate("sessionRespond", given | {"accept": False}, as_=ben)
            with pytest.raises(StopAsyncIteration):
                await _kept(lost)
            assert (await _kept(kept))["participant"]["status"] == "DECLINED"

    @pytest.mark.parametrize("after", ["", "x", "c2Vzc2lvbiMx", "é"])
    async def test_bad_cursor(self, api: Api, resources: Resources, after: str) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.id, "after": after})
            with pytest.raises(Exception, match="INVALID_CURSOR"):
                await live.next()


def _told(event: Data) -> tuple[str, str, tuple[str, bool, str] | None]:
    part = event.get("participant")
    return (
        event["__typename"],
        event["session"]["status"],
        (part["status"], part["present"], part["user"]["username"]) if part else None,
    )


async def _record(speaking: Speaking, sequence: int, **heard: object) -> None:
    await speaking.submit(sequence)
    given: Data = {"state": {}, "origin_ms": 0, "container": None, "carry": None, **heard}
    work = await speaking.work()
    assert await speech.record(speaking.resources, work, speech.Heard(**given))


def _words(text: str) -> Words:
    return Words(text, 0, 900, confidence=0.8, language="en")


class TestTranscriptAdded:
    async def test_provisional_then_final(self, api: Api, speaking: Speaking) -> None:
        ana, session = speaking.host, speaking.session
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_TRANSCRIPT, {"id": session.id})
            await api.listening(f"transcript:{session.key}")
            await _record(speaking, 0, final=[_words("Leaves")], provisional=_words("are gr"))
            await _record(speaking, 1, final=[_words("are green.")])
            events = [(await live.next())["transcriptAdded"] for _ in range(3)]
            assert [event["__typename"] for event in events] == [
                "TranscriptSegmentAdded",
                "TranscriptProvisional",
                "TranscriptSegmentAdded",
            ]
            assert events[1] == {
                "__typename": "TranscriptProvisional",
                "cursor": None,
                "text": "are gr",
                "speaker": {"username": "ana"},
                "startMs": 0,
                "endMs": 900,
            }
            again = await socket.subscribe(
                _TRANSCRIPT, {"id": session.id, "after": events[0]["cursor"]}
            )
            assert (await again.next())["transcriptAdded"] == events[2]
            assert events[2]["segment"] == {
                "sequence": 2,
                "text": "are green.",
                "speaker": {"username": "ana"},
            }

    async def test_a_rejected_chunk_is_its_speakers_affair(
        self, api: Api, resources: Resources, speaking: Speaking
    ) -> None:
        ben = await make_person(resources)
        given = {"sessionId": speaking.session.id, "userIds": [ben.id]}
        await api.mutate("sessionInvite", given, as_=speaking.host)
        async with api.socket(as_=speaking.host) as hers, api.socket(as_=ben) as his:
            speaker = await hers.subscribe(_TRANSCRIPT, {"id": speaking.session.id})
            other = await his.subscribe(_TRANSCRIPT, {"id": speaking.session.id})
            await api.listening(f"transcript:{speaking.session.key}", 2)
            await _record(speaking, 0, rejected=AudioUnreadable())
            await _record(speaking, 1, final=[_words("Green.")])
            told = (await speaker.next())["transcriptAdded"]
            assert (told["sequence"], told["code"]) == (0, "AUDIO_UNREADABLE")
            assert told["message"] == AudioUnreadable.message
            for subscription in (speaker, other):
                event = (await subscription.next())["transcriptAdded"]
                assert event["segment"]["text"] == "Green."


class TestInsightAdded:
    async def test_found_once_and_notice(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana, live=True)
        found = understanding.Found(InsightKind.KEY_POINT, "Leaves are green.", [], 0.75)
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_INSIGHTS, {"id": session.id})
            await api.listening(f"insight:{session.key}")
            for upto, notice in ((1, None), (1, None), (2, "Nothing that holds.")):
                async with resources.begin() as uow:
                    await understanding.add_insights(uow, session.key, upto, [found], notice)
            first = (await live.next())["insightAdded"]
            assert first["insight"] == {
                "kind": "KEY_POINT",
                "text": "Leaves are green.",
                "confidence": 0.75,
            }
            assert (await live.next())["insightAdded"]["notice"] == "Nothing that holds."

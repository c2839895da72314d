"""What isn't yours doesn't exist."""

import json

import pytest

from app.core.ids import to_global
from app.core.resources import Resources
from app.sessions.models import (
    AnswerStatus,
    Insight,
    InsightKind,
    SessionAnswer,
    SessionKind,
    SessionSummary,
)
from tests.client import Api, Data, OperationError
from tests.conftest import Counting
from tests.engine.executions import ordinary, serving
from tests.factories import (
    Person,
    Studying,
    add_segments,
    change_session,
    make_person,
    make_session,
    writing,
)

_QUERIES = """
    query ($id: ID!, $segment: ID!, $insight: ID!, $answer: ID!, $conversation: ID!) {
      studySession(id: $id) { name }
      transcript(sessionId: $id) { segments { nodes { text } } written(format: TEXT) }
      sessionSummary(sessionId: $id) { summary }
      messages(conversationId: $conversation) { nodes { body } }
      session: node(id: $id) { __typename }
      segment: node(id: $segment) { __typename }
      insight: node(id: $insight) { __typename }
      answer: node(id: $answer) { __typename }
      conversation: node(id: $conversation) { __typename }
      nodes(ids: [$segment, $id, $answer]) { __typename }
    }
"""
_NOTHING = {
    "studySession": None,
    "transcript": None,
    "sessionSummary": None,
    "messages": None,
    "session": None,
    "segment": None,
    "insight": None,
    "answer": None,
    "conversation": None,
    "nodes": [None, None, None],
}
_SUBSCRIPTIONS = (
    "subscription ($id: ID!) { sessionUpdated(sessionId: $id) { cursor } }",
    "subscription ($id: ID!) { transcriptAdded(sessionId: $id) { cursor } }",
    "subscription ($id: ID!) { insightAdded(sessionId: $id) { cursor } }",
    "subscription ($answer: ID!) { sessionAnswerStreamed(answerId: $answer) { answerId } }",
    """subscription ($conversation: ID!) {
        conversationUpdated(conversationId: $conversation) { cursor } }""",
)


async def _everything(resources: Resources, host: Person) -> tuple[Studying, Data]:
    """A session with something of each kind, and their ids."""
    session = await make_session(resources, host)
    [segment] = await add_segments(resources, session, (host, "Leaves are green.", 0, 900))
    insight = Insight(session_id=session.key, kind=InsightKind.TOPIC, text="Leaves", confidence=0.9)
    answer = SessionAnswer(
        session_id=session.key,
        asker_id=host.key,
        question="Why?",
        status=AnswerStatus.ANSWERED,
        answer="Chlorophyll.",
    )
    async with writing(resources) as uow:
        uow.add(insight, answer, SessionSummary(session_id=session.key, summary="About leaves."))
    ids = {
        "id": session.id,
        "segment": to_global("seg", segment.id),
        "insight": to_global("ins", insight.id),
        "answer": to_global("ans", answer.id),
        "conversation": session.conversation_id,
    }
    return session, ids


class TestMember:
    async def test_sees_everything(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        _, ids = await _everything(resources, ana)
        assert (await api.execute(_QUERIES, ids, as_=ana)).ok() == {
            "studySession": {"name": "Photosynthesis"},
            "transcript": {
                "segments": {"nodes": [{"text": "Leaves are green."}]},
                "written": "Ana: Leaves are green.\n",
            },
            "sessionSummary": {"summary": "About leaves."},
            "messages": {"nodes": []},
            "session": {"__typename": "StudySession"},
            "segment": {"__typename": "TranscriptSegment"},
            "insight": {"__typename": "Insight"},
            "answer": {"__typename": "SessionAnswer"},
            "conversation": {"__typename": "Conversation"},
            "nodes": [
                {"__typename": "TranscriptSegment"},
                {"__typename": "StudySession"},
                {"__typename": "SessionAnswer"},
            ],
        }


class TestStranger:
    async def test_sees_nothing(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        _, ids = await _everything(resources, ana)
        assert (await api.execute(_QUERIES, ids, as_=eve)).ok() == _NOTHING

    async def test_a_public_session_shows_itself_only(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        session, ids = await _everything(resources, ana)
        await change_session(resources, session, public=True)
        assert (await api.execute(_QUERIES, ids, as_=eve)).ok() == _NOTHING | {
            "studySession": {"name": "Photosynthesis"},
            "session": {"__typename": "StudySession"},
            "nodes": [None, {"__typename": "StudySession"}, None],
        }

    @pytest.mark.parametrize("document", _SUBSCRIPTIONS)
    async def test_hears_nothing(self, api: Api, resources: Resources, document: str) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        _, ids = await _everything(resources, ana)
        async with api.socket(as_=eve) as socket:
            subscription = await socket.subscribe(document, ids)
            with pytest.raises(OperationError) as refused:
                await subscription.next()
        assert refused.value.code == "NOT_FOUND"

    async def test_ids_of_another_type(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        for given in (ana.id, "sts_1", "", "sts_00000000-0000-7000-8000-00000000000G"):
            answer = await api.execute(
                "query ($id: ID!) { studySession(id: $id) { name } }", {"id": given}, as_=ana
            )
            assert (answer.codes, answer.errors[0]["path"]) == (["INVALID_ID"], ["studySession"])
            assert "data" not in answer.response.json()


_PAGE = """
    query ($filter: StudySessionFilter) {
      studySessions(filter: $filter, first: 40) { totalCount nodes {
        name host { username } participants { user { username } } conversation { title } } } }
"""


async def _more_sessions(resources: Resources, person: Person) -> None:
    """Three more sessions of others that somebody is invited to."""
    for _ in range(3):
        host, guest = await make_person(resources), await make_person(resources)
        await make_session(resources, host, guests=[person, guest])


class TestStudySessions:
    async def test_own_and_public_ones(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        for name, host, more in (
            ("mine", ana, {"scheduled_start": "2030-01-01T00:00:00Z"}),
            ("invited", ben, {"guests": [ana], "scheduled_start": "2030-01-03T00:00:00Z"}),
            ("public", ben, {"public": True, "scheduled_start": "2030-01-02T00:00:00Z"}),
            ("theirs", ben, {}),
        ):
            await make_session(resources, host, name=name, **more)
        page = (await api.execute(_PAGE, as_=ana)).ok()["studySessions"]
        assert [node["name"] for node in page["nodes"]] == ["invited", "public", "mine"]
        assert page["totalCount"] == 3
        upcoming = await api.execute(_PAGE, {"filter": {"upcoming": True}}, as_=ana)
        names = [node["name"] for node in upcoming.ok()["studySessions"]["nodes"]]
        assert names == ["mine", "public", "invited"]

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({"kinds": ["BUDDY"]}, ["buddy"]),
            ({"kinds": []}, []),
            ({"statuses": ["LIVE"]}, ["live"]),
            ({"startsAfter": "2031-01-01T00:00:00Z"}, ["late"]),
            ({"startsBefore": "2031-01-01T00:00:00Z"}, ["live", "buddy"]),
        ],
    )
    async def test_filter(
        self, api: Api, resources: Resources, wanted: Data, names: list[str]
    ) -> None:
        ana = await make_person(resources)
        start = "2030-01-0{}T00:00:00Z".format
        await make_session(
            resources, ana, name="buddy", kind=SessionKind.BUDDY, scheduled_start=start(1)
        )
        await make_session(resources, ana, name="live", live=True, scheduled_start=start(2))
        await make_session(resources, ana, name="late", scheduled_start="2031-01-01T00:00:00Z")
        page = (await api.execute(_PAGE, {"filter": wanted}, as_=ana)).ok()["studySessions"]
        assert [node["name"] for node in page["nodes"]] == names

    async def test_statements_dont_grow(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana = await make_person(resources)
        await api.execute(_PAGE, as_=ana)
        found = []
        for _ in range(2):
            await _more_sessions(resources, ana)
            with statements(api.resources) as sent:
                page = (await api.execute(_PAGE, as_=ana)).ok()["studySessions"]
            found.append((page["totalCount"], len(sent)))
        assert found == [(3, 1), (6, 1)]

    async def test_ordinary_statements_dont_grow(
        self, resources: Resources, statements: Counting
    ) -> None:
        ana = await make_person(resources)
        found = []
        with serving(resources):
            await ordinary(_PAGE, {}, None, ana)
            for _ in range(2):
                await _more_sessions(resources, ana)
                with statements(resources) as sent:
                    answer = json.loads(await ordinary(_PAGE, {}, None, ana))
                found.append((answer["data"]["studySessions"]["totalCount"], len(sent)))
        # Her rights; that there is a page, the page, its count; parts, hosts, other people, chats.
        assert found == [(3, 8), (6, 8)]

"""`transcript`: pages, search, and as it is written down."""

import pytest

from app.core.resources import Resources
from app.sessions.export import TranscriptFormat, Utterance, export
from tests.client import Api
from tests.conftest import Counting
from tests.factories import Person, Studying, add_segments, make_person, make_session

_SPOKEN = [
    Utterance("Ana", "What do leaves do?", 0, 1500),
    Utterance("Ben <x>", "They eat light & air --> sugar.", 61_002, 3_723_004),
]

_WRITTEN = {
    TranscriptFormat.WEBVTT: (
        "WEBVTT\n\n"
        "1\n00:00:00.000 --> 00:00:01.500\n<v Ana>What do leaves do?\n\n"
        "2\n00:01:01.002 --> 01:02:03.004\n"
        "<v Ben &lt;x&gt;>They eat light &amp; air --&gt; sugar.\n"
    ),
    TranscriptFormat.SRT: (
        "1\n00:00:00,000 --> 00:00:01,500\nAna: What do leaves do?\n\n"
        "2\n00:01:01,002 --> 01:02:03,004\nBen <x>: They eat light & air --> sugar.\n"
    ),
    TranscriptFormat.TEXT: ("Ana: What do leaves do?\nBen <x>: They eat light & air --> sugar.\n"),
}
_EMPTY = {
    TranscriptFormat.WEBVTT: "WEBVTT\n\n",
    TranscriptFormat.SRT: "",
    TranscriptFormat.TEXT: "",
}


class TestExport:
    @pytest.mark.parametrize("how", list(TranscriptFormat))
    def test_exact(self, how: TranscriptFormat) -> None:
        assert export(how, _SPOKEN) == _WRITTEN[how]
        assert export(how, []) == _EMPTY[how]


async def _spoken(resources: Resources) -> tuple[Person, Studying]:
    ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
    session = await make_session(resources, ana, guests=[ben])
    await add_segments(
        resources,
        session,
        (ben, "Sugar from light.", 2000, 3000),
        (ana, "What do leaves make?", 0, 1500),
        (ben, "And oxygen.", 3000, 4000),
    )
    return ana, session


class TestWritten:
    async def test_as_it_was_spoken(self, api: Api, resources: Resources) -> None:
        ana, session = await _spoken(resources)
        document = """query ($id: ID!) { transcript(sessionId: $id) {
            text: written(format: TEXT) webvtt: written(format: WEBVTT) srt: written(format: SRT) }
        }"""
        seen = (await api.execute(document, {"id": session.id}, as_=ana)).ok()["transcript"]
        assert (
            seen["text"] == "Ana: What do leaves make?\nBen: Sugar from light.\nBen: And oxygen.\n"
        )
        assert seen["webvtt"].startswith(
            "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\n<v Ana>What do leaves make?\n\n2\n"
        )
        assert seen["srt"].startswith("1\n00:00:00,000 --> 00:00:01,500\nAna: What")


_PAGE = """
    query ($id: ID!, $first: Int, $after: String, $search: String) {
      transcript(sessionId: $id) {
        segments(first: $first, after: $after, search: $search) {
          totalCount pageInfo { hasNextPage endCursor }
          nodes { sequence text startMs endMs confidence language speaker { username } } } } }
"""


class TestSegments:
    async def test_in_the_order_of_becoming_final(self, api: Api, resources: Resources) -> None:
        ana, session = await _spoken(resources)
        found, after = [], None
        for more in (True, False):
            variables = {"id": session.id, "first": 2, "after": after}
            answer = await api.execute(_PAGE, variables, as_=ana)
            page = answer.ok()["transcript"]["segments"]
            assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, more)
            found += page["nodes"]
            after = page["pageInfo"]["endCursor"]
        assert [(node["sequence"], node["speaker"]["username"]) for node in found] == [
            (1, "ben"),
            (2, "ana"),
            (3, "ben"),
        ]
        assert found[0] == {
            "sequence": 1,
            "text": "Sugar from light.",
            "startMs": 2000,
            "endMs": 3000,
            "confidence": 0.9,
            "language": "en",
            "speaker": {"username": "ben"},
        }

    @pytest.mark.parametrize(
        ("search", "sequences"),
        [("LEAVES", [2]), ("oxygen OR sugar", [1, 3]), ("nothing", []), ("'&!(", [])],
    )
    async def test_search(
        self, api: Api, resources: Resources, search: str, sequences: list[int]
    ) -> None:
        ana, session = await _spoken(resources)
        answer = await api.execute(_PAGE, {"id": session.id, "search": search}, as_=ana)
        nodes = answer.ok()["transcript"]["segments"]["nodes"]
        assert [node["sequence"] for node in nodes] == sequences

    async def test_statements(self, api: Api, resources: Resources, statements: Counting) -> None:
        ana, session = await _spoken(resources)
        await api.execute(_PAGE, {"id": session.id, "first": 50}, as_=ana)
        with statements(api.resources) as sent:
            answer = await api.execute(_PAGE, {"id": session.id, "first": 50}, as_=ana)
        assert answer.ok()["transcript"]["segments"]["totalCount"] == 3
        assert len(sent) == 1

    async def test_statements_of_what_is_written(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana, session = await _spoken(resources)
        document = """query ($id: ID!) { transcript(sessionId: $id) {
            written(format: TEXT) segments { nodes { text } } } }"""
        await api.execute(document, {"id": session.id}, as_=ana)
        with statements(api.resources) as sent:
            (await api.execute(document, {"id": session.id}, as_=ana)).ok()
        # Python writes it, so all of it goes the ordinary way: the viewer's rights, membership,
        # the segments and the speakers' names for what is written; that there is a page, the page.
        assert len(sent) == 6

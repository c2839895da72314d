"""The whiteboard: whatever the order, everybody ends with the same."""

import asyncio
from random import Random
from resource import RUSAGE_SELF, getrusage

import pytest
from pycrdt import Doc, Text

from app.core.resources import Resources
from app.sessions import yjs
from app.sessions.service.whiteboard import FOLDED_AT, LARGEST_UPDATE
from tests.client import Api, Data
from tests.factories import Person, Studying, make_person, make_session

_BOARD = """
    query ($id: ID!) { studySession(id: $id) {
      whiteboard { state cursor updates { data author { username } } } } }
"""
_UPDATED = """
    subscription ($id: ID!, $after: String) { whiteboardUpdated(sessionId: $id, after: $after) {
      __typename cursor ... on WhiteboardDrawn { update { data } }
      ... on WhiteboardMerged { whiteboard { state } } } }
"""


class _Client:
    """A Yjs document, and the updates that it has made."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.document: Doc[Text] = Doc()
        self.text = self.document.get("board", type=Text)
        self.made: list[bytes] = []
        self._watching = self.document.observe(lambda event: self.made.append(event.update))

    def draw(self, count: int) -> list[bytes]:
        """So many strokes."""
        del self.made[:]
        for number in range(count):
            self.text += f"{self.name}{number} "
        return list(self.made)


def _seen(*updates: str) -> str:
    document: Doc[Text] = Doc()
    for update in updates:
        if update:
            document.apply_update(yjs.decoded(update))
    return str(document.get("board", type=Text))


async def _board(api: Api, session: Studying, person: Person) -> Data:
    answer = await api.execute(_BOARD, {"id": session.id}, as_=person)
    board: Data = answer.ok()["studySession"]["whiteboard"]
    return board


async def _draw(api: Api, session: Studying, person: Person, update: bytes) -> list[str]:
    given = {"sessionId": session.id, "update": yjs.encoded(update)}
    return (await api.mutate("whiteboardUpdate", given, as_=person)).codes


class TestYjs:
    def test_nothing_that_waits_is_lost(self) -> None:
        first, second, third = _Client("a").draw(3)
        whole = yjs.merged(yjs.merged(third), first)
        assert _seen(yjs.encoded(yjs.merged(whole, second, second))) == "a0 a1 a2 "

    @pytest.mark.parametrize("data", [b"", b"\x00", b"garbage", b"\xff" * 50])
    def test_no_update(self, data: bytes) -> None:
        good = _Client("a").draw(1)
        if data:
            with pytest.raises(yjs.NotAnUpdate):
                yjs.merged(*good, data)
        with pytest.raises(yjs.NotAnUpdate):
            yjs.decoded("é" + yjs.encoded(data))

    def test_more_clients_than_there_are_take_no_memory(self) -> None:
        before = getrusage(RUSAGE_SELF).ru_maxrss
        with pytest.raises(yjs.NotAnUpdate):
            yjs.merged(b"\x80\x80\x80\x80\x01\x00")
        assert getrusage(RUSAGE_SELF).ru_maxrss - before < 50 * 1024


class TestDrawing:
    async def test_converges(self, api: Api, resources: Resources) -> None:
        """Two draw at once; what they send is interleaved, out of order, and sent twice."""
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben], joined=[ana, ben], live=True)
        hers, his = _Client("a"), _Client("b")
        sent = [(ana, each) for each in hers.draw(8)] + [(ben, each) for each in his.draw(8)]
        sent += sent[:5]
        Random(7).shuffle(sent)
        done = await asyncio.gather(
            *[_draw(api, session, person, update) for person, update in sent]
        )
        assert done == [[]] * len(sent)
        board = await _board(api, session, ben)
        assert len(board["updates"]) == len(sent)
        seen = _seen(board["state"], *[each["data"] for each in board["updates"]])
        hers.document.apply_update(his.document.get_update())
        assert sorted(seen.split()) == sorted([f"{who}{n}" for who in "ab" for n in range(8)])
        assert seen == str(hers.text)

    @pytest.mark.usefixtures("relay")
    async def test_resumes_also_before_what_was_folded(
        self, api: Api, resources: Resources
    ) -> None:
        ana = await make_person(resources, "ana")
        session = await make_session(resources, ana, joined=[ana], live=True)
        start = (await _board(api, session, ana))["cursor"]
        strokes = _Client("a").draw(FOLDED_AT + 2)
        for stroke in strokes:
            assert await _draw(api, session, ana, stroke) == []
        board = await _board(api, session, ana)
        assert len(board["updates"]) == 2
        late = _seen(board["state"], *[each["data"] for each in board["updates"]])
        assert late == "".join(f"a{number} " for number in range(FOLDED_AT + 2))
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.id, "after": start})
            events = [(await live.next())["whiteboardUpdated"] for _ in range(3)]
        kinds = [each["__typename"] for each in events]
        assert kinds == ["WhiteboardMerged", "WhiteboardDrawn", "WhiteboardDrawn"]
        told = [events[0]["whiteboard"]["state"], *[each["update"]["data"] for each in events[1:]]]
        assert _seen(*told) == late

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, joined=[ana], live=True, public=True)
        [stroke] = _Client("a").draw(1)
        assert await _draw(api, session, ana, b"garbage") == ["WHITEBOARD_UPDATE_INVALID"]
        assert await _draw(api, session, ana, bytes(LARGEST_UPDATE + 3)) == ["INVALID_INPUT"]
        assert await _draw(api, session, ben, stroke) == ["NOT_FOUND"]
        assert (await _board(api, session, ana))["updates"] == []
        answer = await api.execute(_BOARD, {"id": session.id}, as_=ben)
        assert answer.ok() == {"studySession": {"whiteboard": None}}

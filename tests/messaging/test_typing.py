"""`typingSet`, and who is told of it."""

import pytest

from app.core.ids import from_global
from app.core.resources import Resources
from app.messaging.events import conversation_stream
from app.messaging.types import Conversation
from tests.client import Api
from tests.factories import Studying, make_person, make_session
from tests.waiting import eventually

_UPDATED = """
    subscription ($id: ID!) { conversationUpdated(conversationId: $id) {
        __typename cursor ... on ConversationTyping { typing user { username } } } }
"""
_TYPING = """
    query ($id: ID!) {
      node(id: $id) { ... on Conversation { typing { user { username } } } } }
"""

pytestmark = pytest.mark.usefixtures("relay")


def _given(session: Studying, *, typing: bool) -> dict[str, object]:
    return {"conversationId": session.conversation_id, "typing": typing}


def _stream(session: Studying) -> str:
    return conversation_stream(from_global(Conversation.prefix, session.conversation_id))


def _told(name: str, *, typing: bool) -> dict[str, object]:
    return {
        "__typename": "ConversationTyping",
        "cursor": None,
        "typing": typing,
        "user": {"username": name},
    }


class TestTypingSet:
    async def test_members_are_told(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben])
        await api.mutate("sessionJoin", {"sessionId": session.id}, as_=ben)
        async with api.socket(as_=ben) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.conversation_id})
            await api.listening(_stream(session), 1)
            (await api.mutate("typingSet", _given(session, typing=True), as_=ana)).ok()
            assert (await live.next())["conversationUpdated"] == _told("ana", typing=True)
            found = (await api.execute(_TYPING, {"id": session.conversation_id}, as_=ben)).ok()
            assert found["node"] == {"typing": [{"user": {"username": "ana"}}]}
            # Said again it is no news; that it has ended is.
            (await api.mutate("typingSet", _given(session, typing=True), as_=ana)).ok()
            (await api.mutate("typingSet", _given(session, typing=False), as_=ana)).ok()
            assert (await live.next())["conversationUpdated"] == _told("ana", typing=False)
        found = (await api.execute(_TYPING, {"id": session.conversation_id}, as_=ben)).ok()
        assert found["node"] == {"typing": []}

    async def test_who_isnt_in_it_finds_nothing(self, api: Api, resources: Resources) -> None:
        ana, eve = await make_person(resources, "ana"), await make_person(resources, "eve")
        session = await make_session(resources, ana)
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.conversation_id})
            await api.listening(_stream(session), 1)
            refused = await api.mutate("typingSet", _given(session, typing=True), as_=eve)
            assert refused.codes == ["NOT_FOUND"]
            (await api.mutate("typingSet", _given(session, typing=True), as_=ana)).ok()
            assert (await live.next())["conversationUpdated"] == _told("ana", typing=True)

    async def test_it_ends_by_itself(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        session = await make_session(resources, ana)
        (await api.mutate("typingSet", _given(session, typing=True), as_=ana)).ok()

        async def over() -> bool:
            found = await api.execute(_TYPING, {"id": session.conversation_id}, as_=ana)
            return bool(found.ok()["node"] == {"typing": []})

        assert not await over()
        await eventually(over, 10)

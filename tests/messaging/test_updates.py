"""`conversationUpdated`."""

import pytest

from app.core.resources import Resources
from app.messaging import service
from tests.client import Api, OperationError
from tests.factories import Person, Studying, make_person, make_session

_UPDATED = """
    subscription ($id: ID!, $after: String) {
      conversationUpdated(conversationId: $id, after: $after) {
        __typename cursor
        ... on MessageAdded { message { body sender { username } } }
        ... on ConversationJoined { user { username } }
        ... on ConversationLeft { user { username } } } }
"""
_CURSOR = """
    query ($id: ID!) { studySession(id: $id) { conversation { cursor } } }
"""

pytestmark = pytest.mark.usefixtures("relay")


async def _send(api: Api, session: Studying, person: Person, body: str) -> None:
    given = {"conversationId": session.conversation_id, "body": body}
    (await api.mutate("messageSend", given, as_=person)).ok()


class TestConversationUpdated:
    async def test_resumes_without_gap_or_repeat(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben])
        seen = (await api.execute(_CURSOR, {"id": session.id}, as_=ana)).ok()
        start = seen["studySession"]["conversation"]["cursor"]
        await _send(api, session, ana, "one")
        variables = {"id": session.conversation_id, "after": start}
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, variables)
            first = (await live.next())["conversationUpdated"]
            assert first["message"] == {"body": "one", "sender": {"username": "ana"}}
        # Away: what happens meanwhile is told afterwards.
        await api.mutate("sessionJoin", {"sessionId": session.id}, as_=ben)
        await _send(api, session, ben, "two")
        async with api.socket(as_=ana) as socket:
            again = await socket.subscribe(_UPDATED, variables | {"after": first["cursor"]})
            joined = (await again.next())["conversationUpdated"]
            assert (joined["__typename"], joined["user"]) == (
                "ConversationJoined",
                {"username": "ben"},
            )
            assert (await again.next())["conversationUpdated"]["message"]["body"] == "two"
            await _send(api, session, ana, "three")
            assert (await again.next())["conversationUpdated"]["message"]["body"] == "three"

    async def test_from_now_on(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources, "ana")
        session = await make_session(resources, ana)
        await _send(api, session, ana, "before")
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(_UPDATED, {"id": session.conversation_id})
            await api.listening(f"conversation:{session.row.conversation_id}")
            await _send(api, session, ana, "after")
            assert (await live.next())["conversationUpdated"]["message"]["body"] == "after"

    async def test_ends_with_membership(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        conversation = session.row.conversation_id
        async with api.socket(as_=ana) as hers, api.socket(as_=ben) as his:
            variables = {"id": session.conversation_id}
            kept = await hers.subscribe(_UPDATED, variables)
            lost = await his.subscribe(_UPDATED, variables)
            await api.listening(f"conversation:{conversation}", 2)
            async with resources.begin() as uow:
                await service.dismiss(uow, conversation, ben.key)
            await _send(api, session, ana, "secret")
            with pytest.raises(StopAsyncIteration):
                await lost.next()
            left = (await kept.next())["conversationUpdated"]
            assert (left["__typename"], left["user"]) == ("ConversationLeft", {"username": "ben"})
            assert (await kept.next())["conversationUpdated"]["message"]["body"] == "secret"
            again = await his.subscribe(_UPDATED, variables)
            with pytest.raises(OperationError) as refused:
                await again.next()
        assert refused.value.code == "NOT_FOUND"

    async def test_a_cursor_of_another_chat(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        one, two = [await make_session(resources, ana) for _ in range(2)]
        seen = (await api.execute(_CURSOR, {"id": one.id}, as_=ana)).ok()
        cursor = seen["studySession"]["conversation"]["cursor"]
        async with api.socket(as_=ana) as socket:
            variables = {"id": two.conversation_id, "after": cursor}
            live = await socket.subscribe(_UPDATED, variables)
            with pytest.raises(OperationError) as refused:
                await live.next()
        assert refused.value.code == "INVALID_CURSOR"

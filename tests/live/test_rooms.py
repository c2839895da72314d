"""The rooms' subscriptions, as the engine serves them."""

import asyncio

import pytest

from app.core.resources import Resources
from app.messaging import service
from app.messaging.store import MessageData
from tests.factories import make_person, make_session
from tests.live.following import Process

_CHAT = """
    subscription ($id: ID!, $after: String) {
      conversationUpdated(conversationId: $id, after: $after) {
        __typename cursor
        ... on MessageAdded { message { body sender { username } } }
        ... on ConversationJoined { user { username } }
        ... on ConversationLeft { user { username } } } }
"""
pytestmark = pytest.mark.usefixtures("relay")


class TestChat:
    async def test_told(self, process: Process, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        chat = session.row.conversation_id
        hers = await process.follow(ana, _CHAT, {"id": session.conversation_id})
        his = await process.follow(ben, _CHAT, {"id": session.conversation_id})
        await process.following(2)
        await service.send(resources, ana.viewer, MessageData(conversation_id=chat, body="one"))
        [event] = await hers.told(1)
        assert event["message"] == {"body": "one", "sender": {"username": "ana"}}
        await his.told(1)
        assert his.results[0] is hers.results[0]
        async with resources.begin() as uow:
            await service.dismiss(uow, chat, ben.key)
        await asyncio.wait_for(hers.told(2), 10)
        assert hers.events()[1]["__typename"] == "ConversationLeft"
        assert his.completed
        assert len(his.results) == 1
        hers.stop()
        assert process.live._feeds == {}

"""`directConversationOpen`, `conversations` and `conversation`."""

import asyncio

from sqlalchemy import func
from sqlmodel import col, select

from app.core.resources import Resources
from app.messaging.models import Conversation, ConversationMember, DirectConversation
from tests.client import Api
from tests.factories import make_person, waiting_events
from tests.messaging.people import open_direct, read, say

_LIST = """
    { conversations { nodes { id kind title peer { username } lastMessage { body } unreadCount
      memberCount members { nodes { user { username } } } } } }
"""


async def _count(resources: Resources, table: type) -> int:
    async with resources.database.read() as session:
        return await session.value(select(func.count()).select_from(table))


class TestOpen:
    async def test_one_for_each_pair_from_both_sides_at_once(
        self, api: Api, resources: Resources
    ) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        both = [(ana, ben), (ben, ana)] * 10
        ids = await asyncio.gather(*[open_direct(api, one, other) for one, other in both])
        assert len(set(ids)) == 1
        assert await _count(resources, DirectConversation) == 1
        assert await _count(resources, Conversation) == 1
        assert await _count(resources, ConversationMember) == 2
        assert await waiting_events(resources) == ["conversation.member_joined"] * 2
        assert await open_direct(api, ana, ben) == ids[0]
        cleo = await make_person(resources, "cleo")
        assert await open_direct(api, ana, cleo) != ids[0]

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        (await api.mutate("userBlock", {"userId": ben.id}, as_=ana)).ok()
        for one, other, code in (
            (ana, ben, "NOT_FOUND"),
            (ben, ana, "NOT_FOUND"),
            (ana, ana, "DIRECT_WITH_ONESELF"),
        ):
            done = await api.mutate("directConversationOpen", {"userId": other.id}, as_=one)
            assert [(each["code"], each["field"]) for each in done.errors] == [
                (code, ["input", "userId"])
            ]
        assert await _count(resources, Conversation) == 0

    async def test_a_block_closes_it_to_writing(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        chat = await open_direct(api, ana, ben)
        message = await say(api, ana, chat, "Hello.")
        (await api.mutate("userBlock", {"userId": ben.id}, as_=ana)).ok()
        for name, given in (
            ("messageSend", {"conversationId": chat, "body": "Ana?"}),
            ("messageReact", {"messageId": message, "emoji": "👍"}),
            ("typingSet", {"conversationId": chat, "typing": True}),
        ):
            assert (await api.mutate(name, given, as_=ben)).codes == ["NOT_FOUND"], name
        edit = await api.mutate("messageEdit", {"messageId": message, "body": "x"}, as_=ana)
        assert edit.codes == ["NOT_FOUND"]


class TestConversations:
    async def test_as_each_sees_them(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        eve = await make_person(resources, "eve")
        chat = await open_direct(api, ana, ben)
        await say(api, ana, chat, "Hello.")
        for person, peer, unread in ((ana, "ben", 0), (ben, "ana", 1)):
            [found] = (await read(api, person, _LIST))["conversations"]["nodes"]
            assert found == {
                "id": chat,
                "kind": "DIRECT",
                "title": "",
                "peer": {"username": peer},
                "lastMessage": {"body": "Hello."},
                "unreadCount": unread,
                "memberCount": 2,
                "members": {"nodes": [{"user": {"username": name}} for name in ("ana", "ben")]},
            }
        assert (await read(api, eve, _LIST))["conversations"]["nodes"] == []
        one = "query ($id: ID!) { conversation(id: $id) { id } }"
        assert await read(api, eve, one, id=chat) == {"conversation": None}
        assert await read(api, ana, one, id=chat) == {"conversation": {"id": chat}}

    async def test_the_newest_message_first(self, api: Api, resources: Resources) -> None:
        from app.core.outbox import StreamEvent
        from app.messaging.events import MessageSent
        from workers.inbox import _sent

        ana = await make_person(resources, "ana")
        chats = [
            await open_direct(api, ana, await make_person(resources, name))
            for name in ("ben", "cleo")
        ]
        await say(api, ana, chats[0], "Hello.")
        async with resources.database.read() as session:
            [row] = await session.all(
                select(StreamEvent).where(col(StreamEvent.kind) == MessageSent.kind)
            )
        for _ in range(2):
            await _sent(resources, MessageSent.model_validate(row.data), "again")
        found = (await read(api, ana, "{ conversations { nodes { id } } }"))["conversations"]
        assert [each["id"] for each in found["nodes"]] == chats

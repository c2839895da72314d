"""What is read and unread, read receipts, and `inboxUpdated`."""

import asyncio
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.events import PersistedEvent
from app.core.ids import from_global, new_id
from app.core.outbox import StreamEvent
from app.core.partitions import first_key
from app.core.resources import Resources
from app.messaging.events import MemberJoined, MemberLeft, MessageDeleted, MessageSent
from app.messaging.models import ConversationMember, Message
from tests.client import Api
from tests.factories import Person, make_person, writing
from tests.messaging.people import enter, make_room, open_direct, read, say, stream_of, unread

E = TypeVar("E", bound=PersistedEvent)

_RECEIPTS = """
    query ($id: ID!) { conversation(id: $id) { members { nodes { user { username }
      receipt { messageId user { username } } } } } }
"""


async def _mark(api: Api, person: Person, chat: str, message: str) -> list[str]:
    given = {"conversationId": chat, "messageId": message}
    return (await api.mutate("conversationMarkRead", given, as_=person)).codes


async def _receipts(api: Api, person: Person, chat: str) -> dict[str, str | None]:
    members = (await read(api, person, _RECEIPTS, id=chat))["conversation"]["members"]["nodes"]
    return {
        each["user"]["username"]: each["receipt"] and each["receipt"]["messageId"]
        for each in members
    }


async def _pair(api: Api, resources: Resources) -> tuple[Person, Person, str]:
    ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
    return ana, ben, await open_direct(api, ana, ben)


class TestUnread:
    async def test_goes_forward_only(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        messages = [await say(api, ana, chat, f"{number}") for number in range(4)]
        assert await unread(api, ben, chat) == (4, False)
        assert await unread(api, ana, chat) == (0, False)
        assert await _mark(api, ben, chat, messages[2]) == []
        assert await unread(api, ben, chat) == (1, False)
        assert await _mark(api, ben, chat, messages[0]) == []
        assert await unread(api, ben, chat) == (1, False)
        (await api.mutate("messageDelete", {"messageId": messages[3]}, as_=ana)).ok()
        assert await unread(api, ben, chat) == (0, False)

    async def test_marks_at_the_same_moment(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        messages = [await say(api, ana, chat, f"{number}") for number in range(8)]
        await asyncio.gather(*[_mark(api, ben, chat, each) for each in messages[:7]])
        assert await unread(api, ben, chat) == (1, False)

    async def test_one_with_an_older_key_that_came_later(
        self, api: Api, resources: Resources
    ) -> None:
        """Keys are given before the stream is locked: what counts is the order of commits."""
        ana, ben, chat = await _pair(api, resources)
        before = new_id()
        message = await say(api, ana, chat, "First.")
        assert await _mark(api, ben, chat, message) == []
        late = await say(api, ana, chat, "Late.")
        async with writing(resources) as session:
            await session.execute(
                update(Message).where(col(Message.id) == from_global("msg", late)).values(id=before)
            )
        assert await unread(api, ben, chat) == (1, False)

    async def test_no_more_than_a_hundred_are_counted(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        key = from_global("cnv", chat)
        for more, found in ((100, (100, False)), (1, (100, True))):
            async with writing(resources) as session:
                session.add(
                    *[
                        Message(conversation_id=key, sender_id=ana.key, body="x", sequence=1000)
                        for _ in range(more)
                    ]
                )
            assert await unread(api, ben, chat) == found

    async def test_older_partitions_are_left_out(self, api: Api, resources: Resources) -> None:
        _, ben, chat = await _pair(api, resources)
        async with resources.database.read() as session:
            member = await session.get(ConversationMember, (from_global("cnv", chat), ben.key))
        assert member is not None
        assert first_key((now() - timedelta(minutes=2)).date()) < member.read_floor < new_id()

    async def test_who_comes_has_read_what_was_there(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        room = await make_room(api, ana)
        chat = room["conversation"]["id"]
        await say(api, ana, chat, "Before.")
        await enter(api, room, ben)
        assert await unread(api, ben, chat) == (0, False)
        await say(api, ana, chat, "After.")
        assert await unread(api, ben, chat) == (1, False)

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        eve = await make_person(resources)
        elsewhere = await open_direct(api, ana, eve)
        message = await say(api, ana, chat, "Leaf.")
        foreign = await say(api, ana, elsewhere, "Root.")
        assert await _mark(api, eve, chat, message) == ["NOT_FOUND"]
        assert await _mark(api, ben, chat, foreign) == ["NOT_FOUND"]
        assert await unread(api, ben, chat) == (1, False)


class TestReceipts:
    async def test_are_hidden_by_privacy_and_blocks(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        message = await say(api, ana, chat, "Leaf.")
        assert await _mark(api, ben, chat, message) == []
        assert await _receipts(api, ana, chat) == {"ana": None, "ben": message}
        hide = {"privacy": {"readReceipts": "NOBODY"}}
        (await api.mutate("preferencesUpdate", hide, as_=ben)).ok()
        assert await _receipts(api, ana, chat) == {"ana": None, "ben": None}
        assert await _receipts(api, ben, chat) == {"ana": None, "ben": message}
        show = {"privacy": {"readReceipts": "SIGNED_IN"}}
        (await api.mutate("preferencesUpdate", show, as_=ben)).ok()
        assert await _receipts(api, ana, chat) == {"ana": None, "ben": message}
        (await api.mutate("userBlock", {"userId": ana.id}, as_=ben)).ok()
        assert await _receipts(api, ana, chat) == {"ana": None, "ben": None}

    @pytest.mark.usefixtures("relay")
    async def test_are_told_unless_hidden(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        messages = [await say(api, ana, chat, f"{number}") for number in range(3)]
        query = """subscription ($id: ID!) { conversationUpdated(conversationId: $id) {
            __typename cursor ... on ConversationReadOn { receipt { messageId } } } }"""
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(query, {"id": chat})
            await api.listening(stream_of(chat))
            assert await _mark(api, ben, chat, messages[0]) == []
            told = {"__typename": "ConversationReadOn", "cursor": None}
            receipt = {"receipt": {"messageId": messages[0]}}
            assert (await live.next())["conversationUpdated"] == told | receipt
            hide = {"privacy": {"readReceipts": "NOBODY"}}
            (await api.mutate("preferencesUpdate", hide, as_=ben)).ok()
            assert await _mark(api, ben, chat, messages[1]) == []
            await say(api, ana, chat, "Next.")
            assert (await live.next())["conversationUpdated"]["__typename"] == "MessageAdded"

    @pytest.mark.usefixtures("relay")
    async def test_whom_a_reader_blocked_is_told_nothing_of_them(
        self, api: Api, resources: Resources
    ) -> None:
        ana, ben, eve = [await make_person(resources, each) for each in ("ana", "ben", "eve")]
        room = await make_room(api, ana)
        await enter(api, room, ben, eve)
        chat = room["conversation"]["id"]
        message = await say(api, ana, chat, "Leaf.")
        (await api.mutate("userBlock", {"userId": eve.id}, as_=ben)).ok()
        query = """subscription ($id: ID!) { conversationUpdated(conversationId: $id) {
            ... on ConversationReadOn { receipt { messageId user { username } } } } }"""
        async with api.socket(as_=ana) as at_ana, api.socket(as_=eve) as at_eve:
            of_ana = await at_ana.subscribe(query, {"id": chat})
            of_eve = await at_eve.subscribe(query, {"id": chat})
            await api.listening(stream_of(chat), 2)
            assert await _mark(api, ben, chat, message) == []
            receipt = {"messageId": message, "user": {"username": "ben"}}
            assert (await of_ana.next())["conversationUpdated"] == {"receipt": receipt}
            assert (await of_eve.next())["conversationUpdated"] == {"receipt": None}


@pytest.mark.usefixtures("relay")
class TestInbox:
    async def test_tells_members_alone(self, api: Api, resources: Resources) -> None:
        from workers.inbox import _left, _sent

        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        room = await make_room(api, ana)
        await enter(api, room, ben)
        chat = room["conversation"]["id"]
        query = """subscription { inboxUpdated { __typename conversationId
            ... on InboxConversationChanged { conversation { unreadCount lastMessage { id } } } } }
        """
        async with api.socket(as_=ben) as socket:
            live = await socket.subscribe(query)
            await api.listening(f"inbox:{ben.key}")
            message = await say(api, ana, chat, "Leaf.")
            await _sent(resources, await _event(resources, MessageSent), "x")
            changed = {"__typename": "InboxConversationChanged", "conversationId": chat}
            last = {"lastMessage": {"id": message}}
            assert (await live.next())["inboxUpdated"] == changed | {
                "conversation": {"unreadCount": 1, **last}
            }
            assert await _mark(api, ben, chat, message) == []
            assert (await live.next())["inboxUpdated"] == changed | {
                "conversation": {"unreadCount": 0, **last}
            }
            (await api.mutate("roomLeave", {"id": room["id"]}, as_=ben)).ok()
            await say(api, ana, chat, "He is gone.")
            await _sent(resources, await _event(resources, MessageSent), "y")
            await _left(resources, await _event(resources, MemberLeft), "z")
            assert (await live.next())["inboxUpdated"] == {
                "__typename": "InboxConversationLeft",
                "conversationId": chat,
            }

    async def test_tells_of_who_comes_and_of_what_is_deleted(
        self, api: Api, resources: Resources
    ) -> None:
        from workers.inbox import _deleted, _joined, _left

        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        room = await make_room(api, ana)
        chat = room["conversation"]["id"]
        query = """subscription { inboxUpdated { __typename conversationId
            ... on InboxConversationChanged { conversation { unreadCount } } } }"""
        changed = {"__typename": "InboxConversationChanged", "conversationId": chat}
        async with api.socket(as_=ben) as socket:
            live = await socket.subscribe(query)
            await api.listening(f"inbox:{ben.key}")
            await enter(api, room, ben)
            (await api.mutate("roomLeave", {"id": room["id"]}, as_=ben)).ok()
            left = await _event(resources, MemberLeft)
            await enter(api, room, ben)
            # He is back: that he left is no news any more.
            await _left(resources, left, "x")
            await _joined(resources, await _event(resources, MemberJoined), "y")
            told = changed | {"conversation": {"unreadCount": 0}}
            assert (await live.next())["inboxUpdated"] == told
            one, _ = [await say(api, ana, chat, body) for body in ("One.", "Two.")]
            (await api.mutate("messageDelete", {"messageId": one}, as_=ana)).ok()
            await _deleted(resources, await _event(resources, MessageDeleted), "z")
            told = changed | {"conversation": {"unreadCount": 1}}
            assert (await live.next())["inboxUpdated"] == told


async def _event(resources: Resources, kind: type[E]) -> E:
    async with resources.database.read() as session:
        rows = await session.all(
            select(StreamEvent)
            .where(StreamEvent.kind == kind.kind)
            .order_by(col(StreamEvent.sequence).desc())
        )
    return kind.model_validate(rows[0].data)

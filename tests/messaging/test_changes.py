"""Messages that are edited, deleted and reacted to, with files, and under moderation."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.audit import AuditEntry
from app.core.ids import from_global
from app.core.resources import Resources
from app.messaging.emoji import emoji
from app.messaging.models import Message, MessageReaction, MessageRevision
from tests.client import Api, Data
from tests.factories import Person, make_person
from tests.messaging.people import enter, make_room, open_direct, read, say, stream_of
from tests.vault.files import upload

_NODE = """
    query ($id: ID!) { node(id: $id) { ... on Message { body editedAt deletedAt
      attachments { file { name } } mentions { username } reactions { emoji count mine }
      revisions { nodes { body } } } } }
"""


async def _see(api: Api, person: Person, message: str) -> Any:
    return (await read(api, person, _NODE, id=message))["node"]


async def _pair(api: Api, resources: Resources) -> tuple[Person, Person, str]:
    ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
    return ana, ben, await open_direct(api, ana, ben)


class TestEdit:
    async def test_history_is_for_moderators(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        mia = await make_person(resources, role="moderator")
        message = await say(api, ana, chat, "One.")
        for body in ("Two.", "Two.", "Three."):
            given = {"messageId": message, "body": body}
            (await api.mutate("messageEdit", given, as_=ana)).ok()
        for person, before in ((ana, []), (ben, []), (mia, [{"body": "One."}, {"body": "Two."}])):
            seen = await _see(api, person, message)
            assert (seen["body"], seen["revisions"]["nodes"]) == ("Three.", before)
            assert seen["editedAt"] is not None

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        eve, mia = await make_person(resources), await make_person(resources, role="moderator")
        message = await say(api, ana, chat, "One.")
        given = {"messageId": message, "body": "Two."}
        for person, code in (
            (ben, "NOT_THE_AUTHOR"),
            (mia, "NOT_THE_AUTHOR"),
            (eve, "NOT_FOUND"),
        ):
            assert (await api.mutate("messageEdit", given, as_=person)).codes == [code]
        empty = await api.mutate("messageEdit", {"messageId": message, "body": " "}, as_=ana)
        assert empty.codes == ["EMPTY_MESSAGE"]
        (await api.mutate("messageDelete", {"messageId": message}, as_=ana)).ok()
        assert (await api.mutate("messageEdit", given, as_=ana)).codes == ["MESSAGE_DELETED"]
        async with resources.database.read() as session:
            assert [row.body for row in await session.all(select(MessageRevision))] == ["One."]


class TestDelete:
    async def test_nobody_reads_it_any_way(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        mia = await make_person(resources, role="moderator")
        message = await say(api, ana, chat, "Secret leaf.", mentions=[ben.id])
        reply = await say(api, ben, chat, "Why?", replyToId=message)
        for _ in range(2):
            (await api.mutate("messageDelete", {"messageId": message}, as_=ana)).ok()
        for person in (ana, ben):
            seen = await _see(api, person, message)
            assert seen["deletedAt"] is not None
            assert (seen["body"], seen["mentions"], seen["revisions"]["nodes"]) == ("", [], [])
            query = """query ($id: ID!, $chat: ID!) {
                node(id: $id) { ... on Message { replyTo { body } } }
                messages(conversationId: $chat, search: "secret") { nodes { id } } }"""
            found = await read(api, person, query, id=reply, chat=chat)
            assert found == {"node": {"replyTo": {"body": ""}}, "messages": {"nodes": []}}
        assert (await _see(api, mia, message))["revisions"]["nodes"] == [{"body": "Secret leaf."}]

    @pytest.mark.usefixtures("relay")
    async def test_a_replay_has_no_body(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        cursor = (
            await read(api, ben, "query ($id: ID!) { conversation(id: $id) { cursor } }", id=chat)
        )["conversation"]["cursor"]
        message = await say(api, ana, chat, "Secret leaf.")
        (await api.mutate("messageDelete", {"messageId": message}, as_=ana)).ok()
        query = """subscription ($id: ID!, $after: String) {
            conversationUpdated(conversationId: $id, after: $after) { __typename
              ... on MessageAdded { message { body } }
              ... on MessageDeleted { message { id body } } } }"""
        async with api.socket(as_=ben) as socket:
            live = await socket.subscribe(query, {"id": chat, "after": cursor})
            assert [(await live.next())["conversationUpdated"] for _ in range(2)] == [
                {"__typename": "MessageAdded", "message": {"body": ""}},
                {"__typename": "MessageDeleted", "message": {"id": message, "body": ""}},
            ]

    async def test_by_a_moderator_is_audited(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        mia = await make_person(resources, role="moderator")
        message = await say(api, ana, chat, "Secret leaf.")
        refused = await api.mutate("messageDelete", {"messageId": message}, as_=ben)
        assert refused.codes == ["NOT_THE_AUTHOR"]
        assert (await _see(api, ben, message))["body"] == "Secret leaf."
        (await api.mutate("messageDelete", {"messageId": message}, as_=mia)).ok()
        assert (await _see(api, ben, message))["body"] == ""
        async with resources.database.read() as session:
            found = await session.all(
                select(AuditEntry.action).where(col(AuditEntry.action) == "message.delete")
            )
        assert found == ["message.delete"]


class TestReactions:
    @pytest.mark.parametrize(
        ("given", "made"),
        [
            ("👍", "👍"),
            ("❤", "❤️"),
            ("❤️", "❤️"),
            ("⌚️", "⌚"),
            ("1️⃣", "1️⃣"),
            ("🇩🇪", "🇩🇪"),
            ("👨‍👩‍👧", "👨‍👩‍👧"),
            ("👍🏽", "👍🏽"),
            ("", None),
            ("1", None),
            ("x", None),
            ("👍👍", None),
            ("👍x", None),
            ("🇩", None),
            ("👍\u200d", None),
            ("👍" * 40, None),
        ],
    )
    def test_what_an_emoji_is(self, given: str, made: str | None) -> None:
        assert emoji(given) == made

    async def test_counts_at_the_same_moment(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        room = await make_room(api, ana)
        people = [await make_person(resources) for _ in range(12)]
        await enter(api, room, *people)
        message = await say(api, ana, room["conversation"]["id"], "Leaf.")
        given = {"messageId": message, "emoji": "❤"}
        every = people * 2
        await asyncio.gather(*[api.mutate("messageReact", given, as_=each) for each in every])
        assert (await _see(api, people[0], message))["reactions"] == [
            {"emoji": "❤️", "count": 12, "mine": True}
        ]
        await asyncio.gather(
            *[api.mutate("messageUnreact", given, as_=each) for each in people[:5] * 2]
        )
        assert (await _see(api, people[0], message))["reactions"] == [
            {"emoji": "❤️", "count": 7, "mine": False}
        ]

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        eve = await make_person(resources)
        message = await say(api, ana, chat, "Leaf.")

        async def react(person: Person, text: str) -> list[str]:
            given = {"messageId": message, "emoji": text}
            return (await api.mutate("messageReact", given, as_=person)).codes

        assert await react(eve, "👍") == ["NOT_FOUND"]
        assert await react(ben, "no") == ["NO_EMOJI"]
        for number in range(20):
            assert await react(ben, chr(0x1F600 + number)) == []
        assert await react(ana, "👍") == ["TOO_MANY_REACTIONS"]
        assert await react(ana, chr(0x1F600)) == []
        (await api.mutate("messageDelete", {"messageId": message}, as_=ana)).ok()
        assert await react(ben, "👍") == ["MESSAGE_DELETED"]
        assert (await _see(api, ben, message))["reactions"] == []
        async with resources.database.read() as session:
            assert await session.value(select(func.count()).select_from(MessageReaction)) == 21

    @pytest.mark.usefixtures("relay")
    async def test_members_are_told(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        message = await say(api, ana, chat, "Leaf.")
        query = """subscription ($id: ID!) { conversationUpdated(conversationId: $id) {
            ... on MessageReacted { emoji added user { username }
              message { reactions { emoji count mine } } } } }"""
        async with api.socket(as_=ana) as socket:
            live = await socket.subscribe(query, {"id": chat})
            await api.listening(stream_of(chat))
            given = {"messageId": message, "emoji": "👍"}
            (await api.mutate("messageReact", given, as_=ben)).ok()
            assert (await live.next())["conversationUpdated"] == {
                "emoji": "👍",
                "added": True,
                "user": {"username": "ben"},
                "message": {"reactions": [{"emoji": "👍", "count": 1, "mine": False}]},
            }


class TestAttachments:
    async def test_are_claimed_once(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        file = await upload(api, ana, purpose="MESSAGE")
        given = {
            "conversationId": chat,
            "kind": "FILE",
            "body": "",
            "attachments": [file["id"]],
        }
        fields = "message { id }"
        done = await asyncio.gather(
            *[api.mutate("messageSend", given, fields, as_=ana) for _ in range(6)]
        )
        assert sorted(each.codes for each in done) == [[]] + [["FILE_NOT_READY"]] * 5
        [message] = [each.ok()["message"]["id"] for each in done if not each.codes]
        async with resources.database.read() as session:
            assert await session.value(select(func.count()).select_from(Message)) == 1
        assert (await _see(api, ben, message))["attachments"] == [{"file": {"name": "leaf.pdf"}}]
        (await api.mutate("messageDelete", {"messageId": message}, as_=ana)).ok()
        assert (await _see(api, ben, message))["attachments"] == []

    async def test_refused(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        hers = await upload(api, ana, purpose="MESSAGE")
        work = await upload(api, ben)
        start: Data = {"conversationId": chat, "body": "Look."}
        for more, code in (
            ({"kind": "FILE"}, "EMPTY_MESSAGE"),
            ({"attachments": [hers["id"]]}, "FILE_NOT_READY"),
            ({"attachments": [work["id"]]}, "FILE_NOT_READY"),
            ({"attachments": ["fil_00000000-0000-7000-8000-000000000000"]}, "FILE_NOT_READY"),
            ({"attachments": [hers["id"]] * 11}, "INVALID_INPUT"),
        ):
            assert (await api.mutate("messageSend", start | more, as_=ben)).codes == [code], more
        twice = start | {"attachments": [hers["id"]] * 2}
        assert (await api.mutate("messageSend", twice, as_=ana)).codes == ["FILE_NOT_READY"]
        async with resources.database.read() as session:
            assert await session.all(select(Message)) == []

    async def test_text_beside_them_can_go(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        for kind in ("TEXT", "FILE"):
            file = await upload(api, ana, purpose="MESSAGE")
            message = await say(api, ana, chat, "Look.", kind=kind, attachments=[file["id"]])
            (await api.mutate("messageEdit", {"messageId": message, "body": ""}, as_=ana)).ok()
            seen = await _see(api, ben, message)
            assert (seen["body"], len(seen["attachments"])) == ("", 1)

    async def test_again_by_the_clients_name(self, api: Api, resources: Resources) -> None:
        ana, _, chat = await _pair(api, resources)
        file = await upload(api, ana, purpose="MESSAGE")
        ids = await asyncio.gather(
            *[
                say(api, ana, chat, "", kind="FILE", attachments=[file["id"]], clientId="c")
                for _ in range(4)
            ]
        )
        assert len(set(ids)) == 1


class TestModeration:
    @pytest.mark.parametrize(
        "body",
        [
            "go kill  yourself",
            "KYS",
            "https://a.b " * 11,
            "a" * 300,
            "e" + "\u0301" * 9,
            "left\u202eright",
            "bell\x07",
        ],
    )
    async def test_refused(self, api: Api, resources: Resources, body: str) -> None:
        ana, _, chat = await _pair(api, resources)
        message = await say(api, ana, chat, "Fine.")
        given = {"conversationId": chat, "body": body}
        assert (await api.mutate("messageSend", given, as_=ana)).codes == ["MESSAGE_REFUSED"]
        edit = {"messageId": message, "body": body}
        assert (await api.mutate("messageEdit", edit, as_=ana)).codes == ["MESSAGE_REFUSED"]
        async with resources.database.read() as session:
            assert [row.body for row in await session.all(select(Message))] == ["Fine."]

    async def test_what_is_harmless(self, api: Api, resources: Resources) -> None:
        ana, _, chat = await _pair(api, resources)
        for body in ("skyscraper", "= " * 300, "ਸਤਿ ਸ੍ਰੀ ਅਕਾਲ 👨‍👩‍👧", "process.kill(self)"):
            await say(api, ana, chat, body)


class TestSearch:
    async def test_in_all_that_the_viewer_is_in(self, api: Api, resources: Resources) -> None:
        ana, ben, chat = await _pair(api, resources)
        eve = await make_person(resources)
        other = await open_direct(api, ben, eve)
        await say(api, ana, chat, "A green leaf.")
        await say(api, eve, other, "Another leaf.")
        query = '{ messages(search: "leaf") { nodes { body } } }'
        for person, bodies in (
            (ana, ["A green leaf."]),
            (eve, ["Another leaf."]),
            (ben, ["A green leaf.", "Another leaf."]),
        ):
            found = (await read(api, person, query))["messages"]["nodes"]
            assert [each["body"] for each in found] == bodies
        mia = await make_person(resources, role="moderator")
        assert (await read(api, mia, query))["messages"]["nodes"] == []
        refused = await api.execute("{ messages { nodes { id } } }", as_=ana)
        assert refused.codes == ["BAD_REQUEST"]
        assert from_global("cnv", chat) != from_global("cnv", other)

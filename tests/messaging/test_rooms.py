"""Rooms: made, changed, archived, entered and left."""

import asyncio
from typing import Any

import pytest
from sqlmodel import col, select

from app.core.audit import AuditEntry
from app.core.ids import from_global
from app.core.resources import Resources
from app.messaging.models import ConversationMember, Room
from tests.client import Api, Data, OperationError
from tests.factories import Person, empty_outbox, make_person, waiting_events
from tests.messaging.people import enter, make_room, read, say, stream_of

_ROOM = """
    query ($id: ID!) { room(id: $id) { name description type maxParticipants public memberCount
      isMember joinCode activeCount archivedAt owner { username } conversation { title } } }
"""
_UPDATED = """
    subscription ($id: ID!) { conversationUpdated(conversationId: $id) { __typename
      ... on MessageAdded { message { body } }
      ... on ConversationJoined { user { username } conversation { memberCount } }
      ... on ConversationLeft { user { username } conversation { memberCount } }
      ... on RoomChanged { room { name memberCount } } } }
"""


async def _see(api: Api, person: Person, room: Data) -> Any:
    return (await read(api, person, _ROOM, id=room["id"]))["room"]


async def _inside(resources: Resources, room: Data) -> int:
    key = from_global("cnv", room["conversation"]["id"])
    async with resources.database.read() as session:
        rows = await session.all(
            select(ConversationMember).where(
                ConversationMember.conversation_id == key,
                col(ConversationMember.left_at).is_(None),
            )
        )
    return len(rows)


class TestRoom:
    async def test_as_others_see_it(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        room = await make_room(api, ana, description=" Green. ", type="HELP", maxParticipants=3)
        common = {
            "name": "Leaves",
            "description": "Green.",
            "type": "HELP",
            "maxParticipants": 3,
            "public": True,
            "memberCount": 1,
            "activeCount": 0,
            "archivedAt": None,
            "owner": {"username": "ana"},
        }
        assert await _see(api, ana, room) == common | {
            "isMember": True,
            "joinCode": room["joinCode"],
            "conversation": {"title": "Leaves"},
        }
        assert await _see(api, ben, room) == common | {
            "isMember": False,
            "joinCode": None,
            "conversation": None,
        }

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": " "}, "name"),
            ({"maxParticipants": 1}, "maxParticipants"),
            ({"maxParticipants": 1001}, "maxParticipants"),
            ({"logoUrl": "javascript:alert(1)"}, "logoUrl"),
            ({"logoUrl": "https://example.org/\0"}, "logoUrl"),
            ({"logoUrl": "https://example.org/\u202egnp"}, "logoUrl"),
            ({"logoUrl": "https://lyceum.example@evil.example/"}, "logoUrl"),
            ({"logoUrl": "https://example.org/" + "x" * 1005}, "logoUrl"),
            ({"description": "x" * 2001}, "description"),
        ],
    )
    async def test_rules(self, api: Api, resources: Resources, given: Data, field: str) -> None:
        ana = await make_person(resources)
        done = await api.mutate("roomCreate", {"name": "Leaves", **given}, as_=ana)
        assert [(each["code"], each["field"]) for each in done.errors] == [
            ("INVALID_INPUT", ["input", field])
        ]
        async with resources.database.read() as session:
            assert await session.all(select(Room)) == []

    async def test_a_subject_that_isn_t_there(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        room = await make_room(api, ana)
        nothing = {"subjectId": "sub_00000000-0000-7000-8000-000000000000"}
        for name, given in (("roomCreate", {"name": "Roots"}), ("roomUpdate", {"id": room["id"]})):
            refused = await api.mutate(name, given | nothing, as_=ana)
            assert [(each["code"], each["field"]) for each in refused.errors] == [
                ("NOT_FOUND", ["input", "subjectId"])
            ]
        async with resources.database.read() as session:
            assert await session.all(select(Room.subject_id)) == [None]

    async def test_found_by_type_and_whether_mine(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        one = await make_room(api, ana, type="HELP")
        other = await make_room(api, ana, type="SOCIAL")
        hidden = await make_room(api, ana, public=False)
        await enter(api, one, ben)
        query = "query ($f: RoomFilter) { rooms(filter: $f) { nodes { id } } }"

        async def found(person: Person, **filter: Any) -> list[str]:
            rooms = (await read(api, person, query, f=filter))["rooms"]
            return [each["id"] for each in rooms["nodes"]]

        assert await found(ben) == [other["id"], one["id"]]
        assert await found(ben, types=["HELP"]) == [one["id"]]
        assert await found(ben, mine=True) == [one["id"]]
        assert await found(ana) == [hidden["id"], other["id"], one["id"]]

    async def test_who_is_active_is_one_question_for_a_page(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = await make_person(resources)
        busy, *others = [await make_room(api, ana) for _ in range(4)]
        asked: list[str] = []
        presence = api.resources.presence
        ask = presence._ask

        async def listen(command: str, *rest: Any) -> Any:
            asked.append(command)
            return await ask(command, *rest)

        monkeypatch.setattr(presence, "_ask", listen)
        presence.enter(f"quiet:{stream_of(busy['conversation']['id'])}", str(ana.key))
        found = await read(api, ana, "{ rooms { nodes { id activeCount } } }")
        assert found["rooms"]["nodes"] == [
            *({"id": each["id"], "activeCount": 0} for each in reversed(others)),
            {"id": busy["id"], "activeCount": 1},
        ]
        chats = "{ conversations { nodes { typing { user { id } } present { user { id } } } } }"
        found = await read(api, ana, chats)
        there = [each["present"] for each in found["conversations"]["nodes"]]
        assert sorted(there) == [[], [], [], [{"user": {"id": ana.id}}]]
        assert sorted(asked) == ["HKEYS", "HLEN", "SMEMBERS"]


class TestJoin:
    async def test_never_over_its_maximum(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        room = await make_room(api, ana, maxParticipants=8)
        people = [await make_person(resources) for _ in range(30)]
        done = await asyncio.gather(
            *[api.mutate("roomJoin", {"id": room["id"]}, as_=person) for person in people]
        )
        refused = [each.codes for each in done if each.codes]
        assert refused == [["ROOM_FULL"]] * 23
        assert await _inside(resources, room) == 8

    async def test_again_is_no_change(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        room = await make_room(api, ana)
        await empty_outbox(resources)
        await asyncio.gather(*[enter(api, room, ben) for _ in range(5)])
        assert await waiting_events(resources) == ["conversation.member_joined"]

    async def test_a_private_one_by_its_code(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        room = await make_room(api, ana, public=False)
        assert await _see(api, ben, room) is None
        for code in (None, "", "x", room["joinCode"][:-1]):
            given = {"id": room["id"], "joinCode": code}
            assert (await api.mutate("roomJoin", given, as_=ben)).codes == ["NOT_FOUND"]
        renewed = await api.mutate(
            "roomUpdate", {"id": room["id"], "renewJoinCode": True}, "room { joinCode }", as_=ana
        )
        given = {"id": room["id"], "joinCode": room["joinCode"]}
        assert (await api.mutate("roomJoin", given, as_=ben)).codes == ["NOT_FOUND"]
        assert await _inside(resources, room) == 1
        given["joinCode"] = renewed.ok()["room"]["joinCode"]
        (await api.mutate("roomJoin", given, as_=ben)).ok()
        assert (await _see(api, ben, room))["isMember"]


class TestLeave:
    async def test_who_was_removed_stays_out(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        room = await make_room(api, ana)
        await enter(api, room, ben)
        mine = {"id": room["id"], "userId": ana.id}
        assert (await api.mutate("roomLeave", mine, as_=ben)).codes == ["NOT_THE_ROOM_OWNER"]
        assert (await api.mutate("roomLeave", {"id": room["id"]}, as_=ana)).codes == ["OWNER_STAYS"]
        given = {"id": room["id"], "userId": ben.id}
        (await api.mutate("roomLeave", given, as_=ana)).ok()
        assert (await api.mutate("roomLeave", given, as_=ana)).codes == ["NOT_FOUND"]
        again = await api.mutate("roomJoin", {"id": room["id"]}, as_=ben)
        assert again.codes == ["REMOVED_FROM_ROOM"]
        assert await _inside(resources, room) == 1

    async def test_leaving_first_is_no_way_around_it(self, api: Api, resources: Resources) -> None:
        ana, ben, eve = [await make_person(resources) for _ in range(3)]
        room = await make_room(api, ana)
        await enter(api, room, ben)
        (await api.mutate("roomLeave", {"id": room["id"]}, as_=ben)).ok()
        given = {"id": room["id"], "userId": ben.id}
        await empty_outbox(resources)
        (await api.mutate("roomLeave", given, as_=ana)).ok()
        assert await waiting_events(resources) == []
        again = await api.mutate("roomJoin", {"id": room["id"]}, as_=ben)
        assert again.codes == ["REMOVED_FROM_ROOM"]
        for nobody in (ben, eve):
            given = {"id": room["id"], "userId": nobody.id}
            assert (await api.mutate("roomLeave", given, as_=ana)).codes == ["NOT_FOUND"]
        assert await _inside(resources, room) == 1

    async def test_who_left_comes_back(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        room = await make_room(api, ana)
        for _ in range(2):
            await enter(api, room, ben)
            (await api.mutate("roomLeave", {"id": room["id"]}, as_=ben)).ok()
            (await api.mutate("roomLeave", {"id": room["id"]}, as_=ben)).ok()
            assert await _inside(resources, room) == 1


class TestArchive:
    async def test_nobody_writes_or_enters(self, api: Api, resources: Resources) -> None:
        ana, ben, eve = [await make_person(resources) for _ in range(3)]
        room = await make_room(api, ana)
        await enter(api, room, ben)
        given = {"id": room["id"]}
        assert (await api.mutate("roomArchive", given, as_=ben)).codes == ["NOT_THE_ROOM_OWNER"]
        chat = room["conversation"]["id"]
        message = await say(api, ben, chat, "Before.")
        (await api.mutate("roomArchive", given, as_=ana)).ok()
        (await api.mutate("roomArchive", given, as_=ana)).ok()
        sent = await api.mutate("messageSend", {"conversationId": chat, "body": "After."}, as_=ben)
        assert sent.codes == ["NOT_FOUND"]
        reaction = {"messageId": message, "emoji": "👍"}
        assert (await api.mutate("messageReact", reaction, as_=ben)).codes == ["NOT_FOUND"]
        assert (await api.mutate("roomJoin", given, as_=eve)).codes == ["ROOM_ARCHIVED"]
        assert (await api.mutate("roomUpdate", given, as_=ana)).codes == ["ROOM_ARCHIVED"]
        query = "query ($id: ID!) { messages(conversationId: $id) { nodes { body } } }"
        found = await read(api, ben, query, id=chat)
        assert found["messages"]["nodes"] == [{"body": "Before."}]

    async def test_by_a_moderator_is_audited(self, api: Api, resources: Resources) -> None:
        ana, mia = await make_person(resources), await make_person(resources, role="moderator")
        room = await make_room(api, ana, public=False)
        (await api.mutate("roomArchive", {"id": room["id"]}, as_=mia)).ok()
        async with resources.database.read() as session:
            actions = await session.all(
                select(AuditEntry.action).where(AuditEntry.action == "room.archive")
            )
        assert actions == ["room.archive"]


class TestUpdate:
    async def test_not_below_who_is_in_it(self, api: Api, resources: Resources) -> None:
        ana, ben, cleo = [await make_person(resources) for _ in range(3)]
        room = await make_room(api, ana)
        await enter(api, room, ben, cleo)
        given = {"id": room["id"], "maxParticipants": 2, "name": "Roots"}
        assert (await api.mutate("roomUpdate", given, as_=ana)).codes == ["ROOM_FULL"]
        assert (await api.mutate("roomUpdate", given, as_=ben)).codes == ["NOT_THE_ROOM_OWNER"]
        assert (await _see(api, ben, room))["name"] == "Leaves"
        (await api.mutate("roomUpdate", given | {"maxParticipants": 3}, as_=ana)).ok()
        seen = await _see(api, ben, room)
        assert (seen["name"], seen["conversation"]["title"]) == ("Roots", "Roots")


@pytest.mark.usefixtures("relay")
class TestUpdates:
    async def test_who_is_removed_hears_nothing_more(self, api: Api, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        room = await make_room(api, ana)
        await enter(api, room, ben)
        chat = room["conversation"]["id"]
        async with api.socket(as_=ana) as hers, api.socket(as_=ben) as his:
            kept = await hers.subscribe(_UPDATED, {"id": chat})
            lost = await his.subscribe(_UPDATED, {"id": chat})
            await api.listening(stream_of(chat), 2)
            assert (await _see(api, ana, room))["activeCount"] == 2
            (await api.mutate("roomUpdate", {"id": room["id"], "name": "Roots"}, as_=ana)).ok()
            changed = {"__typename": "RoomChanged", "room": {"name": "Roots", "memberCount": 2}}
            assert (await kept.next())["conversationUpdated"] == changed
            assert (await lost.next())["conversationUpdated"] == changed
            given = {"id": room["id"], "userId": ben.id}
            (await api.mutate("roomLeave", given, as_=ana)).ok()
            await say(api, ana, chat, "He is gone.")
            with pytest.raises(StopAsyncIteration):
                await lost.next()
            assert (await kept.next())["conversationUpdated"] == {
                "__typename": "ConversationLeft",
                "user": {"username": "ben"},
                "conversation": {"memberCount": 1},
            }
            assert (await kept.next())["conversationUpdated"]["message"] == {"body": "He is gone."}
            again = await his.subscribe(_UPDATED, {"id": chat})
            with pytest.raises(OperationError):
                await again.next()

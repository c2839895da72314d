"""`messageSend` and `messages`."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from app.core.clock import now
from app.core.ids import from_global, lowest_id
from app.core.resources import Resources
from app.messaging.models import Message, MessageClientKey
from app.messaging.service import messages as service
from tests.client import Api, Data
from tests.conftest import Counting
from tests.factories import (
    Person,
    Studying,
    empty_outbox,
    make_person,
    make_session,
    waiting_events,
    writing,
)

_MESSAGE = """
    message { id kind body conversationId sender { username } replyTo { body } editedAt deletedAt }
"""


async def _chat(resources: Resources, *names: str) -> tuple[Studying, list[Person]]:
    """A session's chat with these people in it."""
    people = [await make_person(resources, name) for name in names]
    session = await make_session(resources, people[0], guests=people[1:], joined=people)
    await empty_outbox(resources)
    return session, people


async def _stored(resources: Resources) -> list[str]:
    async with resources.database.read() as session:
        rows = await session.all(select(Message).order_by(col(Message.id)))
    return [row.body for row in rows]


class TestSend:
    async def test_text(self, api: Api, resources: Resources) -> None:
        session, [ana] = await _chat(resources, "ana")
        given = {"conversationId": session.conversation_id, "body": " Hello, leaf! "}
        message = (await api.mutate("messageSend", given, _MESSAGE, as_=ana)).ok()["message"]
        assert message.pop("id").startswith("msg_")
        assert message == {
            "kind": "TEXT",
            "body": " Hello, leaf! ",
            "conversationId": session.conversation_id,
            "sender": {"username": "ana"},
            "replyTo": None,
            "editedAt": None,
            "deletedAt": None,
        }
        assert await waiting_events(resources) == ["message.sent"]

    async def test_reply_and_mention(self, api: Api, resources: Resources) -> None:
        session, [ana, ben] = await _chat(resources, "ana", "ben")
        given: Data = {"conversationId": session.conversation_id, "body": "Why green?"}
        first = (await api.mutate("messageSend", given, _MESSAGE, as_=ana)).ok()["message"]
        given |= {"body": "Because.", "replyToId": first["id"], "mentions": [ana.id]}
        reply = (await api.mutate("messageSend", given, _MESSAGE, as_=ben)).ok()["message"]
        assert reply["replyTo"] == {"body": "Why green?"}
        async with resources.database.read() as reading:
            row = await reading.value(select(Message).where(Message.body == "Because."))
        assert row.mentions == [ana.key]

    async def test_again_by_the_clients_name(self, api: Api, resources: Resources) -> None:
        session, [ana, ben] = await _chat(resources, "ana", "ben")
        given = {"conversationId": session.conversation_id, "body": "Once.", "clientId": "c1"}
        first = (await api.mutate("messageSend", given, _MESSAGE, as_=ana)).ok()
        again = (
            await api.mutate("messageSend", given | {"body": "Twice."}, _MESSAGE, as_=ana)
        ).ok()
        assert again == first
        # Another person's name for a message is theirs.
        other = await api.mutate("messageSend", given | {"body": "Ben's."}, _MESSAGE, as_=ben)
        assert other.ok()["message"]["body"] == "Ben's."
        assert await _stored(resources) == ["Once.", "Ben's."]
        assert await waiting_events(resources) == ["message.sent"] * 2

    async def test_again_after_a_month(self, api: Api, resources: Resources) -> None:
        session, [ana] = await _chat(resources, "ana")
        given = {"conversationId": session.conversation_id, "body": "Once."}
        for name in ("old", "new"):
            (await api.mutate("messageSend", given | {"clientId": name}, as_=ana)).ok()
        month_ago = lowest_id(now() - timedelta(days=30, seconds=1))
        async with writing(resources) as writes:
            old = col(MessageClientKey.client_id) == "old"
            await writes.execute(update(MessageClientKey).where(old).values(message_id=month_ago))
        await service.forget_client_keys(resources)
        async with resources.database.read() as reading:
            assert await reading.all(select(MessageClientKey.client_id)) == ["new"]

    async def test_again_at_the_same_time(self, api: Api, resources: Resources) -> None:
        session, [ana] = await _chat(resources, "ana")
        given = {"conversationId": session.conversation_id, "body": "Once.", "clientId": "c1"}
        answers = await asyncio.gather(
            *[api.mutate("messageSend", given, _MESSAGE, as_=ana) for _ in range(6)]
        )
        assert all(answer.ok() == answers[0].ok() for answer in answers)
        assert await _stored(resources) == ["Once."]

    @pytest.mark.parametrize(
        ("changes", "code", "field"),
        [
            ({"body": ""}, "EMPTY_MESSAGE", "body"),
            ({"body": " \n\t "}, "EMPTY_MESSAGE", "body"),
            ({"body": "x" * 10_001}, "INVALID_INPUT", "body"),
            ({"kind": "SYSTEM"}, "EMPTY_MESSAGE", "kind"),
            ({"clientId": ""}, "INVALID_INPUT", "clientId"),
            ({"clientId": "x" * 65}, "INVALID_INPUT", "clientId"),
            ({"clientId": "x\0"}, "INVALID_INPUT", "clientId"),
            (
                {"replyToId": "msg_00000000-0000-7000-8000-000000000000"},
                "NOT_FOUND",
                "replyToId",
            ),
        ],
    )
    async def test_refused(
        self, api: Api, resources: Resources, changes: dict[str, Any], code: str, field: str
    ) -> None:
        session, [ana] = await _chat(resources, "ana")
        given = {"conversationId": session.conversation_id, "body": "Hello."} | changes
        refused = await api.mutate("messageSend", given, _MESSAGE, as_=ana)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            (code, ["input", field])
        ]
        assert await _stored(resources) == await waiting_events(resources) == []

    async def test_not_a_member(self, api: Api, resources: Resources) -> None:
        session, [_] = await _chat(resources, "ana")
        eve = await make_person(resources)
        given = {"conversationId": session.conversation_id, "body": "Let me in.", "clientId": "c"}
        refused = await api.mutate("messageSend", given, _MESSAGE, as_=eve)
        assert [(error["code"], error["field"]) for error in refused.errors] == [
            ("NOT_FOUND", ["input", "conversationId"])
        ]
        assert await _stored(resources) == await waiting_events(resources) == []
        async with resources.database.read() as reading:
            assert await reading.all(select(MessageClientKey)) == []

    async def test_reply_across_conversations(self, api: Api, resources: Resources) -> None:
        session, [ana] = await _chat(resources, "ana")
        other = await make_session(resources, ana)
        given: Data = {"conversationId": session.conversation_id, "body": "Here."}
        first = (await api.mutate("messageSend", given, _MESSAGE, as_=ana)).ok()["message"]
        given = {
            "conversationId": other.conversation_id,
            "body": "There.",
            "replyToId": first["id"],
        }
        refused = await api.mutate("messageSend", given, _MESSAGE, as_=ana)
        assert refused.errors[0]["field"] == ["input", "replyToId"]
        assert await _stored(resources) == ["Here."]

    async def test_mention_of_a_stranger(self, api: Api, resources: Resources) -> None:
        session, [ana] = await _chat(resources, "ana")
        eve = await make_person(resources)
        given = {
            "conversationId": session.conversation_id,
            "body": "Eve?",
            "mentions": [ana.id, eve.id],
        }
        refused = await api.mutate("messageSend", given, _MESSAGE, as_=ana)
        assert refused.codes == ["NOT_A_MEMBER"]
        assert await _stored(resources) == []


_PAGE = """
    query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $around: ID,
           $search: String) {
      messages(conversationId: $id, first: $first, after: $after, last: $last, before: $before,
               around: $around, search: $search) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor } nodes { id body sender { username } } } }
"""


async def _said(api: Api, session: Studying, people: list[Person], count: int) -> list[str]:
    """Messages `0`, `1`, …, sent by these people in turn; their ids."""
    ids = []
    for number in range(count):
        given = {"conversationId": session.conversation_id, "body": f"leaf {number}"}
        sender = people[number % len(people)]
        done = (await api.mutate("messageSend", given, "message { id }", as_=sender)).ok()
        ids.append(done["message"]["id"])
    return ids


async def _page(api: Api, session: Studying, person: Person, **arguments: Any) -> Data:
    variables = {"id": session.conversation_id, **arguments}
    page: Data = (await api.execute(_PAGE, variables, as_=person)).ok()["messages"]
    return page


def _numbers(page: Data) -> list[int]:
    return [int(node["body"].split()[1]) for node in page["nodes"]]


class TestMessages:
    async def test_both_directions(self, api: Api, resources: Resources) -> None:
        session, people = await _chat(resources, "ana")
        ana = people[0]
        await _said(api, session, people, 5)
        forward = await _page(api, session, ana, first=2)
        assert _numbers(forward) == [0, 1]
        assert forward["totalCount"] == 5
        info = forward["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (True, False)
        assert [edge["cursor"] for edge in forward["edges"]] == [
            info["startCursor"],
            info["endCursor"],
        ]
        assert _numbers(await _page(api, session, ana, first=9, after=info["endCursor"])) == [
            2,
            3,
            4,
        ]
        backward = await _page(api, session, ana, last=2)
        assert _numbers(backward) == [3, 4]
        info = backward["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (False, True)
        assert _numbers(await _page(api, session, ana, last=9, before=info["startCursor"])) == [
            0,
            1,
            2,
        ]

    @pytest.mark.parametrize(
        ("around", "first", "numbers", "more"),
        [
            # In the middle; of an even page, where its second half begins.
            (4, 1, [4], (True, True)),
            (4, 2, [3, 4], (True, True)),
            (4, 3, [3, 4, 5], (True, True)),
            (4, 4, [2, 3, 4, 5], (True, True)),
            (4, 5, [2, 3, 4, 5, 6], (True, True)),
            # Near the top the page begins there.
            (0, 1, [0], (False, True)),
            (0, 5, [0, 1, 2, 3, 4], (False, True)),
            (1, 5, [0, 1, 2, 3, 4], (False, True)),
            (2, 5, [0, 1, 2, 3, 4], (False, True)),
            (3, 5, [1, 2, 3, 4, 5], (True, True)),
            # Near the end it is shorter.
            (6, 5, [4, 5, 6, 7, 8], (True, False)),
            (7, 5, [5, 6, 7, 8], (True, False)),
            (8, 5, [6, 7, 8], (True, False)),
            (8, 1, [8], (True, False)),
            (4, 9, [0, 1, 2, 3, 4, 5, 6, 7, 8], (False, False)),
            (8, 100, [0, 1, 2, 3, 4, 5, 6, 7, 8], (False, False)),
        ],
    )
    async def test_around(
        self,
        api: Api,
        resources: Resources,
        around: int,
        first: int,
        numbers: list[int],
        more: tuple[bool, bool],
    ) -> None:
        session, people = await _chat(resources, "ana")
        ids = await _said(api, session, people, 9)
        page = await _page(api, session, people[0], around=ids[around], first=first)
        assert _numbers(page) == numbers
        info = page["pageInfo"]
        assert (info["hasPreviousPage"], info["hasNextPage"]) == more
        assert page["totalCount"] == 9

    async def test_on_from_around(self, api: Api, resources: Resources) -> None:
        """Scrolling either way from there shows everything once."""
        session, people = await _chat(resources, "ana")
        ids = await _said(api, session, people, 9)
        page = await _page(api, session, people[0], around=ids[5], first=3)
        info, shown = page["pageInfo"], _numbers(page)
        while info["hasPreviousPage"]:
            before = await _page(api, session, people[0], last=2, before=info["startCursor"])
            info, shown = before["pageInfo"], _numbers(before) + shown
        info = page["pageInfo"]
        while info["hasNextPage"]:
            after = await _page(api, session, people[0], first=2, after=info["endCursor"])
            info, shown = after["pageInfo"], shown + _numbers(after)
        assert shown == list(range(9))

    async def test_around_a_deleted_message(self, api: Api, resources: Resources) -> None:
        """Where it was."""
        session, people = await _chat(resources, "ana")
        ids = await _said(api, session, people, 9)
        key = from_global("msg", ids[4])
        async with writing(resources) as uow:
            await uow.execute(
                update(Message).where(col(Message.id) == key).values(deleted_at=now())
            )
        page = await _page(api, session, people[0], around=ids[4], first=4)
        assert _numbers(page) == [2, 3, 5, 6]

    @pytest.mark.parametrize(
        "more", [{"first": None, "last": 2}, {"search": "leaf"}, {"after": True}]
    )
    async def test_around_goes_with_first_alone(
        self, api: Api, resources: Resources, statements: Counting, more: Data
    ) -> None:
        session, people = await _chat(resources, "ana")
        [id] = await _said(api, session, people, 1)
        info = (await _page(api, session, people[0]))["pageInfo"]
        given = {**more, "after": info["endCursor"]} if "after" in more else more
        variables = {"id": session.conversation_id, "around": id, **given}
        with statements(api.resources) as sent:
            refused = await api.execute(_PAGE, variables, as_=people[0])
        assert [(error["message"], error["path"]) for error in refused.errors] == [
            ("'around' goes with 'first' alone.", ["messages"])
        ]
        assert refused.codes == ["BAD_REQUEST"]
        assert "data" not in refused.response.json()
        assert sent == []

    async def test_around_a_message_of_another_chat(self, api: Api, resources: Resources) -> None:
        session, people = await _chat(resources, "ana")
        [id] = await _said(api, session, people, 1)
        other = await make_session(resources, people[0])
        variables = {"id": other.conversation_id, "around": id}
        assert (await api.execute(_PAGE, variables, as_=people[0])).ok() == {"messages": None}

    async def test_search(self, api: Api, resources: Resources) -> None:
        session, people = await _chat(resources, "ana")
        await _said(api, session, people, 3)
        page = await _page(api, session, people[0], search="LEAF 1")
        assert (_numbers(page), page["totalCount"]) == ([1], 1)
        assert _numbers(await _page(api, session, people[0], search="leaf", last=2)) == [1, 2]

    async def test_statements_dont_grow(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        session, people = await _chat(resources, "ana", "ben", "cleo")
        await _page(api, session, people[0], first=50)
        found = []
        for _ in range(2):
            await _said(api, session, people, 4)
            with statements(api.resources) as sent:
                page = await _page(api, session, people[0], first=50)
            found.append((len(page["nodes"]), len(sent)))
        assert found == [(4, 1), (8, 1)]

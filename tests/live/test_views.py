"""Who is told what: the same bytes to all who want and may see the same."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from app.core.realtime.selections import Plan
from app.core.realtime.streams import event_cursor
from app.core.resources import Resources
from tests.factories import make_person, make_session
from tests.live.following import Process
from tests.live.room import Muttered, Unread, Whispered, happen, post, texts
from tests.waiting import eventually

_ROOM = """
    subscription ($id: ID!, $after: String) { room(roomId: $id, after: $after) {
      __typename cursor
      ... on Post { text line { body } }
      ... on Whisper { text } ... on Mutter { text } } }
"""
_MINE = "subscription ($id: ID!) { room(roomId: $id) { ... on Post { line { mine body } } } }"
_MAYBE = "subscription ($id: ID!) { room(roomId: $id) { ... on Post { maybeLine { body } } } }"
_SHOUTED = "subscription ($id: ID!) { room(roomId: $id) { ... on Post { line { shouted } } } }"
_SEEN = "subscription ($id: ID!) { seen(roomId: $id) { cursor ... on Seen { line { body } } } }"
_SEEN_BLINDLY = "subscription ($id: ID!) { seen(roomId: $id) { cursor } }"

pytestmark = pytest.mark.usefixtures("relay")


def count(name: str) -> float:
    """A counter's value."""
    return REGISTRY.get_sample_value(f"lyceum_live_{name}_total") or 0


class TestSharing:
    async def test_one_execution_for_a_thousand(self, place: Process, resources: Resources) -> None:
        ana, ben = await make_person(resources, "ana"), await make_person(resources, "ben")
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        given = {"id": session.conversation_id}
        connections = [await place.connect(person) for person in (ana, ben)]
        clients = [connections[number % 2].follow(_ROOM, given) for number in range(1000)]
        await place.following(1000)
        executed = count("executions")
        await post(resources, session, "one")
        [first] = {id(client.results[0]) for client in clients if await client.told(1)}
        assert first
        await post(resources, session, "two")
        assert texts(await clients[-1].told(2)) == ["one", "two"]
        assert count("executions") - executed == 2

    async def test_what_comes_meanwhile_is_read_together(
        self, place: Process, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        client = await place.follow(ana, _ROOM, {"id": session.conversation_id})
        await place.following(1)
        [feed] = place.live._feeds.values()
        [view] = feed._views.values()
        read, everything = Plan.read, asyncio.Event()

        async def held(plan: Plan, *given: Any) -> Any:
            await everything.wait()
            return await read(plan, *given)

        monkeypatch.setattr(Plan, "read", held)
        executed = count("executions")
        expected = [str(number) for number in range(60)]
        await post(resources, session, *expected)
        await eventually(lambda: len(view._waiting) == 60)
        everything.set()
        assert texts(await client.told(60)) == expected
        # Those that were there when the first was begun, and the others.
        assert count("executions") - executed <= 2

    async def test_variables_that_differ(self, place: Process, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        document = """
            subscription ($id: ID!, $wide: Boolean = false, $after: String) {
              room(roomId: $id, after: $after) { ... on Post { text line @include(if: $wide) {
                body } } } }
        """
        given = {"id": session.conversation_id}
        cases = [given, given | {"wide": False}, given | {"wide": True}, given | {"wide": True}]
        clients = [await place.follow(ana, document, each) for each in cases]
        await place.following(4)
        await post(resources, session, "one")
        answers = [(await client.told(1))[0] for client in clients]
        assert answers[:2] == [{"text": "one"}] * 2
        assert answers[2:] == [{"text": "one", "line": {"body": "one"}}] * 2
        assert clients[2].results[0] is clients[3].results[0]

    async def test_the_cursor_to_resume_by_separates_nobody(
        self, place: Process, resources: Resources
    ) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"id": session.conversation_id}
        first = await place.follow(ana, _ROOM, given)
        await place.following(1)
        await post(resources, session, "one", "two")
        cursor = (await first.told(2))[0]["cursor"]
        second = await place.follow(ana, _ROOM, given | {"after": cursor})
        assert texts(await second.told(1)) == ["two"]
        await post(resources, session, "three")
        await first.told(3)
        await second.told(2)
        assert second.results[1] is first.results[2]


class TestViewers:
    async def test_what_depends_on_the_viewer(self, place: Process, resources: Resources) -> None:
        ana, ben, eve = [await make_person(resources) for _ in range(3)]
        session = await make_session(resources, ana, guests=[ben, eve], joined=[ben, eve])
        given = {"id": session.conversation_id}
        clients = [await place.follow(each, _MINE, given) for each in (ana, ben, eve)]
        await place.following(3)
        executed = count("executions")
        await post(resources, session, "one")
        found = [(await client.told(1))[0]["line"] for client in clients]
        assert found == [
            {"mine": True, "body": "one"},
            {"mine": False, "body": "one"},
            {"mine": False, "body": "one"},
        ]
        # Read together, and equal bytes are one object.
        assert count("executions") - executed == 1
        assert clients[1].results[0] is clients[2].results[0]

    async def test_an_edge_that_not_all_can_see(self, place: Process, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        moderator = await make_person(resources, role="moderator")
        session, other = [await make_session(resources, ana) for _ in range(2)]
        given = {"id": session.conversation_id}
        hers = await place.follow(ana, _MAYBE, given)
        theirs = await place.follow(moderator, _MAYBE, given)
        await place.following(2)
        await post(resources, session, "elsewhere", about=other)
        await post(resources, session, "hidden", about=await make_session(resources, ben))
        assert await hers.told(2) == [{"maybeLine": {"body": "elsewhere"}}, {"maybeLine": None}]
        assert [each["maybeLine"]["body"] for each in await theirs.told(2)] == [
            "elsewhere",
            "hidden",
        ]

    async def test_what_cant_be_seen_isnt_told(self, place: Process, resources: Resources) -> None:
        ana, eve = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana)
        given = {"id": session.conversation_id}
        documents = (_SEEN, _SEEN_BLINDLY)
        hers = [await place.follow(ana, each, given) for each in documents]
        theirs = [await place.follow(eve, each, given) for each in documents]
        await place.following(4)
        await post(resources, session, "one")
        for client in hers:
            await client.told(1)
        assert hers[0].events()[0]["line"] == {"body": "one"}
        assert [client.results for client in theirs] == [[], []]

    async def test_one_users_affair(self, place: Process, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        key, given = session.row.conversation_id, {"id": session.conversation_id}
        hers, his = [await place.follow(each, _ROOM, given) for each in (ana, ben)]
        also_his = await place.follow(ben, _ROOM, given)
        await place.following(3)
        await happen(resources, Whispered(room_id=key, to=ben.key, text="psst"))
        await post(resources, session, "loud")
        assert texts(await hers.told(1)) == ["loud"]
        assert texts(await his.told(2)) == texts(await also_his.told(2)) == ["psst", "loud"]
        again = await place.follow(ana, _ROOM, given | {"after": _start(key)})
        assert texts(await again.told(1)) == ["loud"]

    async def test_a_resolver_of_its_own(self, place: Process, resources: Resources) -> None:
        ana, ben = await make_person(resources), await make_person(resources)
        session = await make_session(resources, ana, guests=[ben], joined=[ben])
        given = {"id": session.conversation_id}
        clients = [await place.follow(each, _SHOUTED, given) for each in (ana, ben)]
        await place.following(2)
        await post(resources, session, "one", "two")
        for client in clients:
            assert [each["line"] for each in await client.told(2)] == [
                {"shouted": "ONE"},
                {"shouted": "TWO"},
            ]


def _start(key: object) -> str:
    return event_cursor(f"room:{key}", 0)


class TestEvents:
    async def test_a_transient_one_in_its_place(self, place: Process, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        key = session.row.conversation_id
        client = await place.follow(ana, _ROOM, {"id": session.conversation_id})
        await place.following(1)
        await post(resources, session, "one")
        posted = [Muttered(room_id=key, text="hm"), Whispered(room_id=key, to=ana.key, text="two")]
        await happen(resources, *posted, Muttered(room_id=key, text="so"))
        found = await client.told(4)
        assert texts(found) == ["one", "hm", "two", "so"]
        assert [event["cursor"] is None for event in found] == [False, True, False, True]

    async def test_one_that_isnt_told(self, place: Process, resources: Resources) -> None:
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        client = await place.follow(ana, _ROOM, {"id": session.conversation_id})
        await place.following(1)
        await happen(resources, Unread(room_id=session.row.conversation_id))
        await post(resources, session, "one")
        assert texts(await client.told(1)) == ["one"]

    async def test_a_statement_that_fails(
        self, place: Process, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its view is told by the ordinary execution; the others notice nothing."""
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"id": session.conversation_id}
        client, other = [await place.follow(ana, each, given) for each in (_ROOM, _MAYBE)]
        await place.following(2)
        for feed in place.live._feeds.values():
            for view in feed._views.values():
                if view.looked.asked.query == _ROOM:
                    [plan] = [p for kind, p in view.kind.plans.items() if kind.__name__ == "Post"]
                    assert plan.statement is not None
                    broken = replace(plan.statement, alone="SELECT 1 / 0, $1::uuid, $2::uuid")
                    monkeypatch.setattr(plan, "statement", broken)
        await post(resources, session, "one")
        assert (await client.told(1))[0]["line"] == {"body": "one"}
        assert await other.told(1) == [{"maybeLine": {"body": "one"}}]

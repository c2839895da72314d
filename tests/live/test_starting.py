"""How an operation on a connection begins: what is refused, and what it costs."""

import asyncio

import orjson
import pytest
from sqlalchemy import update

from app.accounts.models import AuthSession
from app.core.clock import now
from app.core.limits import POINTS
from app.core.realtime.streams import event_cursor
from app.core.resources import Resources
from tests.factories import Person, Studying, make_person, make_session, writing
from tests.live.following import Process
from tests.live.room import post, texts
from tests.waiting import eventually

_ROOM = """
    subscription ($id: ID!, $after: String) { room(roomId: $id, after: $after) {
      ... on Post { text } } }
"""
_MODERATED = "subscription ($id: ID!) { moderated(roomId: $id) { cursor } }"
_TWO = """
    subscription ($id: ID!) { room(roomId: $id) { cursor } moderated(roomId: $id) { cursor } }
"""
_NODE = "query ($id: ID!) { node(id: $id) { id } }"
_NOWHERE = "cnv_00000000-0000-7000-8000-000000000000"

pytestmark = pytest.mark.usefixtures("relay")


@pytest.fixture
async def host(resources: Resources) -> tuple[Person, Studying]:
    """Somebody with a room."""
    ana = await make_person(resources, "ana")
    return ana, await make_session(resources, ana)


Host = tuple[Person, Studying]


class TestRefused:
    @pytest.mark.parametrize(
        "after", ["", "%", "x", "é", "\0", "cm9vbSMx", "room#1", event_cursor("room:x", 0)]
    )
    async def test_a_cursor_of_something_else(self, place: Process, host: Host, after: str) -> None:
        given = {"id": host[1].conversation_id, "after": after}
        assert await (await place.follow(host[0], _ROOM, given)).refused() == "INVALID_CURSOR"
        assert place.live._feeds == {}

    @pytest.mark.parametrize("number", [3, 2**40, -1])
    async def test_a_cursor_from_the_future(
        self, place: Process, resources: Resources, host: Host, number: int
    ) -> None:
        ana, session = host
        await post(resources, session, "one", "two")
        stream = f"room:{session.row.conversation_id}"
        given = {"id": session.conversation_id, "after": event_cursor(stream, number)}
        client = await place.follow(ana, _ROOM, given)
        assert await client.refused() == "INVALID_CURSOR"
        assert client.errors is not None
        assert client.errors[0]["path"] == ["room"]
        now = await place.follow(ana, _ROOM, given | {"after": event_cursor(stream, 2)})
        await place.following(1)
        await post(resources, session, "three")
        assert texts(await now.told(1)) == ["three"]

    @pytest.mark.parametrize(
        ("document", "given", "code"),
        [
            (_ROOM, {"id": _NOWHERE}, "NOT_FOUND"),
            (_ROOM, {"id": "usr_00000000-0000-7000-8000-000000000000"}, "INVALID_ID"),
            (_ROOM, {"id": "x" * 10_000}, "INVALID_ID"),
            (_ROOM, {}, "BAD_USER_INPUT"),
            (_MODERATED, {"id": _NOWHERE}, "FORBIDDEN"),
            ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
            (
                'subscription { room(roomId: "x") @skip(if: true) { cursor } }',
                {},
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (_TWO, {"id": _NOWHERE}, "GRAPHQL_VALIDATION_FAILED"),
        ],
    )
    async def test_with_a_code(
        self, place: Process, host: Host, document: str, given: dict[str, str], code: str
    ) -> None:
        client = await place.follow(host[0], document, given)
        assert await client.refused() == code
        assert place.live._feeds == {}

    async def test_a_session_that_has_ended(
        self, place: Process, resources: Resources, host: Host
    ) -> None:
        connection = await place.connect(host[0])
        async with writing(resources) as uow:
            await uow.execute(update(AuthSession).values(ended_at=now()))
        client = connection.follow(_ROOM, {"id": host[1].conversation_id})
        assert await client.refused() == "UNAUTHENTICATED"


class TestCost:
    async def test_a_subscribe_pays_and_its_events_dont(
        self, place: Process, resources: Resources, host: Host
    ) -> None:
        ana, session = host
        connection = await place.connect(ana)
        limiter, caller = place.resources.limiter, connection.context.caller
        client = connection.follow(_ROOM, {"id": session.conversation_id})
        await place.following(1)
        left = limiter.left(caller, POINTS)
        await post(resources, session, "one", "two")
        await client.told(2)
        assert limiter.left(caller, POINTS) >= left


class TestOthers:
    async def test_a_query_has_one_answer(self, place: Process, host: Host) -> None:
        client = await place.follow(host[0], _NODE, {"id": _NOWHERE.replace("cnv", "msg")})
        await eventually(lambda: client.ended)
        assert client.completed
        [answer] = map(orjson.loads, client.results)
        assert answer["data"] == {"node": None}
        assert "cost" in answer["extensions"]

    async def test_stopped_whenever(self, place: Process, host: Host) -> None:
        """In any moment of its beginning; nothing is left of it."""
        ana, session = host
        connection = await place.connect(ana)
        for turns in range(60):
            client = connection.follow(_ROOM, {"id": session.conversation_id})
            for _ in range(turns):
                await asyncio.sleep(0)
            client.stop()
            assert not client.ended
        assert place.live._feeds == {}
        await asyncio.sleep(0)
        running = [each for each in asyncio.all_tasks() if each.get_name() == "operation"]
        assert running == []

"""What is away for a while: a slow statement, the database's connections, Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from dramatiq.brokers.stub import StubBroker

from app.core.settings import Settings
from tests.core.conftest import Killable
from tests.engine.gates import watching
from tests.factories import make_person, make_session
from tests.live.following import Process, process_of
from tests.live.room import post, room, texts
from tests.live.test_views import count
from tests.waiting import eventually
from workers.outbox import relay as run_relay

_ROOM = "subscription ($id: ID!) { room(roomId: $id) { ... on Post { text } } }"
_GATED = "subscription ($id: ID!) { room(roomId: $id) { ... on Post { text line { gated } } } }"


@pytest.mark.usefixtures("relay")
class TestStatement:
    async def test_a_slow_one_costs_the_others_nothing(self, place: Process) -> None:
        resources = place.resources
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"id": session.conversation_id}
        slow, quick = [await place.follow(ana, each, given) for each in (_GATED, _ROOM)]
        await place.following(2)
        async with watching(resources.database.url) as watch:
            await watch.close_gate()
            await post(resources, session, "first")
            await watch.until_stopped(1)
            executed = count("executions")
            for number in range(20):
                await post(resources, session, f"{number}")
            expected = ["first", *map(str, range(20))]
            assert texts(await quick.told(21)) == expected
            assert slow.results == []
            quickly = count("executions") - executed
            await watch.open_gate()
            assert texts(await slow.told(21)) == expected
            # What came meanwhile was read together.
            assert count("executions") - executed - quickly == 1

    async def test_killed_in_the_middle(self, place: Process) -> None:
        resources = place.resources
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        client = await place.follow(ana, _GATED, {"id": session.conversation_id})
        await place.following(1)
        async with watching(resources.database.url) as watch:
            await watch.close_gate()
            await post(resources, session, "one", "two")
            await watch.until_stopped(1)
            await watch.kill(await watch.backends())
            await watch.open_gate()
        assert texts(await client.told(2)) == ["one", "two"]


@pytest.fixture
async def frail(settings: Settings, valkey: Killable) -> AsyncIterator[Process]:
    """A process whose Valkey is to be killed."""
    frail = settings.model_copy(update={"redis_url": valkey._server.url})
    async with process_of(frail, room) as made:
        yield made


class TestValkey:
    async def test_dies_with_its_memory(
        self,
        frail: Process,
        valkey: Killable,
        broker: StubBroker,
    ) -> None:
        """Nobody misses or hears anything twice; who comes meanwhile neither."""
        resources = frail.resources
        relaying = asyncio.create_task(run_relay(resources, broker, asyncio.Event()))
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        given = {"id": session.conversation_id}
        clients = [await frail.follow(ana, _ROOM, given) for _ in range(2)]
        await frail.following(2)
        try:
            await post(resources, session, "before")
            for client in clients:
                await client.told(1)
            await valkey.kill()
            await post(resources, session, "meanwhile", "meanwhile too")
            comes = await frail.follow(ana, _ROOM, given)
            await eventually(lambda: frail.present() == 3)
            valkey.restart()
            await post(resources, session, "after")
            expected = ["before", "meanwhile", "meanwhile too", "after"]
            for client in clients:
                assert texts(await client.told(4, 20)) == expected
            assert texts(await comes.told(1, 20)) == ["after"]
        finally:
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)

    async def test_who_comes_during_it(
        self,
        frail: Process,
        valkey: Killable,
    ) -> None:
        """What happens before Redis knows of the listener, and is published to nobody."""
        resources = frail.resources
        ana = await make_person(resources)
        session = await make_session(resources, ana)
        await valkey.kill()
        client = await frail.follow(ana, _ROOM, {"id": session.conversation_id})
        await frail.following(1)
        await post(resources, session, "meanwhile")
        valkey.restart()
        assert texts(await client.told(1, 20)) == ["meanwhile"]

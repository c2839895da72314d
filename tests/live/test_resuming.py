"""No gap, no repeat, in order: whatever happens to events and to connections."""

import asyncio
import os
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from app.core.events import Envelope
from app.core.outbox import OutboxEntry
from app.core.realtime.hub import Gap
from app.core.realtime.streams import event_cursor
from app.core.resources import Resources
from tests.factories import Person, Studying, make_person, make_session, writing
from tests.live.following import Client, Connection, Process
from tests.live.room import post, texts
from tests.live.test_views import count
from tests.waiting import eventually

_ROOM = """
    subscription ($id: ID!, $after: String) { room(roomId: $id, after: $after) {
      cursor ... on Post { text line { body } } } }
"""
_ALIASED = """
    subscription ($id: ID!, $after: String) { room(roomId: $id, after: $after) {
      ... on Post { text } cursor line: cursor } }
"""
_PERSONAL = """
    subscription ($id: ID!, $after: String) { room(roomId: $id, after: $after) {
      cursor ... on Post { text line { mine } } } }
"""
SEED = int(os.environ.get("LYCEUM_WALK_SEED", "0"))
WALKS = int(os.environ.get("LYCEUM_WALKS", "12"))


async def _unsent(resources: Resources) -> list[Envelope]:
    """What a relay would send."""
    async with writing(resources) as session:
        entries = await session.all(select(OutboxEntry).order_by(col(OutboxEntry.id)))
        await session.execute(delete(OutboxEntry))
    return [Envelope.model_validate(entry.payload) for entry in entries]


class _Follower:
    """A client that comes back wherever it can."""

    def __init__(self, connections: list[Connection], document: str, given: Any) -> None:
        self._connections = connections
        self._document = document
        self._given = given
        self._client: Client | None = None
        self.after = given["after"]
        self.seen: list[str] = []

    def connect(self, rng: Random) -> None:
        connection = rng.choice(self._connections)
        self._client = connection.follow(self._document, self._given | {"after": self.after})

    def disconnect(self) -> None:
        """Keep what came until now."""
        if self._client is None:
            return
        self._client.stop()
        assert not self._client.ended, self._client.errors
        events, self._client = self._client.events(), None
        self.seen += texts(events)
        self.after = events[-1]["cursor"] if events else self.after

    def all(self) -> list[str]:
        """Everything that came."""
        now = texts(self._client.events()) if self._client else []
        return self.seen + now


class _Walk:
    """One stream, some followers, and everything that can happen to them."""

    def __init__(
        self, rng: Random, resources: Resources, processes: list[Process], session: Studying
    ) -> None:
        self.rng = rng
        self.resources = resources
        self.processes = processes
        self.session = session
        self.expected: list[str] = []
        self.unsent: list[Envelope] = []
        self.followers: list[_Follower] = []

    async def step(self) -> None:
        rng = self.rng
        match rng.choice(("commit", "commit", "send", "send", "come", "go", "gap", "pass")):
            case "commit":
                new = [f"{len(self.expected) + n}" for n in range(rng.choice((1, 1, 2, 5)))]
                self.expected += new
                await post(self.resources, self.session, *new)
                self.unsent += await _unsent(self.resources)
            case "send":
                await self._send()
            case "come":
                follower = rng.choice(self.followers)
                follower.disconnect()
                follower.connect(rng)
            case "go":
                rng.choice(self.followers).disconnect()
            case "gap":
                self.miss()
            case "pass":
                for _ in range(rng.randrange(4)):
                    await asyncio.sleep(0)

    async def _send(self) -> None:
        """Some of what is unsent: twice, in any order, or not at all."""
        rng = self.rng
        number = rng.randrange(len(self.unsent) + 1)
        sent, self.unsent = self.unsent[:number], self.unsent[number:]
        if rng.random() < 0.3:
            rng.shuffle(sent)
        for envelope in sent:
            for _ in range(rng.choice((0, 1, 1, 1, 2))):
                await self.resources.hub.publish(envelope)

    def miss(self) -> None:
        """As if the hubs had been away."""
        for process in self.processes:
            for feed in process.live._feeds.values():
                feed._hear(Gap())


@pytest.mark.parametrize("number", range(SEED, SEED + WALKS))
async def test_random_walk(
    number: int, place: Process, elsewhere: Process, resources: Resources
) -> None:
    rng, processes = Random(number), [place, elsewhere]
    ana = await make_person(resources)
    session = await make_session(resources, ana)
    await _unsent(resources)
    walk = _Walk(rng, resources, processes, session)
    connections = [await process.connect(ana) for process in processes]
    start = event_cursor(f"room:{session.row.conversation_id}", 0)
    given = {"id": session.conversation_id, "after": start}
    documents = rng.choices((_ROOM, _ALIASED, _PERSONAL), k=8)
    walk.followers = [_Follower(connections, each, given) for each in documents]
    for _ in range(60):
        await walk.step()
    for follower in walk.followers:
        follower.disconnect()
        follower.connect(rng)
    walk.miss()
    for follower in walk.followers:
        await eventually(lambda f=follower: len(f.all()) >= len(walk.expected))
        assert follower.all() == walk.expected
    # And on from there.
    walk.expected.append("last")
    await post(resources, session, "last")
    for envelope in await _unsent(resources):
        await resources.hub.publish(envelope)
    for follower in walk.followers:
        await eventually(lambda f=follower: len(f.all()) >= len(walk.expected))
        assert follower.all() == walk.expected
        follower.disconnect()
    assert [process.live._feeds for process in processes] == [{}, {}]


@pytest.fixture
async def host(resources: Resources) -> tuple[Person, Studying]:
    """Somebody with a room."""
    ana = await make_person(resources, "ana")
    return ana, await make_session(resources, ana)


def _after(session: Studying, place: int) -> dict[str, str]:
    cursor = event_cursor(f"room:{session.row.conversation_id}", place)
    return {"id": session.conversation_id, "after": cursor}


@pytest.mark.usefixtures("relay")
class TestCatchingUp:
    async def test_five_thousand(
        self, place: Process, resources: Resources, host: tuple[Person, Studying]
    ) -> None:
        ana, session = host
        expected = [str(number) for number in range(5000)]
        for first in range(0, 5000, 500):
            await post(resources, session, *expected[first : first + 500])
        client = await place.follow(ana, _ROOM, _after(session, 0))
        assert texts(await client.told(5000, 30)) == expected
        await post(resources, session, "more")
        assert texts(await client.told(5001)) == [*expected, "more"]

    async def test_all_come_back_at_once(
        self, place: Process, resources: Resources, host: tuple[Person, Studying]
    ) -> None:
        """As after a server's restart: what they missed is read once, not for each."""
        ana, session = host
        expected = [str(number) for number in range(100)]
        await post(resources, session, *expected)
        connection = await place.connect(ana)
        executed, caught_up = count("executions"), count("catch_ups")
        clients = [
            connection.follow(_ROOM, _after(session, 90 + number % 3)) for number in range(900)
        ]
        for number, client in enumerate(clients):
            missed = expected[90 + number % 3 :]
            assert texts(await client.told(len(missed))) == missed
        assert len({id(client.results[-1]) for client in clients}) <= 5
        assert count("executions") - executed <= 12
        assert count("catch_ups") - caught_up <= 12

    async def test_a_short_absence_reads_nothing(
        self, place: Process, resources: Resources, host: tuple[Person, Studying]
    ) -> None:
        ana, session = host
        stays = await place.follow(ana, _ROOM, _after(session, 0))
        await place.following(1)
        await post(resources, session, "one", "two", "three")
        await stays.told(3)
        [feed] = place.live._feeds.values()
        read = []
        original = feed._log.after

        async def after(place: int) -> Any:
            read.append(place)
            return await original(place)

        feed._log.after = after  # type: ignore[method-assign]
        comes = await place.follow(ana, _ROOM, _after(session, 1))
        assert texts(await comes.told(2)) == ["two", "three"]
        assert read == []

    async def test_stopped_in_the_middle(
        self, place: Process, resources: Resources, host: tuple[Person, Studying]
    ) -> None:
        ana, session = host
        expected = [str(number) for number in range(600)]
        await post(resources, session, *expected)
        stopped = await place.follow(ana, _ROOM, _after(session, 0))
        stays = await place.follow(ana, _ROOM, _after(session, 0))
        await eventually(lambda: stopped.results)
        stopped.stop()
        stopped.stop()
        seen = len(stopped.results)
        assert texts(await stays.told(600, 20)) == expected
        assert len(stopped.results) == seen < 600

    async def test_a_sink_that_fails(
        self, place: Process, resources: Resources, host: tuple[Person, Studying]
    ) -> None:
        ana, session = host
        broken, sound = [await place.follow(ana, _ROOM, _after(session, 0)) for _ in range(2)]
        await place.following(2)

        def fail(_: bytes) -> None:
            raise OSError

        broken.next = fail  # type: ignore[method-assign]
        await post(resources, session, "one", "two")
        assert texts(await sound.told(2)) == ["one", "two"]
        assert place.present() == 1

    async def test_one_goes_while_another_comes(
        self, place: Process, resources: Resources, host: tuple[Person, Studying]
    ) -> None:
        ana, session = host
        connection = await place.connect(ana)
        for number in range(30):
            client = connection.follow(_ROOM, _after(session, 0))
            for _ in range(number):
                await asyncio.sleep(0)
            follower = connection.follow(_ROOM, _after(session, 0))
            client.stop()
            await place.following(1)
            follower.stop()
        assert place.live._feeds == {}
        last = connection.follow(_ROOM, _after(session, 0))
        await post(resources, session, "one")
        assert texts(await last.told(1)) == ["one"]

"""The storm: whatever is cut, killed and changed, each client has its events, once, in order.

200 clients follow 20 rooms for a minute, through two processes. Meanwhile people write and come
and go; sockets are cut, closed and not read; both processes, the relay and Valkey are killed and
come back. Then it is calm, but for one thing: while Valkey is away something is said in each
room, and told by the relay before either process listens again. Nothing follows it, and the
clients must have it all the same. What they had the right to is said, and compared with the
database, in `judgement.py`.

LYCEUM_STORM_SEED repeats a storm's luck, LYCEUM_STORM_SECONDS changes its length.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, func, select

from app.core.outbox import OutboxEntry, Stream
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from tests.conftest import SECRET
from tests.e2e.storm.catastrophes import Storm
from tests.e2e.storm.clients import GREEDY, LONG, SHORT, Client, Follow
from tests.e2e.storm.judgement import faults, record_of
from tests.e2e.storm.moments import ticking
from tests.e2e.storm.programs import Program, Valkey, api, relay
from tests.e2e.storm.rooms import Membership, open_room
from tests.factories import make_person
from tests.waiting import eventually

SEED = os.environ.get("LYCEUM_STORM_SEED") or secrets.token_hex(4)
SECONDS = float(os.environ.get("LYCEUM_STORM_SECONDS", "60"))
_ROOMS, _CLIENTS, _GREEDY = 20, 200, 3
# How long it may take until everybody has been told everything.
_CALM_SECONDS = 15
# After which it isn't going to end.
_MOST_SECONDS = 90
# What a minute must have at least.
_LEAST = {
    "messages": 500,
    "events": 5000,
    "sockets cut": 50,
    "closed with 1013 Too slow: come again": 1,
    "changes of members": 20,
    "kills of an API process": 3,
    "kills of the relay": 3,
    "kills of Valkey": 3,
}


@pytest.fixture
def valkey(services_folder: Path) -> Iterator[Valkey]:
    made = Valkey(services_folder / "storm")
    yield made
    made.end()


@pytest.fixture
def settings(settings: Settings, own_database_url: str) -> Settings:
    """A database that nobody else uses; this process needs no Valkey but that of the tests."""
    return settings.model_copy(update={"database_url": own_database_url})


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    async with open_resources(settings) as opened:
        yield opened


class Town:
    """The programs: two processes that serve, and the relay."""

    def __init__(self, settings: Settings, redis_url: str, folder: Path) -> None:
        environment = os.environ | {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": redis_url,
            "LYCEUM_SECRET_KEY": SECRET,
            "LYCEUM_LIMIT_SCALE": "1000",
            "LYCEUM_LOG_LEVEL": "WARNING",
        }
        self.apis, self.servers = zip(
            *(api(number, environment, folder) for number in range(2)), strict=True
        )
        self.relay = relay(environment, folder)

    @property
    def programs(self) -> list[Program]:
        return [*self.apis, self.relay]


@pytest.fixture
async def town(settings: Settings, valkey: Valkey, tmp_path: Path) -> AsyncIterator[Town]:
    made = Town(settings, valkey.url, tmp_path)
    try:
        for program in made.programs:
            program.launch()
        yield made
    finally:
        for program in made.programs:
            program.end()


@pytest.fixture
async def storm(resources: Resources, town: Town) -> AsyncIterator[Storm]:
    """A storm that hasn't begun; its people are there."""
    async with ticking() as moments, httpx.AsyncClient(timeout=5, trust_env=False) as http:
        made = Storm(SEED, SECONDS, resources, moments, http, town.servers)
        await _people(made)
        for program in town.programs:
            await program.start()
        yield made


async def _people(storm: Storm) -> None:
    """Everybody, in a room of their own or two; some are outside at first."""
    resources, dice = storm.resources, storm.dice("people")
    storm.rooms = [await open_room(resources, number) for number in range(_ROOMS)]
    people = await asyncio.gather(*(make_person(resources) for _ in range(_CLIENTS)))
    for number, person in enumerate(people):
        luck = storm.dice(f"client {number}")
        client = Client(person, storm.servers, storm.moments, luck, storm.wrong, storm.seen)
        storm.clients.append(client)
        documents = [GREEDY] * 4 if number < _GREEDY else [dice.choice((SHORT, LONG))]
        _follow(client, storm.rooms[number % _ROOMS].join(person), documents)
    storm.greedy += storm.clients[:_GREEDY]
    for number in range(_ROOMS, _CLIENTS, 4):
        others = [room for room in storm.rooms if room is not storm.rooms[number % _ROOMS]]
        _follow(storm.clients[number], dice.choice(others).join(people[number]), [SHORT])
    for room in storm.rooms:
        for membership in room.memberships:
            if membership.person is room.writer or dice.random() < 0.9:
                await membership.change(resources, storm.moments)


def _follow(client: Client, membership: Membership, documents: Sequence[str]) -> None:
    client.follows += [Follow(membership, document) for document in documents]


async def test_everybody_has_their_events_once_in_order(
    storm: Storm, town: Town, valkey: Valkey
) -> None:
    print(f"\nLYCEUM_STORM_SEED={SEED}")  # noqa: T201 - for who repeats it
    async with asyncio.timeout(SECONDS + _MOST_SECONDS), asyncio.TaskGroup() as group:
        clients = [group.create_task(client.run()) for client in storm.clients]
        await storm.rage(
            {
                "an API process": (town.apis, 5),
                "the relay": ([town.relay], 4),
                "Valkey": ([valkey], 4),
            }
        )
        await _calm(storm, town, valkey)
        for client in clients:
            client.cancel()
    storm.seen["events"] = sum(len(each.held) for each in _follows(storm))
    print(dict(storm.seen))  # noqa: T201
    async with storm.resources.database.read() as session:
        records = {room.stream: await record_of(session, room) for room in storm.rooms}
    for each in _follows(storm):
        who, room = each.membership.person.user.username, each.membership.room.number
        found = faults(each, records[each.stream])
        storm.wrong += [f"{who} in room {room} {fault}" for fault in found]
    assert not storm.wrong, "\n".join(storm.wrong[:50])
    assert [program.log.read_text() for program in town.apis if _complains(program)] == []
    least = {kind: int(count * SECONDS / 60) for kind, count in _LEAST.items()}
    assert {kind for kind, count in least.items() if storm.seen[kind] < count} == set()


def _follows(storm: Storm) -> list[Follow]:
    return [follow for client in storm.clients for follow in client.follows]


def _complains(program: Program) -> bool:
    return '"level":"error"' in program.log.read_text().replace(" ", "")


async def _calm(storm: Storm, town: Town, valkey: Valkey) -> None:
    """Wait until everybody has everything, though nothing follows what was missed last."""
    dice, began = storm.dice("calm"), storm.moments.now
    await valkey.kill()
    storm.seen["kills of Valkey"] += 1
    await asyncio.gather(*(storm.send(room, dice) for room in storm.rooms))
    for program in town.apis:
        program.hold_up()
    await valkey.start()
    await _within(storm, "the relay had more to tell", lambda: _nothing_waits(storm))
    for program in town.apis:
        program.let_go()
    await _all_told(storm)
    # Who has heard this has heard whatever else was on its way.
    await asyncio.gather(*(storm.send(room, dice) for room in storm.rooms))
    await _all_told(storm)
    outside = [follow for follow in _follows(storm) if not follow.membership.inside]
    await _within(
        storm,
        "not everybody was refused who was outside",
        lambda: all(follow.refusals and follow.refusals[-1].ended > began for follow in outside),
    )


async def _all_told(storm: Storm) -> None:
    async with storm.resources.database.read() as session:
        last = dict(await session.rows(select(Stream.name, Stream.last)))
    inside = [follow for follow in _follows(storm) if follow.membership.inside]
    await _within(
        storm,
        "not everybody was told everything",
        lambda: all(follow.place == last[follow.stream] for follow in inside),
    )


async def _nothing_waits(storm: Storm) -> bool:
    async with storm.resources.database.read() as session:
        return await session.value(select(func.count(col(OutboxEntry.id)))) == 0


async def _within(
    storm: Storm, otherwise: str, condition: Callable[[], bool | Awaitable[bool]]
) -> None:
    """Wait, and go on in any case: who lacks what is told at the end."""
    try:
        await eventually(condition, _CALM_SECONDS)
    except AssertionError:
        storm.wrong.append(f"{otherwise} after {_CALM_SECONDS} s")

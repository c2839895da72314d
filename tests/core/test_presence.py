"""Presence and typing, over processes that come, go, crash and lose Redis."""

import asyncio
import os
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from time import monotonic, time
from typing import NamedTuple

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.embedded import EmbeddedValkey
from app.core.events import Envelope
from app.core.realtime import presence as module
from app.core.realtime.hub import Gap, Hub
from app.core.realtime.presence import Leave, Presence, PresenceChanged, TypingChanged
from app.core.redis import connect
from tests.core.conftest import Killable
from tests.waiting import eventually

_PLACES = ("room", "a", "b", "a1", "", "é☃", "1:a")


class World:
    """Processes that share a Redis, and what they all tell, in its order."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self.url = url
        self._stack = stack
        self.told: list[tuple[str, str, bool]] = []
        self.typed: list[tuple[str, str, bool]] = []
        self.gaps = 0

    def _hear(self, item: Envelope | Gap) -> None:
        if isinstance(item, Gap):
            self.gaps += 1
            return
        event = item.event()
        if isinstance(event, PresenceChanged):
            self.told.append((event.place, event.member, event.present))
        else:
            assert isinstance(event, TypingChanged)
            self.typed.append((event.place, event.member, event.typing))

    async def client(self) -> Redis:
        redis = connect(self.url)
        self._stack.push_async_callback(redis.aclose)
        return redis

    async def listen(self) -> None:
        hub = Hub(await self.client())
        await hub.start()
        self._stack.push_async_callback(hub.stop)
        for place in _PLACES:
            await self._stack.enter_async_context(hub.listen(place, self._hear))

    async def process(self) -> Presence:
        presence = Presence(await self.client())
        await presence.start()
        self._stack.push_async_callback(crash, presence)
        return presence

    def of(self, place: str, member: str) -> list[bool]:
        """What was told of one member of one place."""
        return [now for *who, now in self.told if who == [place, member]]


async def crash(presence: Presence) -> None:
    """It says nothing more."""
    assert presence._running is not None
    presence._running.cancel()
    await asyncio.wait({presence._running})


async def holds(presence: Presence, place: str, *members: str) -> None:
    async def same() -> bool:
        return await presence.members(place) == set(members)

    await eventually(same)


async def holds_again(presence: Presence, place: str, *members: str) -> None:
    """The same, where Redis may still be away."""

    async def same() -> bool:
        try:
            return await presence.members(place) == set(members)
        except RedisError:
            return False

    await eventually(same)


def alternates(told: list[bool]) -> bool:
    return told == [number % 2 == 0 for number in range(len(told))]


@pytest.fixture
async def world(clean_redis_url: str) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        made = World(clean_redis_url, stack)
        await made.listen()
        yield made


@pytest.fixture
async def frail(own_valkey: EmbeddedValkey) -> AsyncIterator[World]:
    """A world whose Valkey is to be killed."""
    async with AsyncExitStack() as stack:
        made = World(own_valkey.url, stack)
        await made.listen()
        yield made


@pytest.fixture
def short_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash is noticed within a second."""
    monkeypatch.setattr(module, "_BEAT_SECONDS", 0.05)
    monkeypatch.setattr(module, "_LIFE_SECONDS", 0.7)


class TestPresent:
    async def test_from_the_first_to_the_last(self, world: World) -> None:
        """Several sockets and two processes: one is present once."""
        a, b = await world.process(), await world.process()
        leaves = [a.enter("room", "ann"), a.enter("room", "ann"), b.enter("room", "ann")]
        for presence in (a, b):
            assert await presence.members("room") == {"ann"}
        for leave in leaves[:2]:
            leave()
            leave()
            assert await a.members("room") == {"ann"}
        assert world.of("room", "ann") == [True]
        leaves[2]()
        assert await b.members("room") == set()
        await eventually(lambda: world.told == [("room", "ann", True), ("room", "ann", False)])

    async def test_names_are_any_strings(self, world: World) -> None:
        presence = await world.process()
        pairs = [("a", "1:b"), ("a1", ":b"), ("", "a"), ("a", ""), ("é☃", "\n\0"), ("1:a", "x")]
        leaves = [presence.enter(place, member) for place, member in pairs]
        assert await presence.members("a") == {"1:b", ""}
        await crash(presence)
        other = await world.process()
        assert await other.members("é☃") == {"\n\0"}
        assert await other._redis.sadd("presence:dying", presence._life) == 1  # type: ignore[misc]
        await eventually(lambda: len(world.told) == 12)
        assert world.told[:6] == [(*pair, True) for pair in pairs]
        assert sorted(world.told[6:]) == sorted((*pair, False) for pair in pairs)
        assert len(leaves) == 6

    async def test_the_last_word_is_true(self, world: World) -> None:
        """Somebody who reloads a page leaves one process and enters another at the same time."""
        both = [await world.process(), await world.process()]
        leave = both[0].enter("room", "ann")
        for number in range(1, 101):
            leave()
            leave = both[number % 2].enter("room", "ann")
            await asyncio.gather(*[each.members("room") for each in both])
            assert await both[0].members("room") == {"ann"}
        leave()
        await both[0].members("room")
        await both[1].members("room")
        await eventually(lambda: world.of("room", "ann")[-1:] == [False])
        assert alternates(world.of("room", "ann"))

    async def test_stopping_lets_everybody_go(self, world: World) -> None:
        a, b = await world.process(), await world.process()
        leaves = [a.enter("room", str(number)) for number in range(500)]
        b.enter("room", "7")
        assert len(await a.members("room")) == len(await b.members("room")) == 500
        await a.stop()
        assert await b.members("room") == {"7"}
        await eventually(lambda: len(world.told) == 999)
        assert world.of("room", "7") == [True]
        leaves[0]()
        assert await b._redis.smembers("presence:dying") == set()  # type: ignore[misc]


class _Token(NamedTuple):
    presence: Presence
    place: str
    member: str
    leave: Leave


@pytest.mark.usefixtures("short_lives")
class TestTogether:
    @pytest.mark.parametrize("seed", range(8))
    async def test_any_order_of_things(self, world: World, seed: int) -> None:
        """Three processes, one of which may crash at any time, against a model."""
        random = Random(seed)
        processes = [await world.process() for _ in range(3)]
        tokens: list[_Token] = []
        kinds = ["enter"] * 8 + ["leave"] * 8 + ["ask"] * 3 + ["turn"] * 6 + ["crash"]
        for kind in random.choices(kinds, k=300):
            index = random.randrange(3)
            presence, place = processes[index], random.choice("ab")
            match kind:
                case "enter":
                    member = random.choice("xyz")
                    tokens.append(_Token(presence, place, member, presence.enter(place, member)))
                case "leave" if tokens:
                    tokens.pop(random.randrange(len(tokens))).leave()
                case "ask":
                    await presence.members(place)
                case "turn":
                    await asyncio.sleep(0)
                case "crash":
                    await crash(presence)
                    tokens = [token for token in tokens if token.presence is not presence]
                    processes[index] = await world.process()
        await self._same(world, processes, tokens)

    async def _same(self, world: World, processes: list[Presence], tokens: list[_Token]) -> None:
        """As the model says, and once all have left, nothing is left."""
        for place in "ab":
            present = {token.member for token in tokens if token.place == place}
            await holds(processes[0], place, *present)
        for token in tokens:
            token.leave()
        for place in "ab":
            await holds(processes[0], place)
        pairs = [(place, member) for place in "ab" for member in "xyz"]
        await eventually(lambda: not any(world.of(*pair)[-1:] == [True] for pair in pairs))
        assert all(alternates(world.of(*pair)) for pair in pairs)
        left = {key.decode() async for key in processes[0]._redis.scan_iter("presence:*")}
        assert left <= {"presence:lives", "presence:dying"} | {
            f"presence:life:{each._life}" for each in processes
        }

    async def test_many_members_of_one_that_died(self, world: World) -> None:
        """Two take it apart, and nothing is told twice."""
        dead = await world.process()
        others = [await world.process() for _ in range(2)]
        for number in range(2000):
            dead.enter("room", str(number))
        assert len(await dead.members("room")) == 2000
        others[0].enter("room", "7")
        await others[0].members("room")
        await crash(dead)
        await holds(others[1], "room", "7")
        await eventually(lambda: len(world.told) == 3999)
        counts = defaultdict(list)
        for _, member, now in world.told:
            counts[member].append(now)
        assert counts.pop("7") == [True]
        assert [*counts.values()] == [[True, False]] * 1999

    async def test_one_that_was_taken_for_dead(self, world: World) -> None:
        """It comes back with everybody who is present through it."""
        a, b = await world.process(), await world.process()
        a.enter("room", "ann")
        b.enter("room", "bob")
        await a.members("room")
        assert await b.members("room") == {"ann", "bob"}
        life = a._life
        redis = await world.client()
        assert await redis.sadd("presence:dying", life) == 1  # type: ignore[misc]
        assert await redis.zrem("presence:lives", life) == 1
        await eventually(lambda: a._life != life)
        await holds(b, "room", "ann", "bob")

        async def gone() -> bool:
            return await redis.smembers("presence:dying") == set()  # type: ignore[misc]

        await eventually(gone)
        await holds(b, "room", "ann", "bob")
        await eventually(lambda: world.of("room", "ann")[-1])
        assert alternates(world.of("room", "ann"))
        assert world.of("room", "bob") == [True]

    async def test_a_redis_that_stood_still_takes_nobody_for_dead(self, world: World) -> None:
        processes = [await world.process() for _ in range(3)]
        for number, presence in enumerate(processes):
            presence.enter("room", str(number))
            await presence.members("room")
        lives = [presence._life for presence in processes]
        redis = await world.client()
        for _ in range(5):
            await redis.zadd("presence:lives", dict.fromkeys(lives, 1.0))

            async def renewed() -> bool:
                scores = [await redis.zscore("presence:lives", life) for life in lives]
                return all(score is not None and score > time() for score in scores)

            await eventually(renewed)
        assert [presence._life for presence in processes] == lives
        assert world.told == [("room", str(number), True) for number in range(3)]


_HOLDER = """
import asyncio, sys
from app.core.realtime.presence import Presence
from app.core.redis import connect

async def main():
    presence = Presence(connect(sys.argv[1]))
    await presence.start()
    for member in ("ann", "bob"):
        presence.enter("room", member)
    presence.typing("room", "ann")
    print(len(await presence.members("room")), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


class TestCrash:
    async def test_is_over_within_five_seconds(self, world: World) -> None:
        """A real process, killed; with nothing made quicker for the test."""
        a = await world.process()
        a.enter("room", "bob")
        assert await a.members("room") == {"bob"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _HOLDER, world.url, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"2\n"
            assert await a.members("room") == {"ann", "bob"}
            process.send_signal(signal.SIGKILL)
            killed = monotonic()
            await eventually(lambda: world.of("room", "ann") == [True, False])
            assert monotonic() - killed < 5
            assert await a.members("room") == {"bob"}
            assert world.of("room", "bob") == [True]
            await eventually(lambda: world.typed[-1] == ("room", "ann", False))
            assert await a.typists("room") == set()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


class TestRedisAway:
    async def test_it_forgets_everything(self, frail: World, valkey: Killable) -> None:
        """Who came and who went meanwhile: the processes know, and tell those who ask."""
        a, b = await frail.process(), await frail.process()
        leaves = [each.enter("room", name) for each, name in ((a, "ann"), (a, "art"), (b, "bob"))]
        await a.members("room")
        await holds(b, "room", "ann", "art", "bob")
        await valkey.kill()
        leaves[1]()
        b.enter("room", "ben")
        with pytest.raises(RedisError):
            await b.members("room")
        valkey.restart()
        await eventually(lambda: frail.gaps)
        await holds_again(a, "room", "ann", "bob", "ben")
        leaves[0]()
        await holds(b, "room", "bob", "ben")
        await eventually(lambda: frail.told[-1] == ("room", "ann", False))

    async def test_it_forgets_while_connected(self, world: World) -> None:
        a, b = await world.process(), await world.process()
        a.enter("room", "ann")
        b.enter("room", "bob")
        await a.members("room")
        await b.members("room")
        await (await world.client()).flushdb()
        leave = a.enter("room", "art")
        await holds(a, "room", "ann", "art", "bob")
        leave()
        await holds(a, "room", "ann", "bob")

    async def test_it_comes_back_with_everything(self, services_folder: Path) -> None:
        """Who went meanwhile is gone, and nobody else."""
        server = EmbeddedValkey(services_folder / "lasting-valkey", durable=True)
        world_url = server.start()
        try:
            async with AsyncExitStack() as stack:
                world = World(world_url, stack)
                a, b = await world.process(), await world.process()
                leave = a.enter("room", "ann")
                b.enter("room", "bob")
                await a.members("room")
                assert await b.members("room") == {"ann", "bob"}
                lives = [a._life, b._life]
                await Killable(server).kill()
                leave()
                a.enter("room", "art")
                with pytest.raises(RedisError):
                    await a.members("room")
                server.restart()
                await holds_again(b, "room", "art", "bob")
                assert [a._life, b._life] == lives
        finally:
            server.stop(force=True)

    async def test_it_hangs(self, frail: World, own_valkey: EmbeddedValkey) -> None:
        """Nobody is taken for dead, and nobody waits: entering and leaving are remembered."""
        a, b = await frail.process(), await frail.process()
        leave = a.enter("room", "ann")
        b.enter("room", "bob")
        await a.members("room")
        await holds(b, "room", "ann", "bob")
        lives = [a._life, b._life]
        assert own_valkey.pid is not None
        os.kill(own_valkey.pid, signal.SIGSTOP)
        try:
            leave()
            a.enter("room", "art")
            stopped = monotonic()
            await eventually(lambda: monotonic() - stopped > module._LIFE_SECONDS + 0.5)
        finally:
            os.kill(own_valkey.pid, signal.SIGCONT)
        await holds(b, "room", "art", "bob")
        assert [a._life, b._life] == lives

    async def test_stopping_without_it(self, frail: World, valkey: Killable) -> None:
        presence = await frail.process()
        presence.enter("room", "ann")
        await presence.members("room")
        await valkey.kill()
        async with asyncio.timeout(5):
            await presence.stop()


class TestSeveralPlaces:
    async def test_are_asked_about_at_once(self, world: World) -> None:
        presence, other = await world.process(), await world.process()
        for place, member in (("a", "ann"), ("a", "bob"), ("b", "ann")):
            presence.enter(place, member)
        other.enter("a", "ann")
        presence.typing("b", "ann")
        assert await presence.count(["b", "a", "c"]) == {"b": 1, "a": 2, "c": 0}
        assert await presence.members_of(["c", "a"]) == {"c": set(), "a": {"ann", "bob"}}
        assert await presence.typists_of(["a", "b"]) == {"a": set(), "b": {"ann"}}


class TestTyping:
    async def test_is_told_once(self, world: World) -> None:
        a, b = await world.process(), await world.process()
        for presence in (a, b, a, b, b):
            presence.typing("room", "ann")
            assert await presence.typists("room") == {"ann"}
        b.stop_typing("room", "ann")
        b.stop_typing("room", "bob")
        assert await b.typists("room") == set()
        a.typing("room", "ann")
        assert await a.typists("room") == {"ann"}
        expected = [("room", "ann", now) for now in (True, False, True)]
        await eventually(lambda: world.typed == expected)
        assert world.told == []

    async def test_stops_by_itself(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_TYPING_SECONDS", 0.1)
        processes = [await world.process() for _ in range(3)]
        for number in range(300):
            processes[0].typing("room", str(number))
        assert len(await processes[0].typists("room")) == 300
        await crash(processes[0])
        await eventually(lambda: len(world.typed) == 600)
        assert await processes[1].typists("room") == set()
        assert sorted(world.typed[300:]) == sorted(("room", str(n), False) for n in range(300))

    async def test_goes_on_while_it_is_repeated(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_TYPING_SECONDS", 1.0)
        monkeypatch.setattr(module, "_BEAT_SECONDS", 0.05)
        presence = await world.process()
        began = monotonic()

        async def long_enough() -> bool:
            presence.typing("room", "ann")
            assert await presence.typists("room") == {"ann"}
            return monotonic() - began > 1.5

        await eventually(long_enough)
        assert world.typed == [("room", "ann", True)]
        await eventually(lambda: world.typed == [("room", "ann", True), ("room", "ann", False)])

    async def test_goes_on_when_it_was_taken_for_over(self, world: World) -> None:
        """Somebody types on between the look for those whose time is over and their end."""
        presence = await world.process()
        presence.typing("room", "ann")
        await presence.typists("room")
        assert await presence._change([module._Change("end", module._Entry("room", "ann"))])
        assert await presence.typists("room") == {"ann"}
        presence.stop_typing("room", "ann")
        await eventually(lambda: world.typed == [("room", "ann", True), ("room", "ann", False)])

"""The hub: one subscription a channel, nothing missed without being told."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random

import pytest
from redis.asyncio import Redis

from app.core.embedded import EmbeddedValkey
from app.core.events import Envelope
from app.core.metrics import HUB_RECONNECTS, LISTENERS
from app.core.realtime import hub as module
from app.core.realtime.hub import Gap, Hub
from app.core.redis import connect
from tests.core.conftest import Killable
from tests.core.notes import Noted, Whispered
from tests.waiting import eventually


class Heard(list[int | str]):
    """What a listener hears: the numbers of envelopes, and "gap"."""

    def __call__(self, item: Envelope | Gap) -> None:
        self.append(item.sequence or 0 if isinstance(item, Envelope) else "gap")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Hub]:
    redis = connect(url)
    hub = Hub(redis)
    await hub.start()
    try:
        yield hub
    finally:
        await hub.stop()
        await redis.aclose()


@pytest.fixture
async def hub(clean_redis_url: str) -> AsyncIterator[Hub]:
    async with opened(clean_redis_url) as made:
        yield made


@pytest.fixture
async def frail(own_valkey: EmbeddedValkey) -> AsyncIterator[Hub]:
    """A hub whose Valkey is to be killed, with nothing made quicker for the test."""
    async with opened(own_valkey.url) as made:
        yield made


@pytest.fixture
async def redis(clean_redis_url: str) -> AsyncIterator[Redis]:
    async with connect(clean_redis_url) as client:
        yield client


async def publish(hub: Hub, topic: str, number: int) -> None:
    await hub.publish(Envelope.of(Noted(topic=topic), number))


async def hears(hub: Hub, heard: Heard, *expected: int | str) -> None:
    """Exactly this was heard; a last envelope shows that nothing else was on its way."""
    await publish(hub, "a", 99)
    await eventually(lambda: 99 in heard)
    assert heard == [*expected, 99]


async def subscribers(redis: Redis, *names: str) -> list[int]:
    """How many connections each channel has."""
    return [int(count) for _, count in await redis.pubsub_numsub(*names)]


async def calls(redis: Redis, command: str) -> int:
    """How often the server was sent a command since it was last asked to forget."""
    stats = await redis.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


class TestListening:
    async def test_begins_with_the_block(self, hub: Hub) -> None:
        for _ in range(50):
            heard = Heard()
            async with hub.listen("test:a", heard):
                await publish(hub, "a", 1)
                await eventually(lambda heard=heard: heard == [1])

    async def test_is_in_order_and_of_one_channel(self, hub: Hub) -> None:
        a, b = Heard(), Heard()
        async with hub.listen("test:a", a), hub.listen("test:b", b):
            for number in range(1, 101):
                await publish(hub, "ab"[number % 2], number)
            await hears(hub, a, *range(2, 101, 2))
            assert b == [*range(1, 101, 2)]

    async def test_everybody_is_handed_the_same_envelope(self, hub: Hub) -> None:
        heard: list[Envelope | Gap] = []
        sent = Envelope.of(Noted(topic="a", text="word"), 7)
        async with hub.listen("test:a", heard.append), hub.listen("test:a", heard.append):
            await hub.publish(sent)
            await eventually(lambda: len(heard) == 2)
        assert heard[0] is heard[1]
        assert heard[0] == sent

    async def test_one_that_raises_costs_the_others_nothing(self, hub: Hub) -> None:
        tried, heard = Heard(), Heard()

        def fail(item: Envelope | Gap) -> None:
            tried(item)
            raise RuntimeError

        async with hub.listen("test:a", fail), hub.listen("test:a", heard):
            await publish(hub, "a", 1)
            await hears(hub, heard, 1)
        assert tried == [1, 99]

    @pytest.mark.parametrize("garbage", [b"not an envelope", b'{"kind": 1}', b"\xff", b""])
    async def test_garbage_is_passed_over(self, hub: Hub, redis: Redis, garbage: bytes) -> None:
        heard = Heard()
        async with hub.listen("test:a", heard):
            await redis.publish("test:a", garbage)
            await hears(hub, heard)

    async def test_a_transient_event_has_no_number(self, hub: Hub) -> None:
        heard: list[Envelope | Gap] = []
        async with hub.listen("test:a", heard.append):
            await hub.tell(Whispered(topic="a", text="psst"))
            await eventually(lambda: heard)
        assert heard == [Envelope.of(Whispered(topic="a", text="psst"))]

    @pytest.mark.parametrize("protocol", [2, 3])
    async def test_either_protocol(self, clean_redis_url: str, protocol: int) -> None:
        heard = Heard()
        url = f"{clean_redis_url}?protocol={protocol}"
        async with opened(url) as hub, hub.listen("test:a", heard):
            await hears(hub, heard)


class TestSubscribing:
    async def test_many_first_listeners_at_once(self, hub: Hub, redis: Redis) -> None:
        await redis.config_resetstat()
        everybody = [Heard() for _ in range(20)]
        async with AsyncExitStack() as stack:
            contexts = [hub.listen("test:a", heard) for heard in everybody]
            await asyncio.gather(*[stack.enter_async_context(each) for each in contexts])
            await publish(hub, "a", 1)
            await eventually(lambda: everybody == [[1]] * 20)
        assert await calls(redis, "subscribe") == 1

    async def test_a_thousand_channels_are_one_command(self, hub: Hub, redis: Redis) -> None:
        names = [f"test:{number}" for number in range(1000)]
        heard, over = Heard(), asyncio.Event()
        listening = []

        async def listen(name: str) -> None:
            async with hub.listen(name, heard):
                listening.append(name)
                await over.wait()

        await redis.config_resetstat()
        tasks = [asyncio.create_task(listen(name)) for name in names]
        await eventually(lambda: len(listening) == 1000)
        assert await subscribers(redis, *names) == [1] * 1000
        over.set()
        await asyncio.gather(*tasks)
        await eventually(lambda: not hub._channels)
        assert sum(await subscribers(redis, *names)) == 0
        assert await calls(redis, "subscribe") == await calls(redis, "unsubscribe") == 1

    async def test_the_last_one_lets_go(self, hub: Hub, redis: Redis) -> None:
        before = LISTENERS._value.get()
        async with hub.listen("test:a", Heard()):
            async with hub.listen("test:a", Heard()):
                assert LISTENERS._value.get() == before + 2
            assert await subscribers(redis, "test:a") == [1]
        await eventually(lambda: not hub._channels)
        assert await subscribers(redis, "test:a") == [0]
        assert LISTENERS._value.get() == before

    async def test_one_goes_before_it_is_confirmed(self, hub: Hub, redis: Redis) -> None:
        async def listen(heard: Heard) -> None:
            async with hub.listen("test:a", heard):
                await asyncio.Event().wait()

        heard = Heard()
        for turns in range(5):
            # After so many turns of the loop the command is due, then sent, then answered.
            leaving = asyncio.create_task(listen(Heard()))
            for _ in range(turns):
                await asyncio.sleep(0)
            leaving.cancel()
            async with hub.listen("test:a", heard):
                await publish(hub, "a", turns + 1)
                await eventually(lambda turns=turns: turns + 1 in heard)
            assert leaving.done()
        await eventually(lambda: not hub._channels)
        assert heard == [1, 2, 3, 4, 5]
        assert await subscribers(redis, "test:a") == [0]

    @pytest.mark.parametrize("seed", range(5))
    async def test_coming_and_going_in_any_order(self, hub: Hub, redis: Redis, seed: int) -> None:
        """Whoever is in his block hears what is published, once; in the end nothing is left."""
        random = Random(seed)

        async def visit(number: int) -> None:
            topic = random.choice("abc")
            for _ in range(random.randrange(20)):
                await asyncio.sleep(0)
            heard = Heard()
            async with hub.listen(f"test:{topic}", heard):
                await publish(hub, topic, number)
                await eventually(lambda: number in heard)
            assert len(heard) == len(set(heard))
            assert "gap" not in heard

        tasks = [asyncio.create_task(visit(number)) for number in range(1, 101)]
        for task in random.sample(tasks, 30):
            await asyncio.sleep(0)
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [each for each in results if isinstance(each, Exception)] == []
        await eventually(lambda: not hub._channels)
        assert await subscribers(redis, "test:a", "test:b", "test:c") == [0, 0, 0]


async def _come_back(hub: Hub, heard: Heard, *before: int) -> None:
    """The listener is told of the gap, and from then on nothing is missed."""
    await eventually(lambda: "gap" in heard)
    await publish(hub, "a", 50)
    await hears(hub, heard, *before, "gap", 50)


class TestLosing:
    async def test_a_crash(self, frail: Hub, valkey: Killable) -> None:
        reconnects = HUB_RECONNECTS._value.get()
        first, second, other = Heard(), Heard(), Heard()
        async with (
            frail.listen("test:a", first),
            frail.listen("test:a", second),
            frail.listen("test:b", other),
        ):
            await publish(frail, "a", 1)
            await eventually(lambda: first == second == [1])
            await valkey.kill()
            await eventually(lambda: not frail._channels["test:a"].ready.is_set(), seconds=4)
            await frail.tell(Whispered(topic="a"))
            valkey.restart()
            await _come_back(frail, first, 1)
            assert second == first
            await eventually(lambda: other == ["gap"])
        assert HUB_RECONNECTS._value.get() == reconnects + 1

    async def test_a_connection_that_hangs(self, frail: Hub, own_valkey: EmbeddedValkey) -> None:
        heard = Heard()
        async with frail.listen("test:a", heard):
            channel = frail._channels["test:a"]
            assert own_valkey.pid is not None
            os.kill(own_valkey.pid, signal.SIGSTOP)
            try:
                await eventually(lambda: not channel.ready.is_set(), seconds=4)
            finally:
                os.kill(own_valkey.pid, signal.SIGCONT)
            await _come_back(frail, heard)

    async def test_a_connection_that_is_closed(
        self, frail: Hub, own_valkey: EmbeddedValkey
    ) -> None:
        heard = Heard()
        async with connect(own_valkey.url) as redis, frail.listen("test:a", heard):
            for number in range(1, 4):
                assert await redis.client_kill_filter(_type="pubsub") == 1
                await eventually(lambda number=number: heard == ["gap"] * number)
            await publish(frail, "a", 1)
            await hears(frail, heard, "gap", "gap", "gap", 1)

    async def test_who_comes_while_it_is_away(self, frail: Hub, valkey: Killable) -> None:
        await valkey.kill()
        heard = Heard()

        async def listen() -> None:
            async with frail.listen("test:a", heard):
                await publish(frail, "a", 1)
                await eventually(lambda: heard == [1])

        listening = asyncio.create_task(listen())
        leaving = asyncio.create_task(listen())
        await eventually(lambda: "test:a" in frail._channels)
        assert frail._channels["test:a"].users == 2
        leaving.cancel()
        await asyncio.wait({leaving})
        assert frail._channels["test:a"].users == 1
        valkey.restart()
        await listening
        assert heard == [1]

    async def test_a_start_without_it(self, own_valkey: EmbeddedValkey, valkey: Killable) -> None:
        await valkey.kill()
        async with opened(own_valkey.url) as hub:
            heard = Heard()
            listening = hub.listen("test:a", heard)
            entering = asyncio.create_task(listening.__aenter__())
            await eventually(lambda: "test:a" in hub._channels)
            valkey.restart()
            await entering
            await hears(hub, heard)
            await listening.__aexit__(None, None, None)

    async def test_a_busy_process_is_no_loss(
        self, hub: Hub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Pulses that couldn't be sent or read were not left unanswered."""
        monkeypatch.setattr(module, "_PULSE", 0.02)
        reconnects = HUB_RECONNECTS._value.get()
        heard = Heard()
        async with hub.listen("test:a", heard):
            for number in range(1, 6):
                time.sleep(0.1)
                await publish(hub, "a", number)
            await hears(hub, heard, 1, 2, 3, 4, 5)
        assert HUB_RECONNECTS._value.get() == reconnects


class TestStopping:
    async def test_lets_go_of_the_connection(self, own_valkey: EmbeddedValkey) -> None:
        async with (
            connect(own_valkey.url) as redis,
            opened(own_valkey.url) as hub,
            hub.listen("test:a", Heard()),
        ):
            assert len(await redis.client_list(_type="pubsub")) == 1
            await hub.stop()

            async def gone() -> bool:
                return await redis.client_list(_type="pubsub") == []

            await eventually(gone)

    async def test_while_redis_is_away(self, own_valkey: EmbeddedValkey, valkey: Killable) -> None:
        for turns in range(20):
            redis = connect(own_valkey.url)
            hub = Hub(redis)
            await hub.start()
            async with asyncio.timeout(5):
                async with hub.listen("test:a", Heard()):
                    if turns == 19:
                        await valkey.kill()
                    else:
                        async with connect(own_valkey.url) as other:
                            await other.client_kill_filter(_type="pubsub")
                    for _ in range(turns):
                        await asyncio.sleep(0)
                    await hub.stop()
            await redis.aclose()

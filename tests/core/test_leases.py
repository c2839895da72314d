"""Tokens that a process leases, and spends in memory."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from app.core import limits
from app.core.errors import RateLimited
from app.core.limits import API, AUTH, Limiter
from app.core.logging import get_logger
from app.core.resources import Resources
from tests.core.buckets import FILLING, WIDE, Clock, calls, end_leases, gone, settled, stopped_clock
from tests.waiting import eventually


@pytest.fixture
def clock() -> Iterator[Clock]:
    with stopped_clock() as made:
        yield made


@pytest.fixture
async def limiter(resources: Resources) -> AsyncIterator[Limiter]:
    """One process's; what it holds at the end mustn't come back during the next test."""
    made = Limiter(resources.redis)
    yield made
    await made.close()


@asynccontextmanager
async def _held_up(limiter: Limiter) -> AsyncIterator[asyncio.Event]:
    """What the limiter asks Redis is sent when the block ends; the event says that it wants to."""
    ask, asked, go_on = limiter._script, asyncio.Event(), asyncio.Event()

    async def slow(keys: list[str], args: list[float | int | str]) -> object:
        asked.set()
        await go_on.wait()
        return await ask(keys=keys, args=args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter, "_script", slow)
        try:
            yield asked
        finally:
            go_on.set()


class TestSize:
    @pytest.mark.usefixtures("clock")
    async def test_grow_with_demand(self, limiter: Limiter, resources: Resources) -> None:
        lacking = []
        for _ in range(20):
            await limiter.take("ana", WIDE)
            lacking.append(await gone(resources.redis, "ana", WIDE))
        # One; one and one ahead; and two ahead; and four; and at most five.
        batches = [1, *[3] * 2, *[6] * 3, *[11] * 5, *[17] * 6, *[23] * 3]
        assert lacking == batches

    @pytest.mark.usefixtures("clock")
    async def test_few_calls(self, limiter: Limiter, resources: Resources) -> None:
        before = await calls(resources.redis)
        for _ in range(200):
            await limiter.take("ana", API)
        # Ten ahead of a burst of two hundred, after 1, 2, 3, 5 and 9.
        assert await calls(resources.redis) - before == 22

    async def test_nothing_ahead_for_who_comes_seldom(
        self, limiter: Limiter, resources: Resources, clock: Clock
    ) -> None:
        for taken in range(1, 10):
            await limiter.take("ana", WIDE)
            assert await gone(resources.redis, "ana", WIDE) == taken
            await end_leases(clock, limiter)

    @pytest.mark.usefixtures("clock")
    async def test_nothing_ahead_of_a_small_burst(
        self, limiter: Limiter, resources: Resources
    ) -> None:
        for taken in range(1, 10):
            await limiter.take("ana", AUTH)
            assert await gone(resources.redis, "ana", AUTH) == taken
            assert not limiter.try_take("ana", AUTH)

    async def test_as_much_as_was_spent_of_the_last(
        self, limiter: Limiter, resources: Resources, clock: Clock
    ) -> None:
        for _ in range(17):
            await limiter.take("ana", WIDE)
        # Of a new one with five ahead three are spent; then its second is over.
        clock.now += 0.5
        for _ in range(3):
            await limiter.take("ana", WIDE)
        assert await gone(resources.redis, "ana", WIDE) == 23
        clock.now += 0.9
        assert limiter.try_take("ana", WIDE) is True
        clock.now += 0.1
        assert limiter.try_take("ana", WIDE) is False
        await limiter.take("ana", WIDE)
        # Two came back, and the next one has three ahead.
        assert await gone(resources.redis, "ana", WIDE) == 23 - 2 + 4

    @pytest.mark.usefixtures("clock")
    async def test_who_is_refused_leases_nothing(
        self, limiter: Limiter, resources: Resources
    ) -> None:
        for amount in (90, 4):
            await limiter.take("ana", WIDE, amount)
        limiter.give_back("ana", WIDE, 4)
        with pytest.raises(RateLimited):
            await limiter.take("ana", WIDE, 11)
        assert await gone(resources.redis, "ana", WIDE) == 90


class TestSharing:
    async def test_concurrent_calls_share_one(self, limiter: Limiter, resources: Resources) -> None:
        await limiter.take("ben", WIDE)
        before = await calls(resources.redis)
        await asyncio.gather(*[limiter.take("ana", WIDE) for _ in range(50)])
        assert await calls(resources.redis) - before == 1
        assert await gone(resources.redis, "ana", WIDE) == 50

    async def test_callers_share_one(self, limiter: Limiter, resources: Resources) -> None:
        await limiter.take("ben", WIDE)
        before = await calls(resources.redis)
        await asyncio.gather(*[limiter.take(f"ana{i}", WIDE, i) for i in range(1, 51)])
        assert await calls(resources.redis) - before == 1
        assert [await gone(resources.redis, f"ana{i}", WIDE) for i in range(1, 51)] == [
            *range(1, 51)
        ]

    async def test_a_cancelled_caller_costs_nothing(
        self, limiter: Limiter, resources: Resources
    ) -> None:
        tasks = [asyncio.create_task(limiter.take("ana", WIDE, 10)) for _ in range(3)]
        async with _held_up(limiter) as asked:
            await asked.wait()
            tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == [None, None]
        await limiter.close()
        assert await gone(resources.redis, "ana", WIDE) == 20

    async def test_what_comes_during_a_call(self, limiter: Limiter, resources: Resources) -> None:
        first = asyncio.create_task(limiter.take("ana", WIDE, 10))
        async with _held_up(limiter) as asked:
            await asked.wait()
            second = asyncio.create_task(limiter.take("ana", WIDE, 20))
            await asyncio.sleep(0)
            limiter.give_back("ana", WIDE, 5)
        await asyncio.gather(first, second)
        assert limiter.left("ana", WIDE) == 75
        await limiter.close()
        assert await gone(resources.redis, "ana", WIDE) == 25

    @pytest.mark.usefixtures("clock")
    async def test_tokens_ahead_are_for_who_comes_during_the_call(
        self, limiter: Limiter, resources: Resources
    ) -> None:
        await limiter.take("ana", WIDE)
        before = await calls(resources.redis)
        first = asyncio.create_task(limiter.take("ana", WIDE))
        async with _held_up(limiter) as asked:
            await asked.wait()
            second = asyncio.create_task(limiter.take("ana", WIDE))
            await asyncio.sleep(0)
        await asyncio.gather(first, second)
        await settled(limiter)
        assert await calls(resources.redis) - before == 1
        assert await gone(resources.redis, "ana", WIDE) == 3


class TestEnd:
    async def test_given_back(self, limiter: Limiter, resources: Resources, clock: Clock) -> None:
        await limiter.take("ana", WIDE, 90)
        limiter.give_back("ana", WIDE, 70)
        assert limiter.try_take("ana", WIDE, 30)
        await end_leases(clock, limiter)
        assert await gone(resources.redis, "ana", WIDE) == 50
        # The lease has ended by now.
        limiter.give_back("ana", WIDE, 10)
        assert not limiter.try_take("ana", WIDE)
        await settled(limiter)
        assert await gone(resources.redis, "ana", WIDE) == 40

    async def test_nothing_given_back(
        self, limiter: Limiter, resources: Resources, clock: Clock
    ) -> None:
        await limiter.take("ana", WIDE)
        clock.now += 1
        before = await calls(resources.redis)
        limiter.give_back("ana", WIDE, 0)
        await settled(limiter)
        assert await calls(resources.redis) == before

    async def test_given_back_is_never_more_than_the_burst(
        self, limiter: Limiter, resources: Resources
    ) -> None:
        await limiter.take("ana", WIDE, 1)
        limiter.give_back("ana", WIDE, 50)
        assert limiter.left("ana", WIDE) == 100
        await limiter.close()
        assert not await resources.redis.exists("limit:wide:ana")

    async def test_end_by_themselves(self, limiter: Limiter, resources: Resources) -> None:
        await limiter.take("ana", WIDE)
        await limiter.take("ana", WIDE)
        assert await gone(resources.redis, "ana", WIDE) == 3

        async def returned() -> bool:
            return await gone(resources.redis, "ana", WIDE) == 2

        await eventually(returned, 5)
        await eventually(lambda: limiter._sweeping is None, 5)
        assert not limiter.try_take("ana", WIDE)

    async def test_one_that_is_renewed_keeps_no_other(
        self, limiter: Limiter, resources: Resources, clock: Clock
    ) -> None:
        await limiter.take("ana", WIDE)
        clock.now += 0.5
        await limiter.take("ben", WIDE, 2)
        limiter.give_back("ben", WIDE, 1)
        clock.now += 0.4
        await limiter.take("ana", WIDE)
        await end_leases(clock, limiter, seconds=0.6)
        assert await gone(resources.redis, "ben", WIDE) == 1

    @pytest.mark.usefixtures("clock")
    async def test_the_longest_unused_is_forgotten(
        self, limiter: Limiter, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "_REMEMBERED", 2)
        for caller in ("ana", "ben", "ana", "ben", "ana", "ana"):
            await limiter.take(caller, WIDE)
        await limiter.take("cleo", WIDE)
        await settled(limiter)
        assert [name for _, name in limiter._buckets] == ["ana", "cleo"]
        # Ben had one ahead, which came back.
        assert await gone(resources.redis, "ben", WIDE) == 2
        assert await gone(resources.redis, "ana", WIDE) == 6

    async def test_memory_is_bounded(self, limiter: Limiter) -> None:
        for start in range(0, 12_000, 500):
            await asyncio.gather(*[limiter.take(f"caller {start + i}", WIDE) for i in range(500)])
        assert len(limiter._buckets) == 10_000
        await limiter.close()
        assert not limiter._leases

    async def test_closing_returns_all(self, limiter: Limiter, resources: Resources) -> None:
        for caller in ("ana", "ben"):
            for _ in range(7):
                await limiter.take(caller, WIDE)
        await limiter.close()
        assert limiter._sweeping is None
        for caller in ("ana", "ben"):
            assert await gone(resources.redis, caller, WIDE) == 7


class TestLeft:
    async def test_of_a_stranger(self, resources: Resources) -> None:
        assert Limiter(resources.redis, 2).left("ana", WIDE) == 200

    async def test_falls_and_fills(self, limiter: Limiter, clock: Clock) -> None:
        for taken in range(1, 31):
            await limiter.take("ana", FILLING)
            assert limiter.left("ana", FILLING) == 100 - taken
        limiter.give_back("ana", FILLING, 4)
        assert limiter.left("ana", FILLING) == 74
        clock.now += 100
        assert limiter.left("ana", FILLING) == 84
        clock.now += 1000
        assert limiter.left("ana", FILLING) == 100

    async def test_restore_rate(self, resources: Resources) -> None:
        assert Limiter(resources.redis, 3).restore_rate(FILLING) == pytest.approx(0.3)

    async def test_what_is_on_its_way_back_is_left(self, limiter: Limiter, clock: Clock) -> None:
        await limiter.take("ana", WIDE, 50)
        clock.now += 1
        async with _held_up(limiter) as asked:
            limiter.give_back("ana", WIDE, 20)
            await asked.wait()
            assert limiter.left("ana", WIDE) == 70


async def _passed(limiter: Limiter) -> int:
    """How many of ten calls pass, of which the burst is enough for three."""
    results = await asyncio.gather(
        *[limiter.take("ana", WIDE, 30) for _ in range(10)], return_exceptions=True
    )
    return results.count(None)


class TestWithoutRedis:
    async def test_one_line_a_second(self, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        away = Redis.from_url("redis://127.0.0.1:1/0", retry=None)
        limiter = Limiter(away)
        with capture_logs() as logs:
            # One that was used before keeps what it was configured with then.
            monkeypatch.setattr(limits, "log", get_logger("limits"))
            for _ in range(3):
                assert await _passed(limiter) == 10
            assert [line["event"] for line in logs] == ["limits.unavailable"]
            clock.now += 1
            assert await _passed(limiter) == 10
            assert len(logs) == 2
        await away.aclose()

    async def test_counts_again_when_redis_is_back(
        self, resources: Resources, clock: Clock
    ) -> None:
        limiter = Limiter(resources.redis)
        await resources.redis.lpush("limit:wide:ana", "no number")
        assert await _passed(limiter) == 10
        await resources.redis.delete("limit:wide:ana")
        assert await _passed(limiter) == 10
        clock.now += 1
        assert await _passed(limiter) == 3

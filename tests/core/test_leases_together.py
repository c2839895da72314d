"""Any order of calls that take from one bucket, in one process and in two."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.core.errors import RateLimited
from app.core.limits import Limit, Limiter
from app.core.resources import Resources
from tests.core.buckets import FILLING, WIDE, Clock, end_leases, gone, settled, stopped_clock

_callers = count(1)

# Which process, what it does, and how much of it.
_STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["take", "take", "together", "try", "give back", "wait", "ahead"]),
        st.integers(1, 9),
    ),
    min_size=5,
    max_size=60,
)
_examples = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass
class _Run:
    """Some processes that take from one bucket, and what they have taken by now."""

    redis: Redis
    clock: Clock
    limit: Limit
    limiters: list[Limiter]
    caller: str = field(default_factory=lambda: f"caller {next(_callers)}")
    taken: int = 0
    waited: float = 0.0

    async def take(self, limiter: Limiter, amount: int) -> bool:
        try:
            await limiter.take(self.caller, self.limit, amount)
        except RateLimited:
            return False
        self.taken += amount
        return True

    async def step(self, process: int, kind: str, amount: int) -> None:
        limiter = self.limiters[process % len(self.limiters)]
        match kind:
            case "take":
                await self.take(limiter, amount)
            case "together":
                await asyncio.gather(
                    *[self.take(each, i) for i in range(1, amount) for each in self.limiters]
                )
            case "try":
                self.taken += amount * limiter.try_take(self.caller, self.limit, amount)
            case "give back":
                back = min(amount, self.taken)
                limiter.give_back(self.caller, self.limit, back)
                self.taken -= back
            case "wait":
                await self.wait(amount / 4)
            case "ahead":
                await self.take(limiter, 1)

    async def wait(self, seconds: float) -> None:
        """In the processes; what ended of their leases is back in the bucket."""
        await end_leases(self.clock, *self.limiters, seconds=seconds)
        self.waited += seconds

    async def fill(self, seconds: float) -> None:
        """In Redis as well."""
        await self.wait(seconds)
        key = f"limit:{self.limit.name}:{self.caller}"
        full = await self.redis.get(key)
        if full is not None:
            await self.redis.set(key, f"{float(full) - seconds:.7f}", keepttl=True)

    async def close(self) -> None:
        for limiter in self.limiters:
            await limiter.close()

    async def lacks(self) -> int:
        return await gone(self.redis, self.caller, self.limit)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with stopped_clock() as made:
        yield made


class TestTogether:
    @_examples
    @given(steps=_STEPS)
    async def test_one_process_counts_exactly(
        self, resources: Resources, clock: Clock, steps: list[tuple[int, str, int]]
    ) -> None:
        run = _Run(resources.redis, clock, WIDE, [Limiter(resources.redis)])
        for step in steps:
            if step[1] == "take":
                passes = run.taken + step[2] <= 100
                assert await run.take(run.limiters[0], step[2]) is passes
            else:
                await run.step(*step)
            assert run.limiters[0].left(run.caller, WIDE) == 100 - run.taken
        await run.close()
        assert await run.lacks() == run.taken

    @_examples
    @given(steps=_STEPS)
    async def test_two_processes_never_grant_more(
        self, resources: Resources, clock: Clock, steps: list[tuple[int, str, int]]
    ) -> None:
        both = [Limiter(resources.redis), Limiter(resources.redis)]
        run = _Run(resources.redis, clock, WIDE, both)
        for step in steps:
            await run.step(*step)
            assert run.taken <= 100
            # What isn't in the bucket was taken, or is held.
            held = sum(bucket.held for each in both for bucket in each._buckets.values())
            for limiter in both:
                await settled(limiter)
            assert await run.lacks() <= run.taken + held
        await run.close()
        assert await run.lacks() == run.taken
        rest = 100 - run.taken
        assert rest == 0 or await run.take(both[0], rest)
        assert not await run.take(both[1], 1)

    @_examples
    @given(steps=_STEPS)
    async def test_nor_while_the_bucket_fills(
        self, resources: Resources, clock: Clock, steps: list[tuple[int, str, int]]
    ) -> None:
        both = [Limiter(resources.redis), Limiter(resources.redis)]
        run = _Run(resources.redis, clock, FILLING, both)
        began = monotonic()
        for process, kind, amount in steps:
            if kind == "wait":
                await run.fill(amount * 4)
            else:
                await run.step(process, kind, amount)
            # A token every ten seconds; the time that the test itself takes counts as well.
            assert run.taken <= 100 + (run.waited + monotonic() - began) / 10
        await run.close()
        came_in = (run.waited + monotonic() - began) / 10
        assert run.taken - await run.lacks() <= came_in + 0.5  # what is gone is rounded

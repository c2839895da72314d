"""Buckets as a test sees them: the time in a process, what Redis holds, what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

import pytest
from redis.asyncio import Redis

from app.core import limits
from app.core.limits import Limit, Limiter

# A hundred at once, leased up to five ahead, and a token an hour: none comes in during a test.
WIDE = Limit("wide", 1, 3600, 100)
# The same, and a token every ten seconds.
FILLING = Limit("filling", 6, 60, 100)


@dataclass
class Clock:
    """The time in the process; stands still unless it is told to go on."""

    now: float = field(default_factory=monotonic)

    def __call__(self) -> float:
        return self.now


@contextmanager
def stopped_clock() -> Iterator[Clock]:
    """The limiters' clock, for the length of the block."""
    with pytest.MonkeyPatch.context() as patch:
        made = Clock()
        patch.setattr(limits, "monotonic", made)
        yield made


async def settled(limiter: Limiter) -> None:
    """Redis has answered all that it was asked."""
    if limiter._asking is not None:
        await limiter._asking


async def end_leases(clock: Clock, *limiters: Limiter, seconds: float = 1) -> None:
    """As if so much time had passed in these processes."""
    clock.now += seconds
    for limiter in limiters:
        limiter._sweep()
        await settled(limiter)


async def gone(redis: Redis, caller: str, limit: Limit) -> int:
    """How many tokens the bucket in Redis lacks, to the nearest."""
    full = await redis.get(f"limit:{limit.name}:{caller}")
    seconds, microseconds = await redis.time()
    used = float(full or 0) - seconds - microseconds / 1e6
    return round(max(used, 0) * limit.count / limit.seconds)


async def calls(redis: Redis) -> int:
    """How often Redis has been asked about buckets."""
    commands = await redis.info("commandstats")
    return commands.get("cmdstat_evalsha", {}).get("calls", 0)

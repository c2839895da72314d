"""What fields read together, and what becomes of it when one of them stops waiting."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from app.core.resources import Resources
from tests.core.notes import context_of


async def test_who_stops_waiting_takes_nothing_from_the_others(resources: Resources) -> None:
    context = context_of(resources)
    reading = asyncio.Event()
    asked: list[list[int]] = []

    async def batch(keys: Sequence[int]) -> Mapping[int, str]:
        asked.append(list(keys))
        await reading.wait()
        return {key: str(key) for key in keys}

    first, second = [asyncio.create_task(context.load("numbers", batch, 1)) for _ in range(2)]
    while not asked:
        await asyncio.sleep(0)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    reading.set()
    assert (first.cancelled(), await second, asked) == (True, "1", [[1]])

"""Waiting for a condition instead of sleeping."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable

_POLL_SECONDS = 0.01


async def eventually(
    condition: Callable[[], object | Awaitable[object]], seconds: float = 10
) -> None:
    """Return once the condition is true; `AssertionError` if it isn't in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        result = condition()
        if await result if isawaitable(result) else result:
            return
        assert loop.time() < deadline, f"not within {seconds} s"
        await asyncio.sleep(_POLL_SECONDS)

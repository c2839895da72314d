"""The Redis client: every command has a bound, so that nothing waits for a Redis that is away."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import TimeoutError as RedisTimeoutError

_CONNECT_SECONDS = 2
_COMMAND_SECONDS = 5


class BoundedRedis(Redis):
    """Bounds commands itself.

    The library's own `socket_timeout` rests on `asyncio.wait_for`, which before Python 3.12
    swallows a cancellation that comes while a command is being written: a task that is told
    to stop would go on.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Raises `RedisError` if there is no answer in time."""
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except TimeoutError as error:
            raise RedisTimeoutError(f"No answer in {_COMMAND_SECONDS} s.") from error


def connect(url: str) -> Redis:
    """A client of a server; connections are made when they are needed, and tried once more."""
    client: Redis = BoundedRedis.from_url(
        url,
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 1),
    )
    return client

"""The Redis client."""

import asyncio

import pytest
from redis.exceptions import RedisError

from app.core import redis as bounded
from app.core.resources import Resources


class TestCancellation:
    async def test_is_never_swallowed(self, resources: Resources) -> None:
        """`wait_for` before Python 3.12 loses it; a worker could then not be stopped."""
        sent = 0

        async def send() -> None:
            nonlocal sent
            while True:
                await resources.redis.publish("test", b"")
                sent += 1

        for number in range(20):
            task = asyncio.create_task(send())
            while sent <= number:
                await asyncio.sleep(0)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=5)
            assert done
            assert task.cancelled()


class TestTimeout:
    async def test_a_command_has_a_bound(
        self, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bounded, "_COMMAND_SECONDS", 0.05)
        with pytest.raises(RedisError):
            await resources.redis.blmove("nothing", "nowhere", 30)
        assert await resources.redis.get("nothing") is None

"""A server for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.serving.server import Server, serving


@pytest.fixture
async def server(clean_redis_url: str) -> AsyncIterator[Server]:
    """With all the patience that it has when it is deployed."""
    async with serving(clean_redis_url) as made:
        yield made

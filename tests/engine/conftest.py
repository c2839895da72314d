"""Worlds: one database, filled anew."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from app.core.resources import Resources
from tests.engine.world import World

Refill = Callable[[int], Awaitable[World]]


@pytest.fixture
def refill(resources: Resources, work_database: tuple[str, str]) -> Refill:
    """Empties the database and fills it for a seed."""
    url, clean = work_database

    async def filled(seed: int) -> World:
        connection = await asyncpg.connect(url)
        await connection.execute(clean)
        await connection.close()
        return await World.fill(resources, seed)

    return filled

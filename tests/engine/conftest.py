"""Worlds: one database, filled anew."""

from collections.abc import Awaitable, Callable

import pytest

from app.core.resources import Resources
from tests.conftest import WorkDatabase
from tests.engine.world import World

Refill = Callable[[int], Awaitable[World]]


@pytest.fixture
def refill(resources: Resources, work_database: WorkDatabase) -> Refill:
    """Empties the database and fills it for a seed."""

    async def filled(seed: int) -> World:
        await work_database.clean()
        return await World.fill(resources, seed)

    return filled

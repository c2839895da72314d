"""Processes of the live engine."""

from collections.abc import AsyncIterator

import pytest

from app.core.settings import Settings
from tests.core.conftest import own_valkey, valkey  # noqa: F401 - fixtures
from tests.live.following import Process, process_of
from tests.live.room import room


@pytest.fixture
async def process(settings: Settings) -> AsyncIterator[Process]:
    """One process."""
    async with process_of(settings) as made:
        yield made


@pytest.fixture
async def another(settings: Settings) -> AsyncIterator[Process]:
    """A second one."""
    async with process_of(settings) as made:
        yield made


@pytest.fixture
async def place(settings: Settings) -> AsyncIterator[Process]:
    """A process that serves the tests' own room."""
    async with process_of(settings, room) as made:
        yield made


@pytest.fixture
async def elsewhere(settings: Settings) -> AsyncIterator[Process]:
    """Another process that serves it."""
    async with process_of(settings, room) as made:
        yield made

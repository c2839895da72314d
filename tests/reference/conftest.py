"""The world as it is seeded, and what a test of reference data starts from."""

import os
from collections.abc import AsyncIterator

import pytest

from app.core.db import Database
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.core.uow import begin
from app.reference.models import Currency
from app.reference.seeding import seed_places
from tests.client import Api
from tests.conftest import Databases, serve
from tests.factories import writing


@pytest.fixture(scope="session")
async def world_url(databases: Databases) -> AsyncIterator[str]:
    """A database with all places; tests only read it."""
    async with databases.clone() as url:
        database = Database(url, pool_size=1)
        async with begin(database) as uow:
            await seed_places(uow.session)
        await database.close()
        yield url


@pytest.fixture
async def world(settings: Settings, world_url: str) -> AsyncIterator[Api]:
    """A server of all places."""
    async with serve(settings.model_copy(update={"database_url": world_url})) as made:
        yield made


@pytest.fixture
async def own_world_url(databases: Databases, world_url: str) -> AsyncIterator[str]:
    """All places once more, for a test to change."""
    source, name = world_url.rsplit("/", 1)[1], f"lyceum_world_{os.getpid()}"
    await databases._do(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
    yield databases.url(name)
    await databases._do(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def own_world(settings: Settings, own_world_url: str) -> AsyncIterator[Resources]:
    """What a process on those places holds."""
    async with open_resources(settings.model_copy(update={"database_url": own_world_url})) as it:
        yield it


@pytest.fixture
def own_settings(settings: Settings, own_database_url: str) -> Settings:
    """Settings of a server whose prompts a test may change."""
    return settings.model_copy(update={"database_url": own_database_url})


@pytest.fixture
async def own_resources(own_settings: Settings) -> AsyncIterator[Resources]:
    """What a process on that database holds."""
    async with open_resources(own_settings) as opened:
        yield opened


@pytest.fixture
async def own_api(own_settings: Settings) -> AsyncIterator[Api]:
    """A server on that database."""
    async with serve(own_settings) as made:
        yield made


@pytest.fixture
async def currencies(resources: Resources) -> None:
    """The euro, the yen and the Kuwaiti dinar: two, no and three digits after the point."""
    digits = {"EUR": ("978", 2), "JPY": ("392", 0), "KWD": ("414", 3)}
    async with writing(resources) as session:
        session.add(
            *[
                Currency(code=code, number=number, name=code, symbol=code, minor_units=minor)
                for code, (number, minor) in digits.items()
            ]
        )

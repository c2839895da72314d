"""A Valkey of the test's own, to be killed; documents as several processes know them."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedValkey
from app.core.graph.documents import Documents
from app.core.graph.trusted import TrustedStore
from app.core.realtime import hub
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from tests.core.documents import SCHEMA
from tests.waiting import eventually

_numbers = count(1)


class Killable:
    """A server that the test kills and starts again at the same address."""

    def __init__(self, server: EmbeddedValkey) -> None:
        self._server = server

    async def kill(self) -> None:
        """As a power cut would."""
        assert self._server.pid is not None
        os.kill(self._server.pid, signal.SIGKILL)
        await eventually(lambda: not self._server.alive())

    def restart(self) -> None:
        """Empty, as it keeps nothing."""
        self._server.restart()


@pytest.fixture
def own_valkey(services_folder: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(services_folder / f"own-valkey-{next(_numbers)}", durable=False)
    server.start()
    yield server
    server.stop(force=True)


@pytest.fixture
def valkey(own_valkey: EmbeddedValkey) -> Killable:
    """The Valkey of `frail`."""
    return Killable(own_valkey)


@pytest.fixture
def frail_settings(
    settings: Settings, own_valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings with the Valkey that is to be killed; the hub notices within half a second."""
    monkeypatch.setattr(hub, "_PULSE", 0.1)
    return settings.model_copy(update={"redis_url": own_valkey.url})


@pytest.fixture
async def frail(frail_settings: Settings) -> AsyncIterator[Resources]:
    """Resources whose Valkey is to be killed."""
    async with open_resources(frail_settings) as opened:
        yield opened


@pytest.fixture
def store(resources: Resources) -> TrustedStore:
    """What all processes share."""
    return TrustedStore(resources.database, resources.redis)


@pytest.fixture
def documents(store: TrustedStore) -> Documents:
    """What one process knows."""
    return Documents(SCHEMA, store, only_registered=False)


@pytest.fixture
def another(store: TrustedStore) -> Documents:
    """What another process knows."""
    return Documents(SCHEMA, store, only_registered=False)


@pytest.fixture
def strict(store: TrustedStore) -> Documents:
    """What a process of registered documents knows."""
    return Documents(SCHEMA, store, only_registered=True)

"""A Valkey of the test's own, to be killed."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from app.core.embedded import EmbeddedValkey
from app.core.realtime import hub
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
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
    monkeypatch.setattr(hub, "_SILENCE", 0.5)
    return settings.model_copy(update={"redis_url": own_valkey.url})


@pytest.fixture
async def frail(frail_settings: Settings) -> AsyncIterator[Resources]:
    """Resources whose Valkey is to be killed."""
    async with open_resources(frail_settings) as opened:
        yield opened

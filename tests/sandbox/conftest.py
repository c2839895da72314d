"""The real sandbox: built once, and kept between runs of the tests."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.settings import get_settings
from workers.sandbox.interpreter import ensure_built
from workers.sandbox.pool import Sandbox

# No test waits longer, whatever its program does: the machine is others' too.
BOUND_S = 120


@pytest.fixture(scope="session")
def interpreter() -> Path:
    return ensure_built(get_settings().data_dir / "sandbox", lambda _: None)


@pytest.fixture
async def sandbox(interpreter: Path) -> AsyncIterator[Sandbox]:
    async with asyncio.timeout(BOUND_S), Sandbox(interpreter) as made:
        yield made

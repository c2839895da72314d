"""Asking who may listen."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.realtime.admission import Admission


@pytest.fixture
def alarm() -> Iterator[None]:
    """Ends what never gives the loop a turn, and with it any timeout of asyncio's."""

    def ring(*_: object) -> None:
        raise AssertionError("it spins")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(5)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
async def test_an_answer_that_comes_too_late_is_asked_for_again() -> None:
    """Even by who comes between the end of a question and the callback that says so."""
    nothing: Any = None
    admission = Admission(nothing, nothing, {}, nothing)
    clock, answered, asked = asyncio.get_running_loop().time, asyncio.Event(), []

    async def answer() -> None:
        asked.append(clock())
        # The first is too old when it comes, as after a slow statement.
        admission._asked_at = clock() - (1 if len(asked) == 1 else 0)
        answered.set()

    async def other() -> None:
        await answered.wait()
        await admission.freshen()

    admission._ask = answer  # type: ignore[method-assign]
    waiting = asyncio.create_task(other())
    await asyncio.sleep(0)
    await admission.freshen()
    await waiting
    assert len(asked) == 2

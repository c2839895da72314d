"""One timer for all sockets of a process: thousands of them would each cost what they wait for."""

import asyncio
from math import ceil
from typing import Protocol

from app.core.logging import get_logger

log = get_logger(__name__)


class Timed(Protocol):
    """Who is called when its time has come."""

    turn: int
    """The turn in which it is called; kept by the wheel."""

    def on_time(self) -> None:
        """Its time has come; it is on the wheel no more."""


class Wheel:
    """Calls whoever was put on it, up to a turn late. It turns only while somebody is."""

    def __init__(self, seconds_a_turn: float) -> None:
        self._seconds = seconds_a_turn
        self._turn = 0
        self._slots: dict[int, set[Timed]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def put(self, timed: Timed, seconds: float) -> None:
        """Call it once, after so many seconds, and not when it was to be called before."""
        self.take(timed)
        if self._timer is None:
            self._wait()
        # The turn that is under way has already lasted for a while.
        timed.turn = self._turn + ceil(seconds / self._seconds) + 1
        self._slots.setdefault(timed.turn, set()).add(timed)

    def take(self, timed: Timed) -> None:
        """Don't call it."""
        slot = self._slots.get(timed.turn)
        if slot is not None:
            slot.discard(timed)
            if not slot:
                del self._slots[timed.turn]

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._go_round)

    def _go_round(self) -> None:
        self._turn += 1
        for timed in self._slots.pop(self._turn, ()):
            try:
                timed.on_time()
            except Exception:
                # The others wait for the same timer.
                log.exception("wheel.failed")
        self._timer = None
        if self._slots:
            self._wait()

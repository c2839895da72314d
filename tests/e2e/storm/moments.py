"""When something came, as far as a busy process can say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_TICK_SECONDS = 0.01


class Moments:
    """The loop's time, and how much earlier what is read now may have come.

    This process starts others, on a machine that is busy: what it reads may have waited for it.
    Whatever is read now hadn't come at the tick before the last one, for in between the loop
    has looked.
    """

    def __init__(self) -> None:
        self._time = asyncio.get_running_loop().time
        self._last = self.not_before = self._time()

    @property
    def now(self) -> float:
        """In seconds."""
        return self._time()

    async def tick(self) -> None:
        """For ever."""
        while True:
            self.not_before, self._last = self._last, self._time()
            await asyncio.sleep(_TICK_SECONDS)


@asynccontextmanager
async def ticking() -> AsyncIterator[Moments]:
    """Moments while the block runs."""
    moments = Moments()
    task = asyncio.create_task(moments.tick())
    yield moments
    task.cancel()

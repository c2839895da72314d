"""What the command line shows: notices, and progress as bars on a terminal, as lines elsewhere."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


def say(line: str) -> None:
    """Print one line for the person, at once even into a pipe."""
    print(line, flush=True)


class Transfers:
    """Shows transfers: call it with what is being done, bytes done and bytes in all."""

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._said: set[tuple[str, bool]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far a transfer is; `done` of 0 begins it, `done` of `total` ends it."""
        if sys.stdout.isatty():
            self._bar(what, done, total)
        elif (what, done == total) not in self._said and done in (0, total):
            self._said.add((what, done == total))
            say(f"{what}: {'done' if done == total else f'{total / 1e6:.0f} MB'}")

    def _bar(self, what: str, done: int, total: int) -> None:
        if self._bars is None:
            self._bars = _new_bars()
            self._bars.start()
        if what not in self._tasks:
            for other in self._tasks.values():
                # One source at a time: the one before has failed or is finished.
                self._bars.stop_task(other)
            self._tasks[what] = self._bars.add_task(what, total=total)
        self._bars.update(self._tasks[what], completed=done)


def _new_bars() -> "Progress":
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )

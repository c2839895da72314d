"""The children's logs: all of it in a file for each, what went wrong on the terminal too."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

_SHOWN = {"warning", "error", "critical"}
_OWN_KEYS = {"event", "level", "timestamp", "logger", "exception", "stack"}
_LONGEST_LINE = 1 << 20


def readable(line: bytes) -> str | None:
    """A JSON log line of a warning or worse, for people; None for any other line."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or str(entry.get("level", "")).lower() not in _SHOWN:
        return None
    details = [f"{key}={_brief(value)}" for key, value in entry.items() if key not in _OWN_KEYS]
    text = f"{str(entry['level']).lower()}: {entry.get('event', '')}"
    if details:
        text += f" ({', '.join(details)})"
    if entry.get("exception"):
        text += f": {str(entry['exception']).strip().splitlines()[-1]}"
    return text


def _brief(value: Any) -> str:
    text = str(value).replace("\n", " ")
    return text if len(text) <= 100 else f"{text[:97]}..."


def keep_previous(path: Path) -> None:
    """Set the last run's log aside as `….log.1`, so that logs don't grow for ever."""
    if path.exists():
        path.rename(path.with_name(f"{path.name}.1"))


class LogPump:
    """Copies a child's output to its log file as it comes, in a thread of its own."""

    def __init__(
        self, name: str, output: IO[bytes], path: Path, say: Callable[[str], None]
    ) -> None:
        self.last_words = ""
        self._name = name
        self._output = output
        self._path = path
        self._say = say
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self, seconds: float) -> None:
        """Wait until everything that the child wrote is in the file."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._output, self._path.open("ab", buffering=0) as file:
            while line := self._output.readline(_LONGEST_LINE):
                try:
                    file.write(line)
                except OSError as error:
                    # The child must not block on a full pipe because the disk is full.
                    self._say(f"{self._name}: its log can't be written: {error.strerror}")
                    continue
                self._show(line)

    def _show(self, line: bytes) -> None:
        shown = readable(line)
        if shown is not None:
            self._say(f"{self._name}: {shown}")
        text = line.decode(errors="replace").strip()
        if text:
            self.last_words = shown or text

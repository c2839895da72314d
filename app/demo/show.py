"""What a person, or a script, sees of the demo."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

_STYLES = ("cyan", "magenta", "green", "yellow")


class Show:
    """Prints each event once: as a line for people, or as a line of JSON."""

    def __init__(self, *, as_json: bool) -> None:
        self._json = as_json
        self._console = Console(highlight=False, soft_wrap=True)
        self._colours: dict[str, str] = {}
        self._answering = False

    def event(self, event: str, line: Text | str, /, **facts: Any) -> None:
        """Something happened."""
        if self._json:
            sys.stdout.write(json.dumps({"event": event, **facts}, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            return
        self._end_answer()
        self._console.print(line)

    def name(self, person: str) -> Text:
        """A person's name in their colour."""
        colour = self._colours.setdefault(person, _STYLES[len(self._colours) % len(_STYLES)])
        return Text(person, style=f"bold {colour}")

    def spoken(self, start_ms: int, person: str, text: str, *, final: bool) -> Text:
        """A line of the transcript; provisional words are dim."""
        minutes, seconds = divmod(start_ms // 1000, 60)
        style = "" if final else "dim italic"
        return Text.assemble(
            (f"{minutes:02}:{seconds:02}  ", "dim"), self.name(person), "  ", (text, style)
        )

    def shows_provisional(self) -> bool:
        """A log is better off without words that change."""
        return self._json or self._console.is_terminal

    def answer_piece(self, text: str, **facts: Any) -> None:
        """The next words of an answer, on the same line."""
        if self._json:
            self.event("answer_piece", "", text=text, **facts)
            return
        if not self._answering:
            self._console.print(Text("  AI  ", style="bold blue"), end="")
            self._answering = True
        self._console.print(text, end="", style="blue")

    def _end_answer(self) -> None:
        if self._answering:
            self._answering = False
            self._console.print()

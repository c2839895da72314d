"""`lyceum letters`: what development kept instead of sending it."""

import time

from app.cli.console import say
from app.core.caught import Letter, Letters
from app.core.settings import Settings

_LOOK_SECONDS = 0.2


class Arrivals:
    """Letters as they come."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._seen: set[str] = set()

    def look(self) -> list[Letter]:
        """Those that came since the last look, the newest last."""
        new = self._letters.names() - self._seen
        self._seen |= new
        return self._letters.read(new)


def show(settings: Settings, *, follow: bool) -> None:
    """All that there are, and to `follow` those that come, until Ctrl-C."""
    letters = Letters.below(settings.data_dir)
    arrivals = Arrivals(letters)
    found = arrivals.look()
    if not found:
        say(f"No letters are kept in {letters.folder} yet.")
    try:
        while True:
            for letter in found:
                say(f"{letter.at:%Y-%m-%d %H:%M:%S}  {heading(letter)}\n\n{_body(letter)}\n")
            if not follow:
                return
            time.sleep(_LOOK_SECONDS)
            found = arrivals.look()
    except KeyboardInterrupt:
        return


def heading(letter: Letter) -> str:
    """A letter as one line."""
    if letter.subject is None:
        return _printable(f"Text message to {letter.to}")
    return _printable(f"Letter to {letter.to}: {letter.subject}")


def _body(letter: Letter) -> str:
    return "\n".join(f"    {_printable(line)}" for line in letter.text.strip().splitlines())


def _printable(text: str) -> str:
    """A text without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)

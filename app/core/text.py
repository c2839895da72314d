"""What people write of themselves: what can be seen of it is all there is.

Names stand beside those of others, so nothing in them may be invisible, or turn the line around
that they stand in. A joiner stays where a script can't be written without it (UAX 31, rules A1,
A2 and B). Longer texts keep what is invisible and harmless, such as the joiners of emoji.
"""

from collections.abc import Callable
from typing import Final
from unicodedata import bidirectional, category, combining, normalize

_JOINERS: Final = "\u200c\u200d"
_VIRAMA: Final = 9
# Control, format, surrogate, private and unassigned characters, and separators of lines.
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Letters, a mark and a symbol that show nothing.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MARKS: Final = frozenset(("Mn", "Me"))
# As many as stand on one letter in any language that people write.
_MOST_MARKS: Final = 4
# Embeddings, overrides and isolates: what follows runs the other way.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def line(longest: int) -> Callable[[str], str]:
    """A check of one line with 1 to so many characters: composed, without space around it.

    Raises `ValueError` with a sentence for people.
    """

    def check(value: str) -> str:
        made = _bounded(value, longest)
        marks = 0
        for place, each in enumerate(made):
            kind = category(each)
            if each in _BLANK or (kind in _UNSEEN and not _joins(made, place)):
                raise ValueError(f"This has a character that nobody sees: {_name(each)}.")
            marks = marks + 1 if kind in _MARKS else 0
            if marks > _MOST_MARKS:
                raise ValueError("This has too many marks on one letter.")
        return made

    return check


def text(longest: int) -> Callable[[str], str]:
    """A check of several lines with 1 to so many characters in all, composed.

    Raises `ValueError` with a sentence for people.
    """

    def check(value: str) -> str:
        made = _bounded(value.replace("\r\n", "\n"), longest)
        for each in made:
            if each in _TURNING or (category(each) in ("Cc", "Cs") and each not in "\n\t"):
                raise ValueError(f"This has a character that no text needs: {_name(each)}.")
        return made

    return check


def or_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    """The same check of what may be empty too, or only space."""
    return lambda value: check(value) if value.strip() else ""


def _bounded(value: str, longest: int) -> str:
    made = value.strip()
    if len(made) <= longest:
        made = normalize("NFC", made)
    if not 1 <= len(made) <= longest:
        raise ValueError(f"This has 1 to {longest:,} characters.")
    return made


def _joins(value: str, place: int) -> bool:
    """Whether a joiner stands where letters of a script need one."""
    if value[place] not in _JOINERS or not 0 < place < len(value) - 1:
        return False
    before, after = value[place - 1], value[place + 1]
    arabic = bidirectional(before) == bidirectional(after) == "AL"
    return combining(before) == _VIRAMA or (arabic and value[place] == _JOINERS[0])


def _name(character: str) -> str:
    return f"U+{ord(character):04X}"

"""Usernames: which are allowed, and which look alike.

Look-alikes are found as Unicode's technical standard 39 says: each letter is replaced by the one
that stands for all that look like it, and two names with the same skeleton look alike.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final
from unicodedata import normalize

from confusable_homoglyphs.categories import unique_aliases
from confusable_homoglyphs.confusables import confusables_data

# Printable as Python has it, and yet nothing is seen: fillers, joiners, variation selectors.
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# What fits into an index: a single letter can stand for eighteen.
_LONGEST: Final = 512
_NO_SCRIPT: Final = frozenset({"COMMON", "INHERITED"})
# Scripts that are written together.
_TOGETHER: Final = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)


def check(name: str) -> str:
    """The same name; `ValueError` with a sentence for people if it isn't allowed."""
    if not name.isprintable() or any(c.isspace() or c == "@" for c in name):
        raise ValueError("A username has no spaces, no @ and only printable characters.")
    if _INVISIBLE.search(name):
        raise ValueError("A username has no invisible characters.")
    scripts = unique_aliases(name) - _NO_SCRIPT
    if len(scripts) > 1 and not any(scripts <= each for each in _TOGETHER):
        raise ValueError("A username doesn't mix letters of different scripts.")
    return name


def skeleton(name: str) -> str:
    """What is the same for all names that look like this one.

    It is the same in any case for Latin letters. Others look like different ones in capitals.
    """
    alike = _prototyped(_prototyped(name).casefold())
    # An I looks like an l, and an i is the same letter in another case.
    bare = normalize("NFD", _INVISIBLE.sub("", alike).casefold())
    return bare.replace("i", "l")[:_LONGEST]


def _prototyped(name: str) -> str:
    letters = normalize("NFD", normalize("NFKC", name))
    return "".join(_prototypes().get(each, each) for each in letters)


@cache
def _prototypes() -> Mapping[str, str]:
    """Each letter that looks like another, and what stands for both.

    The package's data go both ways: what stands for others lists them all, each of these lists
    only that one. Of two that list only each other, one is taken.
    """
    found = {}
    for letter, alike in confusables_data.items():
        if len(letter) == 1 and len(alike) == 1:
            other = alike[0]["c"]
            if len(confusables_data[other]) > 1 or _rank(other) < _rank(letter):
                found[letter] = other
    return found


def _rank(text: str) -> tuple[bool, bool, str]:
    return len(text) == 1, not text.isascii(), text

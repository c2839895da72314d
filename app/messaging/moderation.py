"""Rules of moderation: what a message may not be, decided by its text alone and at once."""

import re
from typing import Final
from unicodedata import category

from app.messaging.errors import MessageRefused

# As many as stand on one letter in any language that people write.
_MOST_MARKS: Final = 4
_MOST_LINKS: Final = 10
_LONGEST_RUN: Final = 200
_MARKS: Final = frozenset(("Mn", "Me"))
# Controls, and marks that turn the direction of the text around them.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT_CONTROLS: Final = frozenset("\n\r\t")
_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_RUN: Final = re.compile(rf"(\S)\1{{{_LONGEST_RUN},}}")
# Wishes of death, however they are spelt.
_THREATS: Final = re.compile(
    r"\b(?:k+y+s+|k[i1!]ll (?:your ?self|urself)|(?:i(?:'| wi)ll|gonna|going to) k[i1!]ll (?:you|u)"
    r"|go (?:and )?die|you should die)\b",
    re.IGNORECASE,
)


def check(body: str) -> None:
    """`MessageRefused` for a text that nobody should be sent."""
    if "\x00" in body or any(
        each in _TURNING or (category(each) == "Cc" and each not in _KEPT_CONTROLS) for each in body
    ):
        raise _refused("This has a character that no text needs.")
    if _too_many_marks(body):
        raise _refused("This has too many marks on one letter.")
    if len(_LINK.findall(body)) > _MOST_LINKS:
        raise _refused(f"A message has at most {_MOST_LINKS} links.")
    if _RUN.search(body):
        raise _refused("This repeats one character all the time.")
    if _THREATS.search(" ".join(body.split())):
        raise _refused("This threatens somebody, or wishes their death.")


def _refused(message: str) -> MessageRefused:
    return MessageRefused(message, field=("input", "body"))


def _too_many_marks(body: str) -> bool:
    if body.isascii():
        return False
    marks = 0
    for each in body:
        marks = marks + 1 if category(each) in _MARKS else 0
        if marks > _MOST_MARKS:
            return True
    return False

"""What the wording of a sentence gives away, without any model: questions, gaps, plans.

A small model judges these badly, and invents; the words themselves can be trusted. The
phrases are English ones: in other languages only questions are found.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.sessions.service.understanding import Line

_SENTENCE = re.compile(r"(?<=[.!?])\s+")

# How people say that they don't know, from the most to the least serious.
_GAPS = (
    ("high", r"confus|don'?t (really )?(understand|get)|no idea|\blost\b|makes no sense"),
    ("medium", r"don'?t (remember|know|recall)|not sure|unsure|forgot"),
    ("low", r"mix (\w+ )?up|struggl|hard to remember"),
)
_GAP = [(severity, re.compile(phrases, re.IGNORECASE)) for severity, phrases in _GAPS]

# What stands between two sentences; the number of a list's item begins one.
_GAP_BETWEEN = re.compile(r"((?<=[.!?])(?<!\d\.)\s+)")
# A line of a numbered list, however often it is numbered: "2. Lesson 1: Roots".
_LISTED = re.compile(r"(?:(?:module|lesson|unit|chapter)?\s*\d+\s*[.:)]\s*)+(.+)", re.IGNORECASE)
# What of such a line is said about its title.
_ABOUT = re.compile(r":(?:\s|$)|\s[-\u2013\u2014]\s|\s\(")
_SHORTEST_TITLE, _LONGEST_TITLE = 3, 80

# Shorter ones say yes, right, good.
_SHORTEST_FACT = 4

_PLAN = re.compile(
    r"\b(let'?s|we (should|need to|have to|must|will)|we'?ll|i'?ll|i (will|should|need to))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sentence:
    """A sentence and the line that it stands on."""

    text: str
    line: Line


def split(text: str) -> list[str]:
    """The sentences of a text."""
    return [sentence for sentence in _SENTENCE.split(text.strip()) if sentence]


def sentences(lines: Iterable[Line]) -> Iterator[Sentence]:
    """The sentences of a transcript."""
    for line in lines:
        for text in split(line.text):
            yield Sentence(text, line)


def questions(lines: Iterable[Line]) -> list[Sentence]:
    """What was asked."""
    return [sentence for sentence in sentences(lines) if sentence.text.endswith("?")]


def statements(lines: Iterable[Line]) -> list[Sentence]:
    """What was stated."""
    return [sentence for sentence in sentences(lines) if not sentence.text.endswith("?")]


def severity(text: str) -> str | None:
    """How serious a gap a sentence admits: high, medium, low; None if it admits none."""
    return next((level for level, phrases in _GAP if phrases.search(text)), None)


def gaps(lines: Iterable[Line]) -> list[tuple[Sentence, str]]:
    """Sentences in which somebody says that they don't know, with the severity."""
    found = ((sentence, severity(sentence.text)) for sentence in statements(lines))
    return [(sentence, level) for sentence, level in found if level is not None]


def plans(lines: Iterable[Line]) -> list[Sentence]:
    """Sentences in which somebody says what is to be done."""
    return [sentence for sentence in statements(lines) if _PLAN.search(sentence.text)]


def facts(lines: Iterable[Line]) -> list[str]:
    """What a small model can work with: statements that are no doubts, plans or mere assent."""
    return [
        sentence.text
        for sentence in statements(lines)
        if len(sentence.text.split()) >= _SHORTEST_FACT
        and severity(sentence.text) is None
        and not _PLAN.search(sentence.text)
    ]


def listed(text: str) -> list[str]:
    """The titles in a numbered list, without what is said about them."""
    lines = (_LISTED.fullmatch(line.strip(" *#-_\t")) for line in text.splitlines())
    titles = (_ABOUT.split(line[1])[0].strip(" *\"'“”.,_") for line in lines if line)
    return [
        title
        for title in titles
        if _SHORTEST_TITLE <= len(title) <= _LONGEST_TITLE and any(map(str.isalpha, title))
    ]


def each_once(text: str) -> str:
    """A text without sentences that were there before, as a model writes that goes in circles."""
    kept, known = "", set[str]()
    parts = _GAP_BETWEEN.split(text.strip())
    for sentence, gap in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if _without_numbers(sentence) not in known:
            known.add(_without_numbers(sentence))
            kept += sentence + gap
    return kept.strip()


def _without_numbers(sentence: str) -> str:
    return "".join(filter(str.isalpha, sentence.casefold()))


def whole(text: str) -> str:
    """A text without the sentence in which a model ran out of room."""
    end = max(text.rfind(mark) for mark in ".!?")
    return text[: end + 1] if end > 0 else text

"""How much of what a model wrote stands in what people said.

A language model makes things up, a small one often. What shares too few words with the
lines it should rest on is dropped; for the rest the share serves as confidence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
# Words of one stem mostly share this many letters: "splits" and "splitting".
_STEM_LETTERS = 5

# Function words say nothing about where a text comes from.
_FUNCTION_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being both but
    by can can't could did do does doesn't doing don't down during each few for from further had
    has have having he her here hers him his how i i'm if in into is isn't it it's its itself
    just let let's me more most my no nor not now of off on once only or other our out over own
    same she should so some such than that that's the their them then there these they this
    those through to too under until up very was we were what when where which while who whom
    why will with would you your
    """.split()  # noqa: SIM905 - a list of words reads best as words
)


def support(text: str, lines: Iterable[str]) -> float:
    """The share, 0 to 1, of the text's content words that occur in the lines.

    Inflected forms count as the same word. A text without content words has no support.
    """
    wanted = _content(text)
    if not wanted:
        return 0.0
    said: set[str] = set()
    for line in lines:
        said |= _content(line)
    return len(wanted & said) / len(wanted)


def _content(text: str) -> set[str]:
    words = (match.group().lower().replace("\u2019", "'") for match in _WORD.finditer(text))
    return {_stem(word) for word in words if word not in _FUNCTION_WORDS}


def _stem(word: str) -> str:
    """The word without a plural or possessive ending, cut to its first letters."""
    word = word.removesuffix("'s")
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[:_STEM_LETTERS] if len(word) > _STEM_LETTERS + 2 else word


def central(sentences: Sequence[str], count: int) -> list[str]:
    """The sentences whose content words recur most in all of them, in their order.

    A sentence weighs the mean, over its content words, of the sentences that have the word.
    """
    words = [_content(sentence) for sentence in sentences]
    spread = Counter(word for each in words for word in each)
    weights = [sum(spread[word] for word in each) / len(each) if each else 0.0 for each in words]
    best = sorted(range(len(sentences)), key=lambda index: -weights[index])[:count]
    return [sentences[index] for index in sorted(best)]

"""Word error rate, as it is commonly counted: after case, punctuation and figures are levelled."""

import re
from collections.abc import Sequence

import jiwer

_FIGURES = {
    "0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six",
    "7": "seven", "8": "eight", "9": "nine", "10": "ten", "11": "eleven", "12": "twelve",
}  # fmt: skip
_SPELLINGS = {"ok": "okay"}


def normalised(text: str) -> str:
    """Lower case, no punctuation but apostrophes, small figures as words, single spaces."""
    words = re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower().replace("\u2019", "'"))
    return " ".join(_SPELLINGS.get(word, _FIGURES.get(word, word)) for word in words)


def word_error_rate(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Wrong, missing and added words per hundred of the references, over all recordings."""
    return 100 * jiwer.wer(
        [normalised(text) for text in references], [normalised(text) for text in hypotheses]
    )

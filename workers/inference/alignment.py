"""How one hypothesis of the same speech is laid against another."""

from collections.abc import Sequence

from pydantic import BaseModel

from workers.inference.whisper import plain

# Times of words are off by up to this much from one hypothesis to the next.
_SLACK_S = 0.5


class StreamWord(BaseModel):
    """A word and its times in seconds of the stream."""

    text: str
    start_s: float
    end_s: float
    probability: float


def agreed(earlier: Sequence[StreamWord], later: Sequence[StreamWord]) -> int:
    """How many words at the start are the same in both, case and punctuation aside."""
    count = 0
    for one, other in zip(earlier, later, strict=False):
        if plain(one.text) != plain(other.text):
            break
        count += 1
    return count


def unmatched(known: Sequence[StreamWord], heard: Sequence[StreamWord]) -> list[StreamWord]:
    """The words of `heard` that come after those already `known`.

    The two overlap: `heard` begins about where `known` begins, perhaps in the middle of
    a word. The border is the one at which the letters before it differ least from those
    of `known` (edit distance), so it holds when a word is heard differently, lost at the
    cut, or written as two. Among equals the one nearest in time wins.
    """
    if not known:
        return list(heard)
    known_end = known[-1].end_s
    candidates = [word for word in heard if word.start_s < known_end + _SLACK_S]
    costs = _prefix_costs("".join(plain(word.text) for word in known), candidates)
    ends = [known[0].start_s, *(word.end_s for word in candidates)]
    best = min(range(len(costs)), key=lambda j: (costs[j], abs(ends[j] - known_end)))
    return list(heard[best:])


def _prefix_costs(known: str, words: Sequence[StreamWord]) -> list[int]:
    """For 0, 1, 2 … words: the edit distance of their letters from `known`."""
    row = list(range(len(known) + 1))
    costs = [row[-1]]
    for word in words:
        for letter in plain(word.text):
            previous, row = row, [row[0] + 1]
            for index, other in enumerate(known):
                row.append(
                    min(previous[index] + (letter != other), previous[index + 1] + 1, row[-1] + 1)
                )
        costs.append(row[-1])
    return costs

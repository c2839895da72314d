"""Summaries: window by window from the language model, and kept as far as they hold."""

from collections.abc import Iterable, Sequence

from app.core.settings import get_settings
from app.sessions.models import SummaryStatus
from app.sessions.service.summaries import SummaryData
from app.sessions.service.understanding import Brief, Line
from workers import wording
from workers.answering import ask_json
from workers.inference.grounding import central, support

NOTHING_SAID = "Nothing was transcribed in this session."
PICKED = (
    "What the local model wrote doesn't hold against the transcript, so the summary is the"
    " sentences in which most was said."
)
DROPPED = "A part of what the local model wrote doesn't hold against the transcript: left out."

# The share of a sentence's content words that must stand in the transcript.
_LEAST = 0.75
_PICKED = 3
_MOST_ITEMS = 8
# A model sees so many characters at once: few, so that a small one keeps to them, unless the
# session was long.
_WINDOWS, _SMALLEST_WINDOW, _LARGEST_WINDOW = 6, 1500, 6000


def summary(brief: Brief) -> SummaryData:
    """A session's summary. Blocks for as long as the model takes; run it in a thread.

    Topics and key insights are those that were found while the session ran. Gaps and things
    to do are found by their wording: a small model invents them.
    """
    if not brief.lines:
        return SummaryData(SummaryStatus.UNAVAILABLE, NOTHING_SAID)
    text, notice = _written(brief)
    return SummaryData(
        status=SummaryStatus.PARTIAL if notice else SummaryStatus.COMPLETE,
        notice=notice,
        summary=text,
        topics_covered=_first(brief.topics),
        key_insights=_first(brief.key_points),
        action_items=_first(sentence.text for sentence in wording.plans(brief.lines)),
        knowledge_gaps=[
            _gap(sentence, level) for sentence, level in wording.gaps(brief.lines)[:_MOST_ITEMS]
        ],
        model=get_settings().language_model,
    )


def _written(brief: Brief) -> tuple[str, str | None]:
    """The model's sentences that hold, and what is wrong with the others."""
    kept, dropped = [], False
    for window in _windows(brief.lines):
        facts = wording.facts(window)
        said = ask_json(brief.prompts["session.summary"], lines="\n".join(facts)) if facts else None
        told = wording.split(wording.whole(str(said["summary"]))) if said else []
        held = [sentence for sentence in told if support(sentence, facts) >= _LEAST]
        kept += held
        dropped = dropped or len(held) < len(told) or not told
    if kept:
        return " ".join(kept), DROPPED if dropped else None
    said_most = central([each.text for each in wording.statements(brief.lines)], _PICKED)
    return " ".join(said_most), PICKED


def _windows(lines: Sequence[Line]) -> list[list[Line]]:
    total = sum(len(line.text) for line in lines)
    limit = min(max(total // _WINDOWS, _SMALLEST_WINDOW), _LARGEST_WINDOW)
    windows: list[list[Line]] = [[]]
    size = 0
    for line in lines:
        if windows[-1] and size + len(line.text) > limit:
            windows.append([])
            size = 0
        windows[-1].append(line)
        size += len(line.text)
    return windows


def _first(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))[:_MOST_ITEMS]


def _gap(sentence: wording.Sentence, severity: str) -> dict[str, str]:
    return {
        "concept": sentence.text,
        "severity": severity,
        "recommendation": f"Go over this with {sentence.line.speaker} in the next session.",
    }

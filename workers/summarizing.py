"""Summaries: window by window from the language model, and kept as far as they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.logging import get_logger
from app.core.settings import get_settings
from app.sessions.models import SummaryStatus
from app.sessions.service.understanding import Brief, SummaryData
from workers.inference import models
from workers.inference.grounding import central, support
from workers.inference.language import ContextOverflow, ModelOutputError

NOTHING_SAID = "Nothing was transcribed in this session."
PICKED = (
    "What the local model wrote didn't hold against the transcript: these are the lines in which"
    " most was said."
)
DROPPED = "What the local model wrote that didn't hold against the transcript was left out."

# The share of a text's content words that must stand in the transcript.
_LEAST = 0.6
_PICKED_LINES = 3
_MOST_ITEMS = 8
_LISTS = ("topics_covered", "key_insights", "action_items")

log = get_logger(__name__)


@dataclass
class _Collected:
    texts: list[str] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _LISTS})
    gaps: list[dict[str, str]] = field(default_factory=list)
    dropped: int = 0


def summary(briefs: Sequence[Brief]) -> SummaryData:
    """A session's summary from the windows of its transcript. Blocks; run it in a thread."""
    lines = [line.text for brief in briefs for line in brief.lines]
    if not lines:
        return SummaryData(SummaryStatus.UNAVAILABLE, NOTHING_SAID)
    collected = _Collected()
    for brief in briefs:
        _collect(brief, collected)
    notice = DROPPED if collected.dropped else None
    text = " ".join(collected.texts)
    if not text:
        text, notice = " ".join(central(lines, _PICKED_LINES)), PICKED
    return SummaryData(
        status=SummaryStatus.PARTIAL if notice else SummaryStatus.COMPLETE,
        notice=notice,
        summary=text,
        topics_covered=collected.lists["topics_covered"],
        key_insights=collected.lists["key_insights"],
        action_items=collected.lists["action_items"],
        knowledge_gaps=collected.gaps,
        model=get_settings().language_model,
    )


def _collect(brief: Brief, collected: _Collected) -> None:
    said = _asked(brief)
    if said is None:
        collected.dropped += 1
        return
    lines = [line.text for line in brief.lines]

    def holds(text: Any) -> bool:
        kept = isinstance(text, str) and support(text, lines) >= _LEAST
        collected.dropped += not kept
        return kept

    if holds(said.get("summary")):
        collected.texts.append(said["summary"].strip())
    for name in _LISTS:
        kept = collected.lists[name]
        for text in said.get(name, []):
            if len(kept) < _MOST_ITEMS and text not in kept and holds(text):
                kept.append(text)
    for gap in said.get("knowledge_gaps", []):
        if len(collected.gaps) < _MOST_ITEMS and holds(gap["concept"]):
            collected.gaps.append(gap)


def _asked(brief: Brief) -> dict[str, Any] | None:
    prompt = brief.prompt
    try:
        return models.language().complete_json(
            prompt.system,
            prompt.user,
            prompt.contract or {},
            max_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
        )
    except (ModelOutputError, ContextOverflow) as error:
        log.warning("summary.window_failed", error=str(error))
        return None

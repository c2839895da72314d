"""Insights and answers: what the language model is asked, and what of it is kept.

Its words are kept only as far as they stand on the transcript's lines; what it can't deliver
is said, not invented.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.logging import get_logger
from app.core.settings import get_settings
from app.sessions.models import InsightKind
from app.sessions.service.understanding import Brief, Found, Line, questions_raised
from workers.inference import models
from workers.inference.grounding import support
from workers.inference.language import ContextOverflow, ModelOutputError

NO_ANSWER = "The local model found no answer that rests on what was said in this session."
NO_INSIGHT = "The local model noticed nothing that rests on what was said just now."

# The share of a text's content words that must stand in the transcript.
_LEAST_INSIGHT, _LEAST_ANSWER = 0.7, 0.5
# A line is cited if it holds this share of a text's content words.
_LEAST_CITED, _MOST_CITED = 0.25, 3

_KINDS = {
    "topic": InsightKind.TOPIC,
    "key_points": InsightKind.KEY_POINT,
    "knowledge_gaps": InsightKind.KNOWLEDGE_GAP,
}

log = get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """An answer that holds, as `finish_answer` keeps it."""

    text: str
    segment_ids: list[UUID]
    confidence: float
    model: str
    tokens: int


def cited(text: str, lines: Sequence[Line]) -> list[UUID]:
    """The segments that a text rests on most, in the order in which they were spoken."""
    weights = {line.number: support(text, [line.text]) for line in lines}
    best = sorted(lines, key=lambda line: -weights[line.number])[:_MOST_CITED]
    chosen = [line for line in best if weights[line.number] >= _LEAST_CITED]
    return [line.segment_id for line in sorted(chosen, key=lambda line: line.number)]


def insights(brief: Brief) -> tuple[list[Found], str | None]:
    """What there is to notice, and a notice if the model had nothing that holds."""
    raised = questions_raised(brief.lines)
    try:
        said = models.language().complete_json(
            brief.prompt.system,
            brief.prompt.user,
            brief.prompt.contract or {},
            max_tokens=brief.prompt.max_tokens,
            temperature=brief.prompt.temperature,
        )
    except (ModelOutputError, ContextOverflow) as error:
        return raised, str(error)
    found = [
        noticed
        for key, kind in _KINDS.items()
        for text in _texts(said.get(key))
        if (noticed := _noticed(kind, text, brief.lines)) is not None
    ]
    return [*found, *raised], None if found else NO_INSIGHT


def _texts(value: object) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    return [text.strip() for text in texts if isinstance(text, str) and text.strip()]


def _noticed(kind: InsightKind, text: str, lines: Sequence[Line]) -> Found | None:
    confidence = support(text, [line.text for line in lines])
    segment_ids = cited(text, lines)
    if confidence < _LEAST_INSIGHT or not segment_ids:
        log.info("insight.dropped", kind=kind.value, support=round(confidence, 2))
        return None
    return Found(kind, text, segment_ids, confidence)


async def answer_pieces(brief: Brief) -> AsyncIterator[str]:
    """An answer as the model writes it, in a thread; nothing if the lines are too long."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str | None] = asyncio.Queue()

    def write() -> None:
        try:
            for piece in models.language().stream_text(
                brief.prompt.system, brief.prompt.user, max_tokens=brief.prompt.max_tokens
            ):
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
        except ContextOverflow as error:
            log.warning("answer.too_long", error=str(error))
        finally:
            loop.call_soon_threadsafe(pieces.put_nowait, None)

    if not brief.lines:
        return
    writing = asyncio.create_task(asyncio.to_thread(write))
    while (piece := await pieces.get()) is not None:
        yield piece
    await writing


def weigh_answer(brief: Brief, written: str) -> Answer | None:
    """The answer with what it rests on, or None if it rests on too little."""
    text = written.strip()
    confidence = support(text, [line.text for line in brief.lines])
    segment_ids = cited(text, brief.lines)
    if confidence < _LEAST_ANSWER or not segment_ids:
        log.info("answer.dropped", support=round(confidence, 2))
        return None
    return Answer(
        text=written,
        segment_ids=segment_ids,
        confidence=confidence,
        model=get_settings().language_model,
        tokens=models.language().count_tokens(brief.prompt.user + written),
    )

"""Insights and answers: what the language model is asked, and what of it is kept.

Its words are kept only as far as they stand on the transcript's lines; what it can't deliver
is said, not invented.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from app.core.logging import get_logger
from app.core.settings import get_settings
from app.reference.service import Prompt
from app.sessions.models import InsightKind
from app.sessions.service.understanding import Brief, Found, Line
from workers import wording
from workers.inference import models
from workers.inference.grounding import support
from workers.inference.language import ContextOverflow, ModelOutputError

NO_ANSWER = "The local model found no answer that rests on what was said in this session."
NO_INSIGHT = "The local model noticed nothing that rests on what was said just now."

# The share of a text's content words that must stand in the transcript.
_LEAST_INSIGHT, _LEAST_ANSWER = 0.7, 0.5
# A line is cited if it holds this share of a text's content words.
_LEAST_CITED, _MOST_CITED = 0.25, 3
# How many statements a small model answers best from.
_NOTES = 4

log = get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """An answer that holds, as `finish_answer` keeps it."""

    text: str
    segment_ids: list[UUID]
    confidence: float
    model: str
    tokens: int


def ask_json(prompt: Prompt, **values: str) -> dict[str, object] | None:
    """What the model says within a prompt's contract; None if it can't be brought to."""
    try:
        return models.language().complete_json(
            prompt.system,
            prompt.filled(**values),
            prompt.contract or {},
            max_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
        )
    except (ModelOutputError, ContextOverflow) as error:
        log.warning("model.failed", prompt=prompt.name, error=str(error))
        return None


def ask_list(prompt: Prompt, most: int, **values: str) -> list[str] | None:
    """The model's lines up to so many, as a list has them; None if it can't be asked.

    It is stopped as soon as they are there: a small model goes on and on.
    """
    written = ""
    try:
        with closing(
            models.language().stream_text(
                prompt.system,
                prompt.filled(**values),
                max_tokens=prompt.max_tokens,
                temperature=prompt.temperature,
            )
        ) as pieces:
            for piece in pieces:
                written += piece
                if len(wording.listed(written[: written.rfind("\n") + 1])) >= most:
                    break
    except ContextOverflow as error:
        log.warning("model.failed", prompt=prompt.name, error=str(error))
        return None
    return wording.listed(written)[:most]


def _told(brief: Brief, name: str, facts: Sequence[str]) -> list[str]:
    """A list of texts that the model makes of facts, each once and without its broken end."""
    if not facts:
        return []
    said = ask_json(brief.prompts[f"session.{name}"], lines="\n".join(facts)) or {}
    value = said.get(name)
    items = value if isinstance(value, list) else []
    return list(dict.fromkeys(wording.whole(str(item).strip()) for item in items))


def insights(brief: Brief) -> tuple[list[Found], str | None]:
    """What there is to notice, and a notice if the model had nothing that holds."""
    facts = wording.facts(brief.lines)
    points = _told(brief, "key_points", facts)
    topics = _told(brief, "topics", facts)
    noticed = [
        *_noticed(InsightKind.TOPIC, topics, brief.lines),
        *_noticed(InsightKind.KEY_POINT, points, brief.lines),
    ]
    gaps = [sentence for sentence, _ in wording.gaps(brief.lines)]
    found = [
        *noticed,
        *_as_said(InsightKind.QUESTION, wording.questions(brief.lines)),
        *_as_said(InsightKind.KNOWLEDGE_GAP, gaps),
    ]
    return found, None if noticed else NO_INSIGHT


def _noticed(kind: InsightKind, said: Iterable[str], lines: Sequence[Line]) -> list[Found]:
    found = []
    for text in said:
        confidence = support(text, [line.text for line in lines])
        segment_ids = cited(text, lines)
        if confidence >= _LEAST_INSIGHT and segment_ids:
            found.append(Found(kind, text, segment_ids, confidence))
        else:
            log.info("insight.dropped", kind=kind.value, support=round(confidence, 2))
    return found


def _as_said(kind: InsightKind, said: Iterable[wording.Sentence]) -> list[Found]:
    return [
        Found(kind, sentence.text, sentence.line.segment_ids, sentence.line.confidence)
        for sentence in said
    ]


def cited(text: str, lines: Sequence[Line]) -> list[UUID]:
    """The segments that a text rests on most, in the order in which they were spoken."""
    weights = [support(text, [line.text]) for line in lines]
    best = sorted(range(len(lines)), key=lambda index: -weights[index])[:_MOST_CITED]
    chosen = [lines[index] for index in sorted(best) if weights[index] >= _LEAST_CITED]
    return [segment_id for line in chosen for segment_id in line.segment_ids]


def _notes(brief: Brief) -> list[str]:
    """The statements that bear on the question, best first; none if none does."""
    weights = {
        sentence.text: support(brief.question, [sentence.text])
        for sentence in wording.statements(brief.lines)
    }
    best = sorted(weights, key=lambda text: -weights[text])[:_NOTES]
    return [text for text in best if weights[text] > 0]


async def answer_pieces(brief: Brief) -> AsyncIterator[str]:
    """An answer as the model writes it; nothing if nothing was said that bears on it.

    Without statements to rest on, a small model makes an answer up.
    """
    notes = _notes(brief)
    if not notes:
        return
    prompt = brief.prompts["session.answer"]
    asked = prompt.filled(notes="\n".join(notes), question=brief.question)
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str | None] = asyncio.Queue()

    def write() -> None:
        try:
            for piece in models.language().stream_text(
                prompt.system, asked, max_tokens=prompt.max_tokens
            ):
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
        except ContextOverflow as error:
            log.warning("answer.too_long", error=str(error))
        finally:
            loop.call_soon_threadsafe(pieces.put_nowait, None)

    writing = asyncio.create_task(asyncio.to_thread(write))
    while (piece := await pieces.get()) is not None:
        yield piece
    await writing


def weigh_answer(brief: Brief, written: str) -> Answer | None:
    """The answer with what it rests on, or None if it rests on too little."""
    confidence = support(written, [line.text for line in brief.lines])
    segment_ids = cited(written, brief.lines)
    if confidence < _LEAST_ANSWER or not segment_ids:
        log.info("answer.dropped", support=round(confidence, 2))
        return None
    return Answer(
        text=written,
        segment_ids=segment_ids,
        confidence=confidence,
        model=get_settings().language_model,
        tokens=models.language().count_tokens(brief.question + written),
    )

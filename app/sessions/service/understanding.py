"""Insights, answers, summaries: what a model is asked, and what is kept of what it says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from app.accounts import store as accounts
from app.ai import service as ai
from app.ai.models import AiPurpose
from app.core.clock import now
from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.service import Prompt, prompt
from app.sessions.errors import WrongState
from app.sessions.events import (
    AnswerFinished,
    AnswerQuestion,
    AnswerText,
    InsightAdded,
    InsightUnavailable,
    SummaryReady,
)
from app.sessions.models import (
    AnswerStatus,
    Insight,
    InsightKind,
    SessionAnswer,
    SessionStatus,
    SummaryStatus,
    TranscriptSegment,
)
from app.sessions.store import lifecycle as sessions
from app.sessions.store import speech as speech_store
from app.sessions.store import understanding as store

# How many segments a model sees: its context is small, and the newest matter most.
_LINES_FOR_INSIGHTS = 12
_LINES_FOR_ANSWER = 8
# A summary is written window by window: so much of the transcript fits into a small model.
_WINDOW_CHARACTERS = 5000
_PARTIAL_LIFETIME = 3600

_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class Line:
    """A segment as a model sees it: its number in the prompt, and who said it."""

    number: int
    segment_id: UUID
    speaker: str
    text: str
    confidence: float


@dataclass(frozen=True)
class Brief:
    """A prompt, and the lines that it numbers."""

    prompt: Prompt
    lines: Sequence[Line]


@dataclass(frozen=True)
class Found:
    """An insight that rests on lines."""

    kind: InsightKind
    text: str
    segment_ids: Sequence[UUID]
    confidence: float


class QuestionData(BaseModel):
    """A question about a session."""

    session_id: UUID
    question: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)
    ]


@dataclass(frozen=True)
class SummaryData:
    """What a model delivered of a summary."""

    status: SummaryStatus
    notice: str | None = None
    summary: str = ""
    topics_covered: Sequence[str] = ()
    key_insights: Sequence[str] = ()
    action_items: Sequence[str] = ()
    knowledge_gaps: Sequence[dict[str, str]] = field(default=())
    model: str | None = None


async def _lines(session: ReadSession, segments: Sequence[TranscriptSegment]) -> list[Line]:
    speakers = [segment.speaker_id for segment in segments if segment.speaker_id]
    users = await accounts.users_by_id(session, speakers)
    return [
        Line(
            number=number,
            segment_id=segment.id,
            speaker=users[segment.speaker_id].first_name if segment.speaker_id in users else "?",
            text=segment.text,
            confidence=segment.confidence,
        )
        for number, segment in enumerate(segments, 1)
    ]


def _numbered(lines: Sequence[Line]) -> str:
    return "\n".join(f"{line.number}. {line.speaker}: {line.text}" for line in lines)


async def insight_brief(resources: Resources, session_id: UUID, upto: int) -> Brief | None:
    """What to look at; None if a later look has seen it or is about to."""
    async with resources.database.read() as session:
        studied = (await sessions.any_sessions(session, [session_id])).get(session_id)
        if studied is None or studied.insights_upto >= upto or studied.insights_due > upto:
            return None
        segments = await speech_store.last_segments(session, session_id, upto, _LINES_FOR_INSIGHTS)
        if not segments:
            return None
        lines = await _lines(session, segments)
        return Brief(await prompt(session, "session.insights", lines=_numbered(lines)), lines)


def questions_raised(lines: Sequence[Line]) -> list[Found]:
    """Questions stand in the transcript with their mark; no model is needed to find them."""
    return [
        Found(InsightKind.QUESTION, line.text, [line.segment_id], line.confidence)
        for line in lines
        if line.text.rstrip().endswith("?")
    ]


async def add_insights(
    uow: UnitOfWork, session_id: UUID, upto: int, found: Sequence[Found], notice: str | None
) -> None:
    """Keep what is new; `notice` says what the model couldn't deliver."""
    session = await sessions.lock_any_session(uow.session, session_id)
    if session is None or session.insights_upto >= upto:
        return
    session.insights_upto = upto
    known = await store.insight_texts(uow.session, session_id)
    for each in found:
        if each.text.casefold() in known:
            continue
        known.add(each.text.casefold())
        insight = Insight(
            session_id=session_id,
            kind=each.kind,
            text=each.text,
            segment_ids=list(each.segment_ids),
            confidence=each.confidence,
        )
        uow.session.add(insight)
        uow.publish(InsightAdded(session_id=session_id, insight_id=insight.id))
    if notice is not None:
        uow.publish(InsightUnavailable(session_id=session_id, notice=notice))


async def ask(uow: UnitOfWork, viewer: Viewer, data: QuestionData) -> SessionAnswer:
    """Put a question: the answer is written by a job."""
    if not await sessions.is_member(uow.session, viewer, data.session_id):
        raise NotFound
    session = await sessions.lock_any_session(uow.session, data.session_id)
    if session is None:
        raise NotFound
    if session.status not in (SessionStatus.LIVE, SessionStatus.ENDED):
        raise WrongState("There is nothing to ask about before the session has begun.")
    await ai.take_request(uow, viewer.user_id, AiPurpose.SESSION_ANSWER)
    answer = SessionAnswer(
        session_id=data.session_id, asker_id=viewer.user_id, question=data.question
    )
    uow.session.add(answer)
    uow.enqueue(AnswerQuestion(answer_id=answer.id))
    return answer


async def answer_brief(resources: Resources, answer_id: UUID) -> Brief | None:
    """The prompt for a question with the segments that bear on it; None if it is answered."""
    async with resources.database.read() as session:
        answer = await session.get(SessionAnswer, answer_id)
        if answer is None or answer.status is not AnswerStatus.PENDING:
            return None
        segments = await _relevant(session, answer.session_id, answer.question)
        lines = await _lines(session, segments)
        asked = await prompt(
            session, "session.answer", lines=_numbered(lines), question=answer.question
        )
    return Brief(asked, lines)


async def _relevant(
    session: ReadSession, session_id: UUID, question: str
) -> list[TranscriptSegment]:
    words = sorted(set(_WORD.findall(question.casefold())))
    matching = (
        await speech_store.matching_segments(session, session_id, words, _LINES_FOR_ANSWER)
        if words
        else []
    )
    chosen = {segment.id: segment for segment in matching}
    for segment in reversed(
        await speech_store.last_segments(session, session_id, 2**31 - 1, _LINES_FOR_ANSWER)
    ):
        if len(chosen) < _LINES_FOR_ANSWER:
            chosen.setdefault(segment.id, segment)
    return sorted(chosen.values(), key=lambda segment: (segment.start_ms, segment.sequence))


def _partial(answer_id: UUID) -> str:
    return f"answer-text:{answer_id}"


async def begin_answer(resources: Resources, answer_id: UUID) -> None:
    """Start the text of an answer anew: an attempt before this one may have left some."""
    await resources.redis.delete(_partial(answer_id))


async def tell_answer(resources: Resources, answer_id: UUID, offset: int, text: str) -> None:
    """The next piece of an answer: for those who listen, and for those who come later."""
    key = _partial(answer_id)
    async with resources.redis.pipeline(transaction=False) as pipe:
        pipe.append(key, text)
        pipe.expire(key, _PARTIAL_LIFETIME)
        await pipe.execute()
    await resources.hub.tell(AnswerText(answer_id=answer_id, offset=offset, text=text))


async def answer_so_far(resources: Resources, answer_id: UUID) -> str:
    """What was written of an answer until now."""
    text = await resources.redis.get(_partial(answer_id))
    return text.decode(errors="ignore") if isinstance(text, bytes) else ""


async def finish_answer(
    uow: UnitOfWork,
    answer_id: UUID,
    text: str,
    *,
    segment_ids: Sequence[UUID],
    confidence: float,
    model: str,
    tokens: int,
) -> None:
    """Keep an answer with what it rests on."""
    answer = await store.lock_answer(uow.session, answer_id)
    if answer is None or answer.status is not AnswerStatus.PENDING:
        return
    answer.status, answer.answer = AnswerStatus.ANSWERED, text
    answer.segment_ids, answer.confidence = list(segment_ids), confidence
    answer.model, answer.answered_at = model, now()
    await ai.count_tokens(uow, answer.asker_id, AiPurpose.SESSION_ANSWER, tokens)
    uow.publish(AnswerFinished(answer_id=answer_id))


async def fail_answer(uow: UnitOfWork, answer_id: UUID, notice: str) -> None:
    """Say that there will be no answer, and why."""
    answer = await store.lock_answer(uow.session, answer_id)
    if answer is None or answer.status is not AnswerStatus.PENDING:
        return
    answer.status, answer.notice, answer.answered_at = AnswerStatus.FAILED, notice, now()
    uow.publish(AnswerFinished(answer_id=answer_id))


async def audio_is_text(resources: Resources, session_id: UUID) -> bool:
    """Whether nothing of a session waits to be transcribed."""
    async with resources.database.read() as session:
        if await speech_store.waiting_count(session, session_id):
            return False
        streams = await speech_store.streams(session, session_id)
    return all(stream.carry_name is None for stream in streams)


async def summary_briefs(resources: Resources, session_id: UUID) -> list[Brief] | None:
    """A prompt for each window of the transcript; None if the summary is written.

    Empty if nothing was said.
    """
    async with resources.database.read() as session:
        pending = await store.summary(session, session_id)
        if pending is None or pending.status is not SummaryStatus.PENDING:
            return None
        lines = await _lines(session, await speech_store.all_segments(session, session_id))
        return [
            Brief(await prompt(session, "session.summary", lines=_numbered(window)), window)
            for window in _windows(lines)
        ]


def _windows(lines: Sequence[Line]) -> list[list[Line]]:
    windows: list[list[Line]] = []
    size = 0
    for line in lines:
        size += len(line.text)
        if not windows or size > _WINDOW_CHARACTERS:
            windows.append([])
            size = len(line.text)
        windows[-1].append(line)
    return windows


async def save_summary(uow: UnitOfWork, session_id: UUID, data: SummaryData) -> None:
    """Keep a summary, or that there is none."""
    summary = await store.lock_summary(uow.session, session_id)
    if summary is None or summary.status is not SummaryStatus.PENDING:
        return
    summary.status, summary.notice, summary.summary = data.status, data.notice, data.summary
    summary.topics_covered = list(data.topics_covered)
    summary.key_insights = list(data.key_insights)
    summary.action_items = list(data.action_items)
    summary.knowledge_gaps = [dict(gap) for gap in data.knowledge_gaps]
    summary.model, summary.made_at = data.model, now()
    uow.publish(SummaryReady(session_id=session_id))

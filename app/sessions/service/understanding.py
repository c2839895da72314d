"""Insights and answers: what a model is asked, and what is kept of what it says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from app.accounts.store import users as accounts_users
from app.ai import service as ai
from app.ai.models import AiPurpose
from app.core.clock import now
from app.core.db import ReadSession
from app.core.errors import NotFound
from app.core.resources import Resources
from app.core.text import text
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.service import Prompt, prompt
from app.sessions.errors import NotAnswered, WrongState
from app.sessions.events import (
    AnswerFinished,
    AnswerQuestion,
    AnswerText,
    InsightAdded,
    InsightUnavailable,
)
from app.sessions.models import (
    AnswerStatus,
    Insight,
    InsightKind,
    SessionAnswer,
    SessionStatus,
    TranscriptSegment,
)
from app.sessions.store import lifecycle as sessions
from app.sessions.store import speech as speech_store
from app.sessions.store import understanding as store

# How many segments a model sees: its context is small, and the newest matter most.
_SEGMENTS_FOR_INSIGHTS = 8
_SEGMENTS_FOR_ANSWER = 10
_PARTIAL_LIFETIME = 3600

_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True)
class Line:
    """What somebody said without being interrupted: one segment or several."""

    segment_ids: Sequence[UUID]
    speaker: str
    text: str
    confidence: float


@dataclass(frozen=True)
class Brief:
    """Lines to look at, the prompts to do it with, by key, and what is known already."""

    prompts: Mapping[str, Prompt]
    lines: Sequence[Line]
    question: str = ""
    topics: Sequence[str] = ()
    key_points: Sequence[str] = ()


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
    question: Annotated[str, AfterValidator(text(1000)), Field(min_length=3)]


async def lines_of(session: ReadSession, segments: Sequence[TranscriptSegment]) -> list[Line]:
    """What was said, by speaker."""
    speakers = [segment.speaker_id for segment in segments if segment.speaker_id]
    users = await accounts_users.users_by_id(session, speakers)
    # Of somebody whose account is gone, only the places are left.
    said = [segment for segment in segments if segment.text]
    lines = []
    # A chunk's border can cut a sentence: what one person said in a row belongs together.
    for speaker_id, group in groupby(said, key=lambda segment: segment.speaker_id):
        spoken = list(group)
        lines.append(
            Line(
                segment_ids=[segment.id for segment in spoken],
                speaker=users[speaker_id].first_name if speaker_id in users else "?",
                text=" ".join(segment.text for segment in spoken),
                confidence=min(segment.confidence for segment in spoken),
            )
        )
    return lines


async def prompts_of(session: ReadSession, *keys: str) -> dict[str, Prompt]:
    """The prompts in force."""
    return {key: await prompt(session, key) for key in keys}


async def insight_brief(resources: Resources, session_id: UUID, upto: int) -> Brief | None:
    """What to look at; None if a later look has seen it or is about to."""
    async with resources.database.read() as session:
        studied = (await sessions.any_sessions(session, [session_id])).get(session_id)
        if studied is None or studied.insights_upto >= upto or studied.insights_due > upto:
            return None
        segments = await speech_store.last_segments(
            session, session_id, upto, _SEGMENTS_FOR_INSIGHTS
        )
        if not segments:
            return None
        lines = await lines_of(session, segments)
        prompts = await prompts_of(session, "session.key_points", "session.topics")
    return Brief(prompts, lines)


async def add_insights(
    uow: UnitOfWork, session_id: UUID, upto: int, found: Sequence[Found], notice: str | None
) -> None:
    """Keep what is new; `notice` says what the model couldn't deliver."""
    session = await sessions.lock_any_session(uow.session, session_id)
    if session is None or session.insights_upto >= upto:
        return
    session.insights_upto = upto
    insights = await store.insights(uow.session, session_id)
    known = {insight.text.casefold() for insight in insights}
    for each in found:
        # Also what a later look saw only the end of.
        if any(each.text.casefold() in text for text in known):
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
        lines = await lines_of(session, segments)
        prompts = await prompts_of(session, "session.answer")
    return Brief(prompts, lines, question=answer.question)


async def _relevant(
    session: ReadSession, session_id: UUID, question: str
) -> list[TranscriptSegment]:
    words = sorted(set(_WORD.findall(question.casefold())))
    matching = (
        await speech_store.matching_segments(session, session_id, words, _SEGMENTS_FOR_ANSWER)
        if words
        else []
    )
    chosen = {segment.id: segment for segment in matching}
    for segment in reversed(
        await speech_store.last_segments(session, session_id, 2**31 - 1, _SEGMENTS_FOR_ANSWER)
    ):
        if len(chosen) < _SEGMENTS_FOR_ANSWER:
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


async def is_answered(resources: Resources, answer_id: UUID) -> bool:
    """Whether an answer is kept, or it is known that there will be none."""
    async with resources.database.read() as session:
        answer = await session.get(SessionAnswer, answer_id)
    return answer is not None and answer.status is not AnswerStatus.PENDING


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


async def forget_failed(resources: Resources, answer_id: UUID) -> None:
    """Keep no text of an answer that there won't be: it was given up while it was written."""
    async with resources.database.read() as session:
        answer = await session.get(SessionAnswer, answer_id)
    if answer is None or answer.status is AnswerStatus.FAILED:
        await begin_answer(resources, answer_id)


async def rate(uow: UnitOfWork, viewer: Viewer, key: UUID, *, helpful: bool) -> None:
    """Say whether an answer helped; said again, the last word counts."""
    answer = await store.answer(uow.session, viewer, key)
    if answer is None:
        raise NotFound
    if answer.status is not AnswerStatus.ANSWERED:
        raise NotAnswered
    await store.rate(uow.session, key, viewer.user_id, helpful=helpful)

"""The jobs of study sessions: thin, around the services and the models."""

import asyncio
from datetime import timedelta

from app.core.logging import get_logger
from app.core.resources import Resources
from app.sessions.events import (
    AnswerQuestion,
    FindInsights,
    FinishSpeech,
    SummarizeSession,
    TranscribeSpeech,
)
from app.sessions.service import speech, summaries, understanding
from workers import answering, summarizing
from workers.broker import handles
from workers.listening import listen

_TEXT_PATIENCE_S, _TEXT_LOOK_S = 60.0, 0.25

log = get_logger(__name__)


async def _step(resources: Resources, work: speech.Work) -> None:
    material = await speech.material(resources, work)
    if material is None:
        log.info("speech.dropped", reason="consent withdrawn")
        return
    heard = await asyncio.to_thread(listen, work, material)
    if not await speech.record(resources, work, heard):
        log.info("speech.repeated", reason="somebody else went on with this stream")


@handles(TranscribeSpeech, time_limit=timedelta(minutes=5))
async def transcribe_speech(resources: Resources, job: TranscribeSpeech) -> None:
    """Chunk after chunk, until none waits."""
    while (work := await speech.next_work(resources, job.session_id, job.speaker_id)) is not None:
        await _step(resources, work)


@handles(FinishSpeech, time_limit=timedelta(minutes=5))
async def finish_speech(resources: Resources, job: FinishSpeech) -> None:
    """What waits first, then the end of speech."""
    while (
        work := await speech.next_work(
            resources, job.session_id, job.speaker_id, finish=job.sequence
        )
    ) is not None:
        await _step(resources, work)


@handles(FindInsights, time_limit=timedelta(minutes=5))
async def find_insights(resources: Resources, job: FindInsights) -> None:
    """Look, and keep what holds."""
    brief = await understanding.insight_brief(resources, job.session_id, job.upto)
    if brief is None:
        return
    found, notice = await asyncio.to_thread(answering.insights, brief)
    async with resources.begin() as uow:
        await understanding.add_insights(uow, job.session_id, job.upto, found, notice)


@handles(AnswerQuestion, time_limit=timedelta(minutes=5))
async def answer_question(resources: Resources, job: AnswerQuestion) -> None:
    """Write the answer piece by piece, then keep it."""
    brief = await understanding.answer_brief(resources, job.answer_id)
    if brief is None:
        return
    await understanding.begin_answer(resources, job.answer_id)
    written = ""
    async for piece in answering.answer_pieces(brief):
        await understanding.tell_answer(resources, job.answer_id, len(written), piece)
        written += piece
    answer = answering.weigh_answer(brief, written)
    async with resources.begin() as uow:
        if answer is None:
            await understanding.fail_answer(uow, job.answer_id, answering.NO_ANSWER)
        else:
            await understanding.finish_answer(uow, job.answer_id, **vars(answer))
    await understanding.forget_failed(resources, job.answer_id)


@handles(SummarizeSession, time_limit=timedelta(minutes=10))
async def summarize_session(resources: Resources, job: SummarizeSession) -> None:
    """Wait until the last words are text and were looked at, then write."""
    waited = 0.0
    while waited < _TEXT_PATIENCE_S and not await summaries.is_heard_out(resources, job.session_id):
        await asyncio.sleep(_TEXT_LOOK_S)
        waited += _TEXT_LOOK_S
    brief = await summaries.summary_brief(resources, job.session_id, job.attempt)
    if brief is None:
        return
    data = await asyncio.to_thread(summarizing.summary, brief)
    async with resources.begin() as uow:
        await summaries.save_summary(uow, job.session_id, data, job.attempt)

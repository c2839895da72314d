"""Work that was promised and whose job is lost: Redis may die with its queues.

Rows say what is still to be done, so jobs can be made again from them; a job that was not
lost after all finds nothing to do.
"""

from datetime import timedelta

from app.core.clock import now
from app.core.resources import Resources
from app.sessions.events import (
    AnswerQuestion,
    FindInsights,
    FinishSpeech,
    SummarizeSession,
    TranscribeSpeech,
)
from app.sessions.store import recovery as store

_PATIENCE = timedelta(seconds=30)
_BATCH = 100


async def take_up(resources: Resources) -> None:
    """Make the jobs again for what has waited longer than a job takes."""
    before = now() - _PATIENCE
    async with resources.begin() as uow:
        for session_id, speaker_id in await store.waiting_speech(uow.session, before, _BATCH):
            uow.enqueue(TranscribeSpeech(session_id=session_id, speaker_id=speaker_id))
        for session_id, speaker_id, last in await store.unfinished_speech(
            uow.session, before, _BATCH
        ):
            uow.enqueue(FinishSpeech(session_id=session_id, speaker_id=speaker_id, sequence=last))
        for session_id, upto in await store.pending_looks(uow.session, before, _BATCH):
            uow.enqueue(FindInsights(session_id=session_id, upto=upto))
        for answer_id in await store.pending_answers(uow.session, before, _BATCH):
            uow.enqueue(AnswerQuestion(answer_id=answer_id))
        for session_id, attempt in await store.pending_summaries(uow.session, before, _BATCH):
            uow.enqueue(SummarizeSession(session_id=session_id, attempt=attempt))

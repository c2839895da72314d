"""Jobs that were lost are made again from what the rows say."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import select

from app.core.clock import now
from app.sessions.models import AudioChunk, SessionAnswer, SessionSummary, StudySession
from app.sessions.service import lifecycle, recovery, speech, understanding
from tests.factories import (
    change_session,
    empty_outbox,
    make_person,
    make_session,
    waiting_jobs,
    writing,
)
from tests.sessions.conftest import Speaking

_LATE = timedelta(seconds=31)


async def _age(speaking: Speaking) -> None:
    async with writing(speaking.resources) as session:
        await session.execute(update(AudioChunk).values(created_at=now() - _LATE))
        await session.execute(update(SessionAnswer).values(created_at=now() - _LATE))
        await session.execute(update(SessionSummary).values(made_at=now() - _LATE))
        await session.execute(update(StudySession).values(updated_at=now() - _LATE))


async def _ask(speaking: Speaking) -> str:
    async with speaking.resources.begin() as uow:
        data = understanding.QuestionData(session_id=speaking.session.key, question="Why?")
        return str((await understanding.ask(uow, speaking.host.viewer, data)).id)


class TestTakeUp:
    async def test_everything_that_waits(self, speaking: Speaking) -> None:
        resources = speaking.resources
        await speaking.submit(0)
        work = await speaking.work()
        heard = speech.Heard(state={}, origin_ms=0, container=None, carry=b"half a word")
        assert await speech.record(resources, work, heard)
        await speaking.submit(1)
        answer = await _ask(speaking)
        other = await make_session(resources, await make_person(resources), live=True)
        async with resources.begin() as uow:
            await lifecycle.end_overdue(uow, other.key)
        await change_session(resources, speaking.session, insights_due=3)
        await empty_outbox(resources)
        await recovery.take_up(resources)
        assert await waiting_jobs(resources) == []

        await _age(speaking)
        await recovery.take_up(resources)
        speaker = {
            "session_id": str(speaking.session.key),
            "speaker_id": str(speaking.host.key),
        }
        assert await waiting_jobs(resources) == [
            ("sessions.transcribe_speech", speaker),
            ("sessions.finish_speech", {**speaker, "sequence": 1}),
            ("sessions.find_insights", {"session_id": str(speaking.session.key), "upto": 3}),
            ("sessions.answer_question", {"answer_id": answer}),
            ("sessions.summarize_session", {"session_id": str(other.key), "attempt": 0}),
        ]

    async def test_nothing_that_is_done(self, speaking: Speaking) -> None:
        resources = speaking.resources
        await speaking.submit(0)
        work = await speaking.work()
        heard = speech.Heard(state={}, origin_ms=0, container=None, carry=None)
        assert await speech.record(resources, work, heard)
        await _ask(speaking)
        async with resources.database.read() as reading:
            key = await reading.value(select(SessionAnswer.id))
        async with resources.begin() as uow:
            await understanding.fail_answer(uow, key, "The model is away.")
        await empty_outbox(resources)
        await _age(speaking)
        await recovery.take_up(resources)
        assert await waiting_jobs(resources) == []

"""The relay."""

import asyncio
from datetime import timedelta
from typing import NoReturn

import pytest
from dramatiq import Message
from dramatiq.brokers.stub import StubBroker
from redis.exceptions import RedisError
from sqlalchemy import update

from app.core.clock import now
from app.core.events import Envelope
from app.core.ids import new_id
from app.core.outbox import OutboxEntry
from app.core.realtime.hub import Gap
from app.core.resources import Resources
from app.sessions.events import AnswerQuestion, TranscribeSpeech
from tests.core.conftest import Killable
from tests.core.notes import note
from tests.factories import waiting_events, waiting_jobs, writing
from tests.waiting import eventually
from workers.outbox import send_due

Heard = list[Envelope | Gap]


async def _numbers(heard: Heard, count: int) -> list[int | None]:
    """The numbers of the first so many envelopes, once they are there."""
    await eventually(lambda: len(heard) >= count)
    taken, heard[:] = heard[:count], heard[count:]
    return [item.sequence for item in taken if isinstance(item, Envelope)]


class _Failing(StubBroker):
    def enqueue(self, *_: object, **__: object) -> NoReturn:
        raise ConnectionError


class TestSendDue:
    async def test_events_in_order(self, resources: Resources, broker: StubBroker) -> None:
        heard: Heard = []
        async with resources.hub.listen("test:a", heard.append):
            for texts in (["x"] * 3, ["y"] * 4):
                await note(resources, "a", *texts)
            assert await send_due(resources, broker) == 7
            assert await _numbers(heard, 7) == list(range(1, 8))
        assert await send_due(resources, broker) == 0

    async def test_jobs_to_their_queues(self, resources: Resources, broker: StubBroker) -> None:
        key = new_id()
        async with resources.begin() as uow:
            uow.enqueue(AnswerQuestion(answer_id=key))
            uow.enqueue(TranscribeSpeech(session_id=key, speaker_id=key))
        assert await send_due(resources, broker) == 2
        message = Message.decode(broker.queues["ai"].get_nowait())
        assert (message.actor_name, message.kwargs) == (
            "sessions.answer_question",
            {"answer_id": str(key)},
        )
        assert broker.queues["speech"].qsize() == 1
        assert broker.queues["default"].qsize() == 0

    async def test_a_delayed_job_waits(self, resources: Resources, broker: StubBroker) -> None:
        async with resources.begin() as uow:
            uow.enqueue(AnswerQuestion(answer_id=new_id()), delay=timedelta(hours=1))
        assert await send_due(resources, broker) == 0
        async with writing(resources) as session:
            await session.execute(update(OutboxEntry).values(due_at=now()))
        assert await send_due(resources, broker) == 1
        assert broker.queues["ai"].qsize() == 1

    async def test_what_failed_is_sent_again(
        self, resources: Resources, broker: StubBroker
    ) -> None:
        async with resources.begin() as uow:
            uow.enqueue(AnswerQuestion(answer_id=new_id()))
        await note(resources, "a", "x")
        failing = _Failing(middleware=[])
        heard: Heard = []
        async with resources.hub.listen("test:a", heard.append):
            with pytest.raises(ConnectionError):
                await send_due(resources, failing)
            assert len(await waiting_jobs(resources)) == len(await waiting_events(resources)) == 1
            assert await send_due(resources, broker) == 2
            # At least once: the number tells the repetition.
            assert await _numbers(heard, 2) == [1, 1]
        assert broker.queues["ai"].qsize() == 1

    async def test_several_relays_share(self, resources: Resources, broker: StubBroker) -> None:
        for _ in range(5):
            async with resources.begin() as uow:
                uow.enqueue(AnswerQuestion(answer_id=new_id()))
        counts = await asyncio.gather(*[send_due(resources, broker) for _ in range(4)])
        assert sum(counts) == broker.queues["ai"].qsize() == 5

    async def test_nothing_is_lost_without_redis(
        self, frail: Resources, valkey: Killable, broker: StubBroker
    ) -> None:
        await valkey.kill()
        await note(frail, "a", "x")
        with pytest.raises((RedisError, OSError)):
            await send_due(frail, broker)
        assert await waiting_events(frail) == ["test.noted"]
        valkey.restart()
        assert await send_due(frail, broker) == 1
        assert await waiting_events(frail) == []

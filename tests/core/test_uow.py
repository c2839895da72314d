"""The unit of work, and the numbers of streams."""

import asyncio
import random
from collections import Counter
from contextlib import nullcontext

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from app.core.clock import now
from app.core.ids import new_id
from app.core.outbox import DeadJob, OutboxEntry, StreamEvent, dead_jobs, last_sequence, replay
from app.core.resources import Resources
from app.messaging.models import Conversation, ConversationKind
from app.sessions.events import AnswerQuestion
from tests.core.notes import Noted, Whispered, note
from tests.factories import waiting_events, waiting_jobs, writing


class TestCommit:
    async def test_nothing_leaves_before_it(self, resources: Resources) -> None:
        key = new_id()
        async with resources.begin() as uow:
            uow.session.add(Conversation(kind=ConversationKind.ROOM, title="Leaves"))
            uow.publish(Noted(topic="a"), Whispered(topic="a"))
            uow.enqueue(AnswerQuestion(answer_id=key))
            await uow.session.flush()
            assert await waiting_events(resources) == []
            assert await waiting_jobs(resources) == []
        assert await waiting_events(resources) == ["test.noted", "test.whispered"]
        assert await waiting_jobs(resources) == [
            ("sessions.answer_question", {"answer_id": str(key)})
        ]

    async def test_rollback_drops_everything(self, resources: Resources) -> None:
        async def fail() -> None:
            async with resources.begin() as uow:
                uow.session.add(Conversation(kind=ConversationKind.ROOM))
                uow.publish(Noted(topic="a"))
                uow.enqueue(AnswerQuestion(answer_id=new_id()))
                await uow.session.flush()
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert await waiting_events(resources) == []
        assert await waiting_jobs(resources) == []
        async with resources.database.read() as session:
            assert await session.all(select(Conversation)) == []
            assert await last_sequence(session, "test:a") == 0

    async def test_a_transient_event_has_no_number(self, resources: Resources) -> None:
        async with resources.begin() as uow:
            uow.publish(Noted(topic="a"), Whispered(topic="a"), Noted(topic="a"))
        async with resources.database.read() as session:
            entries = await session.all(select(OutboxEntry).order_by(col(OutboxEntry.id)))
        assert [entry.payload["sequence"] for entry in entries] == [1, None, 2]


class TestSequences:
    @pytest.mark.parametrize("seed", range(3))
    async def test_no_gap_under_concurrent_commits(self, resources: Resources, seed: int) -> None:
        chance = random.Random(seed)
        expected: Counter[str] = Counter()

        async def commit(topics: list[str], fails: bool) -> None:
            with pytest.raises(RuntimeError) if fails else nullcontext():
                async with resources.begin() as uow:
                    uow.publish(*[Noted(topic=topic) for topic in topics])
                    await uow.session.flush()
                    if fails:
                        raise RuntimeError

        tasks = []
        for _ in range(30):
            topics, fails = chance.choices("abc", k=chance.randint(1, 5)), chance.random() < 0.3
            tasks.append(commit(topics, fails))
            if not fails:
                expected.update(topics)
        await asyncio.gather(*tasks)
        for topic in "abc":
            async with resources.database.read() as session:
                numbers = await session.all(
                    select(StreamEvent.sequence)
                    .where(StreamEvent.stream == f"test:{topic}")
                    .order_by(col(StreamEvent.sequence))
                )
                assert numbers == list(range(1, expected[topic] + 1))
                assert await last_sequence(session, f"test:{topic}") == expected[topic]

    async def test_the_outbox_has_them_in_order(self, resources: Resources) -> None:
        await asyncio.gather(*[note(resources, "a", "x", "y") for _ in range(10)])
        async with resources.database.read() as session:
            entries = await session.all(select(OutboxEntry).order_by(col(OutboxEntry.id)))
        assert [entry.payload["sequence"] for entry in entries] == list(range(1, 21))


class TestDeadJobs:
    async def test_seen_and_replayed(self, resources: Resources) -> None:
        payload = {"answer_id": str(new_id())}
        dead = DeadJob(
            name="sessions.answer_question", payload=payload, error="It failed.", attempts=6
        )
        async with writing(resources) as session:
            session.add(dead)
        async with resources.database.read() as reading:
            [seen] = await dead_jobs(reading)
        assert (seen.name, seen.payload, seen.created_at <= now()) == (dead.name, payload, True)
        async with writing(resources) as session:
            assert await replay(session, dead.id)
            assert not await replay(session, dead.id)
        assert await waiting_jobs(resources) == [("sessions.answer_question", payload)]
        async with resources.database.read() as reading:
            assert await reading.value(select(func.count()).select_from(DeadJob)) == 0

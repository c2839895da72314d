"""What a transaction leaves to be told or done: events by stream, and the outbox.

Both are written by the commit that made them. The relay (`workers/outbox.py`) empties the
outbox into Redis and the job queues; `stream_event` stays, and is what a subscriber
resumes from.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, SQLModel, col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.events import Envelope, Event, PersistedEvent
from app.core.jobs import Job
from app.core.tables import Table, Timestamp

CHANNEL = "outbox"


class Topic(StrEnum):
    """What an outbox row is."""

    EVENT = "event"
    JOB = "job"


class Stream(SQLModel, table=True):
    """The last number given in a stream; its row lock puts the stream's commits in order."""

    name: str = Field(primary_key=True)
    last: int = Field(sa_type=BigInteger)


class StreamEvent(SQLModel, table=True):
    """A persisted event."""

    __tablename__ = "stream_event"

    stream: str = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp, index=True)


class OutboxEntry(SQLModel, table=True):
    """A message to send after the commit; deleted once it is sent."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    topic: Topic
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    due_at: datetime = Field(default_factory=now, sa_type=Timestamp, index=True)


class DeadJob(Table, table=True):
    """A job whose retries are used up, kept until somebody replays or drops it."""

    __tablename__ = "dead_job"

    name: str
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    error: str
    attempts: int


class PendingJob(SQLModel):
    """A job and how long it waits before it is due."""

    job: Any
    delay: timedelta = timedelta()


async def persist(session: WriteSession, events: list[Event], jobs: list[PendingJob]) -> None:
    """Number the events, and write everything to the outbox of this transaction."""
    if not events and not jobs:
        return
    # Streams are locked in the order of their names, so that two commits never wait for each other.
    for name, group in groupby(sorted(events, key=lambda e: e.stream), key=lambda e: e.stream):
        for envelope in await _numbered(session, name, list(group)):
            session.add(OutboxEntry(topic=Topic.EVENT, payload=envelope.model_dump(mode="json")))
    for pending in jobs:
        session.add(
            OutboxEntry(
                topic=Topic.JOB, payload=job_payload(pending.job), due_at=now() + pending.delay
            )
        )
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def _numbered(session: WriteSession, name: str, events: list[Event]) -> list[Envelope]:
    count = sum(isinstance(event, PersistedEvent) for event in events)
    sequence = await _advance(session, name, count) - count if count else 0
    envelopes = []
    for event in events:
        if not isinstance(event, PersistedEvent):
            envelopes.append(Envelope.of(event))
            continue
        sequence += 1
        envelope = Envelope.of(event, sequence)
        envelopes.append(envelope)
        session.add(
            StreamEvent(stream=name, sequence=sequence, kind=event.kind, data=envelope.data)
        )
    return envelopes


async def _advance(session: WriteSession, name: str, count: int) -> int:
    statement = insert(Stream).values(name=name, last=count)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"last": Stream.last + count}
    )
    last: int = (await session.execute(statement.returning(col(Stream.last)))).scalar_one()
    return last


def job_payload(job: Job) -> dict[str, Any]:
    """A job as the relay hands it to its queue."""
    return {"name": job.name, "queue": job.queue, "arguments": job.model_dump(mode="json")}


async def events_after(
    session: ReadSession, stream: str, after: int, limit: int = 200
) -> list[Envelope]:
    """The next persisted events of a stream, in order."""
    rows = await session.all(
        select(StreamEvent)
        .where(StreamEvent.stream == stream, StreamEvent.sequence > after)
        .order_by(col(StreamEvent.sequence))
        .limit(limit)
    )
    return [
        Envelope(kind=row.kind, stream=row.stream, sequence=row.sequence, data=row.data)
        for row in rows
    ]


async def last_sequence(session: ReadSession, stream: str) -> int:
    """The number of a stream's newest event; 0 before its first."""
    return await session.first(select(Stream.last).where(Stream.name == stream)) or 0


async def dead_jobs(session: ReadSession, limit: int = 100) -> list[DeadJob]:
    """The newest jobs that failed for good."""
    return await session.all(select(DeadJob).order_by(col(DeadJob.id).desc()).limit(limit))


async def replay(session: WriteSession, key: UUID) -> bool:
    """Put a dead job back into the outbox; False if there is none of this key."""
    dead = await session.get(DeadJob, key)
    if dead is None:
        return False
    job = Job.registry[dead.name].model_validate(dead.payload)
    await session.delete(dead)
    await persist(session, [], [PendingJob(job=job)])
    return True

"""What a transaction leaves to be told or done: events by stream, and the outbox.

Both are written by the commit that made them. The relay (`workers/outbox.py`) empties the
outbox into Redis and the job queues; `stream_event` stays, and is what a subscriber
resumes from.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel, col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.events import Envelope, Event, PersistedEvent
from app.core.jobs import Job
from app.core.personal import IMPERSONAL, UNNAME, Fate, owner
from app.core.tables import Table, Timestamp

CHANNEL = "outbox"

# The streams that are one user's.
_OWN_STREAMS = (
    "account:{id}",
    "gamification:{id}",
    "learning:{id}",
    "notifications:{id}",
    "submissions:{id}",
)

# A job that failed for good has whatever it was about.
_TELLS = owner(Fate.ERASE, exported=False)


class Topic(StrEnum):
    """What an outbox row is."""

    EVENT = "event"
    JOB = "job"


class Stream(SQLModel, table=True):
    """The last number given in a stream; its row lock puts the stream's commits in order."""

    name: str = Field(
        primary_key=True,
        sa_column_kwargs=owner(Fate.ERASE, names=_OWN_STREAMS, exported=False),
    )
    last: int = Field(sa_type=BigInteger)


class StreamEvent(SQLModel, table=True):
    """A persisted event."""

    __tablename__ = "stream_event"

    stream: str = Field(primary_key=True, sa_column_kwargs=owner(Fate.ERASE, names=_OWN_STREAMS))
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str = Field(sa_column_kwargs=IMPERSONAL)
    data: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, **UNNAME))
    created_at: datetime = Field(default_factory=now, sa_type=Timestamp, index=True)


class OutboxEntry(SQLModel, table=True):
    """A message to send after the commit; deleted once it is sent."""

    __tablename__ = "outbox"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    topic: Topic
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, **UNNAME))
    due_at: datetime = Field(default_factory=now, sa_type=Timestamp, index=True)


class HandleEvent(Job):
    """Do what follows from a persisted event: `handler` names who does it."""

    name = "events.handle"
    handler: str
    stream: str
    sequence: int


class DeadJob(Table, table=True):
    """A job whose retries are used up, kept until somebody replays or drops it."""

    __tablename__ = "dead_job"

    name: str = Field(sa_column_kwargs=IMPERSONAL)
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, **_TELLS))
    error: str = Field(sa_column_kwargs=_TELLS)
    attempts: int


class PendingJob(SQLModel):
    """A job and how long it waits before it is due."""

    job: Any
    delay: timedelta = timedelta()


# Numbers an event within its stream, keeps it, and puts it into the outbox: all that the commit
# of a persisted event takes. The stream's row stays locked until then.
CREATE_PUBLISH = """
    CREATE FUNCTION publish_event(stream text, kind text, data jsonb) RETURNS bigint
    LANGUAGE sql AS $$
        WITH numbered AS (
            INSERT INTO stream AS s (name, last) VALUES ($1, 1)
            ON CONFLICT (name) DO UPDATE SET last = s.last + 1
            RETURNING s.last
        ), kept AS (
            INSERT INTO stream_event (stream, sequence, kind, data, created_at)
            SELECT $1, last, $2, $3, now() FROM numbered
        ), told AS (
            INSERT INTO outbox (topic, payload, due_at)
            SELECT 'EVENT', jsonb_build_object(
                'kind', $2, 'stream', $1, 'sequence', last, 'data', $3), now()
            FROM numbered
        )
        SELECT last FROM numbered, pg_notify('outbox', '')
    $$
"""
DROP_PUBLISH = "DROP FUNCTION publish_event(text, text, jsonb)"
_PUBLISH = text("SELECT publish_event(:stream, :kind, :data)").bindparams(
    bindparam("data", type_=JSONB)
)


async def persist(session: WriteSession, events: list[Event], jobs: list[PendingJob]) -> None:
    """Number the events, and write everything to the outbox of this transaction."""
    if not events and not jobs:
        return
    # Streams are locked in the order of their names, so that two commits never wait for each other.
    for event in sorted(events, key=lambda each: each.stream):
        envelope = Envelope.of(event)
        if isinstance(event, PersistedEvent):
            await session.execute(_PUBLISH, envelope.model_dump(include={"stream", "kind", "data"}))
        else:
            session.add(OutboxEntry(topic=Topic.EVENT, payload=envelope.model_dump(mode="json")))
    for pending in jobs:
        session.add(
            OutboxEntry(
                topic=Topic.JOB, payload=job_payload(pending.job), due_at=now() + pending.delay
            )
        )
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


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


async def event_at(session: ReadSession, stream: str, sequence: int) -> Event | None:
    """One persisted event; None if it is kept no longer."""
    row = await session.get(StreamEvent, (stream, sequence))
    return None if row is None else Event.registry[row.kind].model_validate(row.data)


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

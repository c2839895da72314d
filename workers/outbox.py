"""The relay: what transactions left in the outbox goes to Redis and to the job queues.

With an event go the jobs of those who follow it (`workers/following.py`).

At least once: an entry is deleted after it was sent, so a crash in between sends it again;
subscribers know an event by its number, and actors may run twice.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import dramatiq
from redis.exceptions import RedisError
from sqlalchemy import delete
from sqlmodel import col, select

from app.core.clock import now
from app.core.events import Envelope
from app.core.logging import get_logger
from app.core.metrics import OUTBOX_SENT
from app.core.outbox import OutboxEntry, Topic, job_payload
from app.core.resources import Resources
from workers.following import jobs_after

_BATCH = 200
_RETRY_SECONDS = 0.5

log = get_logger(__name__)


async def send_due(resources: Resources, broker: dramatiq.Broker) -> int:
    """Send what is due, in order; says how much it was."""
    async with resources.database.write() as session:
        entries = await session.all(
            select(OutboxEntry)
            .where(OutboxEntry.due_at <= now())
            .order_by(col(OutboxEntry.id))
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        if not entries:
            return 0
        await _send(resources, broker, entries)
        keys = [entry.id for entry in entries]
        await session.execute(delete(OutboxEntry).where(col(OutboxEntry.id).in_(keys)))
        await session.commit()
    return len(entries)


async def _send(
    resources: Resources, broker: dramatiq.Broker, entries: Sequence[OutboxEntry]
) -> None:
    jobs: list[dramatiq.Message[None]] = []
    for entry in entries:
        if entry.topic is Topic.EVENT:
            envelope = Envelope.model_validate(entry.payload)
            await resources.hub.publish(envelope)
            jobs += [_message(job_payload(job)) for job in jobs_after(envelope)]
        else:
            jobs.append(_message(entry.payload))
        OUTBOX_SENT.labels(entry.topic.value).inc()
    if jobs:
        await asyncio.to_thread(_enqueue, broker, jobs)


def _message(payload: dict[str, Any]) -> dramatiq.Message[None]:
    return dramatiq.Message(
        queue_name=payload["queue"],
        actor_name=payload["name"],
        args=(),
        kwargs=payload["arguments"],
        options={},
    )


def _enqueue(broker: dramatiq.Broker, jobs: Sequence[dramatiq.Message[None]]) -> None:
    for job in jobs:
        broker.enqueue(job)


async def relay(resources: Resources, broker: dramatiq.Broker, woken: asyncio.Event) -> None:
    """Send for ever: at once when woken, else by looking twice a second."""
    while True:
        woken.clear()
        try:
            while await send_due(resources, broker) == _BATCH:
                pass
        except (RedisError, OSError, dramatiq.errors.BrokerError) as error:
            # Nothing was deleted: the same entries are sent once Redis is back.
            log.warning("relay.waiting", error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        try:
            # Unlike `wait_for` before Python 3.12 this never swallows a cancellation.
            async with asyncio.timeout(_RETRY_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue

"""Sends messages: writes them as Lyceum does, and tells a server over Redis as its relay does.

The relay itself is left out. It would add the same to every server's latency, and it couldn't
keep up with what some of them deliver.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic_ns

import asyncpg
from redis.asyncio import Redis

from app.core.ids import new_id
from app.messaging.events import MessageSent, conversation_stream
from benchmarks.live.data import DataSet
from benchmarks.live.events import Sent, Wire
from benchmarks.services import Services

# By its number a socket knows a message again: ten digits after the only `@` of its frame.
_BODY = '@%010d Where does the "oxygen" come from: the water or the CO₂? Look at the isotopes.'

# As `app/messaging/store/messages.py` sends a message, but several, and without the outbox.
_WRITE = f"""
WITH given AS (
    SELECT id, body, number FROM unnest($4::uuid[], $5::text[])
    WITH ORDINALITY AS given (id, body, number)
), numbered AS (
    INSERT INTO stream AS s (name, last) VALUES ($1, cardinality($4))
    ON CONFLICT (name) DO UPDATE SET last = s.last + excluded.last
    RETURNING s.last - cardinality($4) AS before
), sent AS (
    INSERT INTO message (id, created_at, conversation_id, sender_id, kind, body, sequence)
    SELECT id, now(), $2, $3, 'TEXT', body, before + number FROM given, numbered
), kept AS (
    INSERT INTO stream_event (stream, sequence, kind, data, created_at)
    SELECT $1, before + number, '{MessageSent.kind}',
        jsonb_build_object('conversation_id', $2::uuid, 'message_id', id), now()
    FROM given, numbered
)
SELECT before + number, now() FROM given, numbered ORDER BY number
"""  # noqa: S608 - a name of the program's own


class Publisher:
    """Sends messages into the room. `published` has their times, by number, in nanoseconds."""

    def __init__(self, connection: asyncpg.Connection, redis: Redis, data: DataSet) -> None:
        self._connection = connection
        self._redis = redis
        self._data = data
        self.published: list[int] = []

    async def send(self, count: int, wires: Sequence[Wire]) -> None:
        """Write so many messages, then tell of them: each on each of the wires."""
        first = len(self.published)
        keys = [new_id() for _ in range(count)]
        bodies = [_BODY % number for number in range(first, first + count)]
        rows = await self._connection.fetch(
            _WRITE,
            conversation_stream(self._data.room),
            self._data.room,
            self._data.sender.id,
            keys,
            bodies,
        )
        pipeline = self._redis.pipeline(transaction=False)
        for (sequence, created_at), key, body in zip(rows, keys, bodies, strict=True):
            sent = Sent(self._data, sequence, key, body, created_at)
            for wire in wires:
                pipeline.publish(*wire(sent))
        self.published += [monotonic_ns()] * count
        await pipeline.execute()


@asynccontextmanager
async def publisher(services: Services, data: DataSet) -> AsyncIterator[Publisher]:
    """With connections of its own."""
    connection = await asyncpg.connect(services.database_url)
    redis = Redis.from_url(services.redis_url)
    try:
        made = Publisher(connection, redis, data)
        # Number 0 stands for none.
        await made.send(1, [])
        yield made
    finally:
        await redis.aclose()
        await connection.close()

"""Following a stream: register, read the gap, then stream; no event lost, none twice."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal_column
from sqlmodel import col, select

from app.core.errors import InvalidCursor, Missing
from app.core.events import Envelope
from app.core.graph.context import Context
from app.core.graph.read.emit import quoted
from app.core.graph.read.pages import encode_cursor
from app.core.outbox import Stream, events_after, last_sequence

_BATCH = 200
_NONE: ColumnElement[int] = literal_column("0")

Check = Callable[[], Awaitable[bool]]


def event_cursor(stream: str, sequence: int) -> str:
    """The place of an event in its stream, to be given back as `after`."""
    return base64.urlsafe_b64encode(f"{stream}#{sequence}".encode()).decode()


def newest_cursor(stream_of: Callable[[Any], str], key: Any) -> ColumnElement[str]:
    """The cursor of the newest event of a row's stream, made by the database."""
    name = quoted(stream_of("")).concat(cast(key, Text))
    last = select(Stream.last).where(col(Stream.name) == name).scalar_subquery()
    return encode_cursor(func.concat(name, quoted("#"), func.coalesce(last, _NONE)))


def _sequence(stream: str, cursor: str) -> int:
    try:
        name, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().rpartition("#")
        sequence = int(number)
    except ValueError:
        raise InvalidCursor from None
    if name != stream or sequence < 0:
        raise InvalidCursor
    return sequence


async def _start(context: Context, stream: str, after: str | None) -> int:
    async with context.read() as session:
        last = await last_sequence(session, stream)
    if after is None:
        return last
    sequence = _sequence(stream, after)
    if sequence > last:
        raise InvalidCursor
    return sequence


async def follow(
    context: Context, stream: str, after: str | None, allowed: Check
) -> AsyncIterator[Envelope]:
    """The stream's events after a cursor (or from now on), persisted ones without a gap.

    `allowed` is asked at the start (`Missing` if not) and before each delivery, so that
    nothing is told any more once it says no.
    """
    if not await allowed():
        raise Missing
    # Listening comes before reading: what happens in between is in both, and told once.
    async with context.resources.hub.listen(stream) as listener:
        last = await _start(context, stream, after)
        async for envelope in _catch_up(context, stream, last, allowed):
            last = envelope.sequence or last
            yield envelope
        async for item in listener:
            sequence = item.sequence if isinstance(item, Envelope) else None
            if isinstance(item, Envelope) and sequence in (None, last + 1):
                # The next one, or one without a number: told as it came, in its place.
                if not await allowed():
                    return
                context.forget()
                last = sequence or last
                yield item
            elif sequence is None or sequence > last:
                async for envelope in _catch_up(context, stream, last, allowed):
                    last = envelope.sequence or last
                    yield envelope
                if not await allowed():
                    return


async def _catch_up(
    context: Context, stream: str, last: int, allowed: Check
) -> AsyncIterator[Envelope]:
    while True:
        async with context.read() as session:
            batch = await events_after(session, stream, last, _BATCH)
        for envelope in batch:
            if not await allowed():
                return
            context.forget()
            last = envelope.sequence or last
            yield envelope
        if len(batch) < _BATCH:
            return

"""Streams: cursors, and the steps that lead from one place to the next.

A place is a number: of the last event that a subscriber has had, or of the characters of a text.
A step leads from one place to the next with an event, so that a subscriber who is where it
begins can be told it, one who is beyond it has had it, and for any other something is missing.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, literal_column
from sqlmodel import col, select

from app.core.errors import InvalidCursor
from app.core.events import Envelope
from app.core.graph.read.emit import quoted
from app.core.graph.read.pages import encode_cursor
from app.core.logging import get_logger
from app.core.outbox import Stream, events_after, last_sequence
from app.core.realtime.declare import Told
from app.core.resources import Resources

_BATCH = 200
_NONE: ColumnElement[int] = literal_column("0")

log = get_logger(__name__)


def event_cursor(stream: str, sequence: int) -> str:
    """The place of an event in its stream, to be given back as `after`."""
    return base64.urlsafe_b64encode(f"{stream}#{sequence}".encode()).decode()


def newest_cursor(stream_of: Callable[[Any], str], key: Any) -> ColumnElement[str]:
    """The cursor of the newest event of a row's stream, made by the database."""
    name = quoted(stream_of("")).concat(cast(key, Text))
    last = select(Stream.last).where(col(Stream.name) == name).scalar_subquery()
    return encode_cursor(func.concat(name, quoted("#"), func.coalesce(last, _NONE)))


def place_of(stream: str, cursor: str) -> int:
    """The place that a cursor of this stream means; `InvalidCursor` if it is no such."""
    try:
        name, _, number = base64.urlsafe_b64decode(cursor.encode()).decode().rpartition("#")
        place = int(number)
    except ValueError:
        raise InvalidCursor from None
    if name != stream or place < 0 or event_cursor(stream, place) != cursor:
        raise InvalidCursor
    return place


@dataclass(frozen=True, slots=True)
class Step:
    """An event on its way: it leads from one place to the next, or, a transient one, nowhere.

    `event` is the object of the schema that is told, None if the subscription doesn't tell it;
    `to` is the one user who is told, `last` says that nothing follows.
    """

    start: int
    end: int
    event: Any = None
    to: UUID | None = None
    changes_members: bool = False
    last: bool = False


class Log(Protocol):
    """What a stream's steps are read from."""

    async def now(self) -> int:
        """The newest place."""

    async def begin(self, after: int | None, last: int) -> int:
        """Where a subscriber begins; `last` is the stream's last number. `InvalidCursor`."""

    async def after(self, place: int) -> list[Step]:
        """The next steps from a place, not all if they are many; empty if there are none."""

    def hear(self, envelope: Envelope, place: int) -> list[Step] | None:
        """The steps from a place that an envelope brings; None if they have to be read."""


class EventLog:
    """A stream of events: persisted ones are steps in the order of their numbers."""

    def __init__(self, resources: Resources, stream: str, told: Mapping[str, Told]) -> None:
        self._resources = resources
        self._stream = stream
        self._told = told

    async def now(self) -> int:
        """The number of the newest event."""
        async with self._resources.database.read() as session:
            return await last_sequence(session, self._stream)

    async def begin(self, after: int | None, last: int) -> int:
        """After the event that was seen last, or after the newest."""
        if after is None:
            return last
        if after > last:
            raise InvalidCursor
        return after

    async def after(self, place: int) -> list[Step]:
        """The next events, some hundred of them."""
        async with self._resources.database.read() as session:
            found = await events_after(session, self._stream, place, _BATCH)
        steps = []
        for envelope in found:
            steps.append(self._step(envelope, place, envelope.sequence or place))
            place = steps[-1].end
        return steps

    def hear(self, envelope: Envelope, place: int) -> list[Step] | None:
        """The event, unless it was heard before; None if others come before it."""
        if envelope.sequence is None:
            return [self._step(envelope, place, place)]
        if envelope.sequence <= place:
            return []
        if envelope.sequence > place + 1:
            return None
        return [self._step(envelope, place, envelope.sequence)]

    def _step(self, envelope: Envelope, start: int, end: int) -> Step:
        told = self._told.get(envelope.kind)
        if told is None:
            return Step(start, end)
        try:
            event = envelope.event()
            made = told.make(event, event_cursor(self._stream, end))
        except Exception:
            # What can't be told must not be in the way of what follows.
            log.exception("live.event_unreadable", stream=self._stream, sequence=end)
            return Step(start, end, changes_members=told.changes_members)
        to = told.to(event) if told.to is not None else None
        return Step(start, end, made, to, told.changes_members)

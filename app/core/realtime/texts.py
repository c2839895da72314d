"""Following a text while it is written: the places are its characters."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.core.errors import InvalidCursor
from app.core.events import Envelope
from app.core.realtime.declare import Text
from app.core.realtime.streams import Step, event_cursor
from app.core.resources import Resources

# The place behind the end: no text is as long.
_END = 2**53


class TextLog:
    """A text: its parts are steps, and its end is one more."""

    def __init__(
        self, resources: Resources, stream: str, text: Text, arguments: Mapping[str, UUID]
    ) -> None:
        self._resources = resources
        self._stream = stream
        self._text = text
        self._arguments = arguments

    async def now(self) -> int:
        """How many characters there are, or the end."""
        finished, text = await self._read()
        return _END if finished else len(text)

    async def begin(self, after: int | None, last: int) -> int:  # noqa: ARG002 - of events
        """At the start, or where the subscriber was."""
        if after is None:
            return 0
        finished, text = await self._read()
        # Of a text that is finished the parts may be gone.
        if after >= _END or (not finished and after > len(text)):
            raise InvalidCursor
        return after

    async def after(self, place: int) -> list[Step]:
        """The rest of the text as far as it is written, and the end if it is."""
        if place == _END:
            return []
        finished, text = await self._read()
        steps = []
        if len(text) > place:
            steps.append(self._part(place, text[place:]))
            place = len(text)
        if finished:
            end = self._text.end(**self._arguments)
            steps.append(Step(place, _END, end, last=True))
        return steps

    def hear(self, envelope: Envelope, place: int) -> list[Step] | None:
        """What a part adds; None if one before it is missing, or if it is the end."""
        if envelope.kind != self._text.piece.kind:
            return None
        event: Any = envelope.event()
        if event.offset > place:
            return None
        more = event.text[place - event.offset :]
        return [self._part(place, more)] if more else []

    def _part(self, place: int, text: str) -> Step:
        end = place + len(text)
        cursor = event_cursor(self._stream, end)
        return Step(place, end, self._text.tell(place, text, cursor, **self._arguments))

    async def _read(self) -> tuple[bool, str]:
        # In this order: of a text that is finished all is there.
        finished = await self._text.finished(self._resources, **self._arguments)
        return finished, await self._text.so_far(self._resources, **self._arguments)

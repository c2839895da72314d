"""Typed events: what happened, told to whoever listens to a stream.

A persisted event belongs to a stream and gets the stream's next number inside the
transaction that made it, so a subscriber can resume after any of them. A transient one
(typing, presence, a provisional word) is only told to those who listen now.
"""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Base of both. Carries ids and small facts, never objects."""

    model_config = ConfigDict(frozen=True)

    kind: ClassVar[str]
    registry: ClassVar[dict[str, type["Event"]]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            other = Event.registry.setdefault(cls.kind, cls)
            if other is not cls:
                raise TypeError(f"{cls.kind} is taken by {other.__qualname__}")

    @property
    def stream(self) -> str:
        """The name of the stream: also the channel on which it is published."""
        raise NotImplementedError(type(self).__qualname__)


class PersistedEvent(Event):
    """Numbered without gaps within its stream, and kept."""


class TransientEvent(Event):
    """Neither numbered nor kept: who doesn't listen misses it."""


class Envelope(BaseModel):
    """An event as it travels: `sequence` is None for a transient one."""

    kind: str
    stream: str
    sequence: int | None = None
    data: dict[str, Any]

    @classmethod
    def of(cls, event: Event, sequence: int | None = None) -> Self:
        """Wrap an event."""
        return cls(
            kind=event.kind,
            stream=event.stream,
            sequence=sequence,
            data=event.model_dump(mode="json"),
        )

    def event(self) -> Event:
        """The event inside."""
        return Event.registry[self.kind].model_validate(self.data)

"""Between the live engine and the transports: where answers go, and who is to be told to leave."""

from typing import Protocol

from app.core.graph.context import Context


class Sink(Protocol):
    """Where the answers to one operation go.

    Nothing here waits: how much a client may leave unread is its transport's to bound.
    """

    def next(self, result: bytes) -> None:
        """One execution result as JSON; many sinks are handed the same object."""

    def refuse(self, errors: bytes) -> None:
        """A JSON array of GraphQL errors; nothing came before, and nothing follows."""

    def complete(self) -> None:
        """Nothing follows."""


class Peer(Protocol):
    """A connection that lives as long as its auth session."""

    context: Context

    def close(self, code: int, reason: str) -> None:
        """End it, with a close code of the WebSocket protocol."""


class Running(Protocol):
    """An operation under way."""

    def stop(self) -> None:
        """The client wants no more of it. A second time does nothing."""

"""What transports ask of the live engine, and how much each caller may ask of them."""

from collections import Counter
from typing import Protocol

from app.core.errors import RequestError
from app.core.graph.context import Context
from app.core.graph.looking import Asked
from app.core.realtime.sink import Peer, Running, Sink

# Of one caller at a time, in a process.
MOST_CONNECTIONS = 50


class Live(Protocol):
    """The live engine."""

    def start(self, asked: Asked, context: Context, sink: Sink) -> Running:
        """Answer an operation of any kind; the answers may begin before this returns.

        `context` is the connection's own, for all its operations.
        """

    def joined(self, peer: Peer) -> None:
        """Close it when its auth session ends."""

    def left(self, peer: Peer) -> None:
        """It is closed."""


class TooManyOperations(RequestError):
    """More on one socket than it can have at once: stop some, or open another."""

    code = "TOO_MANY_OPERATIONS"


class TooManyConnections(RequestError):
    """More live connections of one user than there can be at once."""

    code = "TOO_MANY_CONNECTIONS"

    def __init__(self) -> None:
        super().__init__(f"You have {MOST_CONNECTIONS} live connections already: close some.")


class Seats:
    """How many live connections each caller has."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, caller: str) -> None:
        """One more. Raises `TooManyConnections`."""
        if self._taken[caller] >= MOST_CONNECTIONS:
            raise TooManyConnections
        self._taken[caller] += 1

    def leave(self, caller: str) -> None:
        """One less."""
        self._taken[caller] -= 1
        if not self._taken[caller]:
            del self._taken[caller]

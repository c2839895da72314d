"""GraphQL on a socket: graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import IntEnum, auto
from time import monotonic
from typing import Any

import orjson
from structlog.contextvars import bound_contextvars
from uvicorn.server import ServerState

from app.core.errors import BadRequest, RateLimited, RequestError, Unauthenticated
from app.core.graph.context import Context
from app.core.graph.looking import Asked
from app.core.graph.presenting import as_graphql
from app.core.limits import CONNECTIONS, Limiter
from app.core.logging import get_logger
from app.core.metrics import SOCKETS
from app.core.middleware import request_id_of
from app.core.realtime.sink import Running
from app.core.serving import frames
from app.core.serving.asking import Live, Seats, TooManyConnections, TooManyOperations
from app.core.serving.handshake import Headers
from app.core.serving.websocket import (
    LARGEST_MESSAGE,
    TOO_MANY,
    TRY_AGAIN,
    Gate,
    WebSocket,
)

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN = 4400, 4401, 4403
NOT_ACCEPTABLE, INIT_TIMEOUT, ID_TAKEN = 4406, 4408, 4409

_MOST_OPERATIONS = 100
_LONGEST_ID = 255
_ACK = b'{"type":"connection_ack"}'
# Operations are kept while they run: together, no more than one of the largest messages.
_MOST_KEPT = LARGEST_MESSAGE

log = get_logger(__name__)

# Who comes with these headers, from this address, with this payload of `connection_init`.
# Raises `Unauthenticated` or `RateLimited`.
Connect = Callable[[Headers, str, dict[str, Any]], Awaitable[Context]]


@dataclass(kw_only=True)
class Sockets(Gate):
    """What the sockets of a process share; the application's state has it as `sockets`."""

    live: Live
    connect: Connect
    limiter: Limiter
    seats: Seats = field(default_factory=Seats)


class _Stage(IntEnum):
    NEW = auto()
    INITIALISED = auto()
    ACKNOWLEDGED = auto()


class _Invalid(Exception):
    """A message that the protocol doesn't know."""


class Operation:
    """A sink: an operation on a socket."""

    __slots__ = ("_id", "_prefix", "_running", "_socket", "_write", "size")

    def __init__(self, socket: "GraphQLSocket", id: str, size: int) -> None:
        self.size = size
        self._id = id
        self._prefix = b'{"id":%b,"type":"next","payload":' % orjson.dumps(id)
        self._socket = socket
        self._running: Running | None = None
        # None once nothing more may be sent.
        self._write: Callable[[bytes], None] | None = socket.transport.write

    def next(self, result: bytes) -> None:
        """Send a result."""
        write, prefix = self._write, self._prefix
        if write is not None:
            head = frames.header(frames.TEXT, len(prefix) + len(result) + 1)
            write(b"".join((head, prefix, result, b"}")))

    def refuse(self, errors: bytes) -> None:
        """Send errors in place of results."""
        self._finish(b'{"id":%b,"type":"error","payload":%b}', errors)

    def complete(self) -> None:
        """Say that nothing follows."""
        self._finish(b'{"id":%b,"type":"complete"}')

    def run(self, asked: Asked, live: Live) -> None:
        """Have it answered."""
        self._running = live.start(asked, self._socket.context, self)

    def silence(self) -> None:
        """Send nothing more."""
        self._write = None

    def stop(self) -> None:
        """Send nothing more, and have nothing more made."""
        self._write = None
        if self._running is not None:
            self._running.stop()

    def _finish(self, message: bytes, *payload: bytes) -> None:
        if self._write is not None:
            self._write = None
            self._socket.finish(self._id, message % (orjson.dumps(self._id), *payload))


class GraphQLSocket(WebSocket):
    """One socket, for uvicorn's `ws`; a peer of the live engine once it is acknowledged."""

    __slots__ = (
        "_caller",
        "_id",
        "_idle_since",
        "_opening",
        "_operations",
        "_stage",
        "_started",
        "_task",
        "context",
    )

    context: Context
    gate: Sockets

    def __init__(
        self,
        config: Any,
        server_state: ServerState,
        app_state: dict[str, Any],  # noqa: ARG002 - uvicorn's
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config.app.state.sockets, config, server_state)
        self._stage = _Stage.NEW
        self._opening: tuple[Headers, str] = ({}, "")
        self._operations: dict[str, Operation] = {}
        self._started = 0
        self._idle_since = 0.0
        self._task: asyncio.Task[None] | None = None
        self._id = self._caller = ""

    # The socket's life.

    def on_open(self, headers: Headers, address: str, *, spoken: bool) -> None:
        """Wait for the client to say who it is."""
        SOCKETS.inc()
        self._id = request_id_of(headers)
        self._opening = headers, address
        log.info("socket.opened", request_id=self._id)
        if not spoken:
            self.close(NOT_ACCEPTABLE, "Subprotocol not acceptable")

    def on_end(self, code: int) -> None:
        """Let go of everything."""
        SOCKETS.dec()
        operations, self._operations = self._operations, {}
        for operation in operations.values():
            operation.stop()
        if self._task is not None:
            self._task.cancel()
        if self._stage is _Stage.ACKNOWLEDGED:
            self.gate.live.left(self)
            self.gate.seats.leave(self._caller)
        log.info("socket.closed", request_id=self._id, code=code, operations=self._started)

    def silence(self) -> None:
        """Pass on no results any more."""
        for operation in self._operations.values():
            operation.silence()

    def overdue(self) -> tuple[int, str] | None:
        """A client has to say who it is, and not to stay for nothing."""
        if self._stage is _Stage.NEW:
            return INIT_TIMEOUT, "Connection initialisation timeout"
        if self._stage is _Stage.INITIALISED:
            return TRY_AGAIN, "Come again"
        idle = monotonic() - self._idle_since >= self.gate.patience.idle
        return (frames.NORMAL, "Idle") if idle and not self._operations else None

    # What the client says.

    def on_binary(self) -> None:
        """The protocol has none."""
        self.close(BAD_REQUEST, "Invalid message received: it is binary")

    def on_text(self, message: bytes) -> None:
        """Do what a message asks for."""
        try:
            self._obey(message)
        except (_Invalid, BadRequest) as error:
            self.close(BAD_REQUEST, f"Invalid message received: {error}")

    def _obey(self, message: bytes) -> None:
        given = _parsed(message)
        kind = given.get("type")
        if kind == "subscribe":
            self._subscribe(_id_of(given), _payload_of(given), len(message))
        elif kind == "complete":
            operation = self._forget(_id_of(given))
            if operation is not None:
                operation.stop()
        elif kind == "ping":
            payload = _payload_of(given)
            pong = {"type": "pong", "payload": payload} if payload else {"type": "pong"}
            self.say(orjson.dumps(pong))
        elif kind == "pong":
            _payload_of(given)
        elif kind == "connection_init":
            self._initialise(_payload_of(given))
        else:
            raise _Invalid("unknown type")

    def _initialise(self, payload: dict[str, Any] | None) -> None:
        if self._stage is not _Stage.NEW:
            self.close(TOO_MANY, "Too many initialisation requests")
            return
        self._stage = _Stage.INITIALISED
        with bound_contextvars(request_id=self._id):
            self._task = self.loop.create_task(self._admit(payload or {}))

    async def _admit(self, payload: dict[str, Any]) -> None:
        """Find out who it is, and whether there is room."""
        headers, address = self._opening
        limiter = self.gate.limiter
        try:
            if not limiter.try_take(address, CONNECTIONS):
                await limiter.take(address, CONNECTIONS)
        except RateLimited:
            # Not the client's fault alone: it comes again by itself, later and later.
            self.close(TRY_AGAIN, "Too many connections from your network: come again")
            return
        try:
            context = await self.gate.connect(headers, address, payload)
            if self.open:
                self._acknowledge(context)
        except Unauthenticated:
            self.close(FORBIDDEN, "Forbidden")
        except (RateLimited, TooManyConnections) as error:
            self.close(TOO_MANY, error.message)
        except Exception:
            log.exception("socket.not_admitted")
            self.close(TRY_AGAIN, "Come again")

    def _acknowledge(self, context: Context) -> None:
        self._caller = context.caller
        self.gate.seats.take(self._caller)
        self.context, self._stage = context, _Stage.ACKNOWLEDGED
        self._opening = {}, ""
        self._idle_since, self._task = monotonic(), None
        self.hear_more()
        self.gate.live.joined(self)
        self.say(_ACK)

    def _subscribe(self, id: str, payload: dict[str, Any] | None, size: int) -> None:
        asked = Asked.read(orjson.dumps(payload or {}))
        if self._stage is not _Stage.ACKNOWLEDGED:
            self.close(UNAUTHORIZED, "Unauthorized")
            return
        operations = self._operations
        if id in operations:
            self.close(ID_TAKEN, f"Subscriber for {id} already exists")
            return
        operation = operations[id] = Operation(self, id, size)
        self._started += 1
        kept = sum(each.size for each in operations.values())
        if len(operations) > _MOST_OPERATIONS or kept > max(_MOST_KEPT, size):
            operation.refuse(_errors(TooManyOperations("Stop some, or open another socket.")))
            return
        with bound_contextvars(request_id=self._id):
            operation.run(asked, self.gate.live)

    def finish(self, id: str, message: bytes) -> None:
        """Say the last word about an operation."""
        self._forget(id)
        self.say(message)

    def _forget(self, id: str) -> Operation | None:
        operation = self._operations.pop(id, None)
        if not self._operations:
            self._idle_since = monotonic()
        return operation


def _parsed(message: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(message)
    except orjson.JSONDecodeError:
        try:
            message.decode()
        except UnicodeDecodeError:
            raise frames.Broken(frames.INVALID_DATA, "Invalid UTF-8") from None
        raise _Invalid("it isn't JSON") from None
    if not isinstance(given, dict):
        raise _Invalid("it isn't an object")
    return given


def _id_of(given: dict[str, Any]) -> str:
    id = given.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= _LONGEST_ID:
        raise _Invalid(f"its id must be a string of 1 to {_LONGEST_ID} characters")
    return id


def _payload_of(given: dict[str, Any]) -> dict[str, Any] | None:
    payload = given.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _Invalid("its payload must be an object")
    return payload


def _errors(error: RequestError) -> bytes:
    return orjson.dumps([as_graphql(error).formatted])

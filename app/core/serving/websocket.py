"""A WebSocket that writes its frames itself: no ASGI, no task and no queue of its own.

A class for uvicorn's `ws`, to be filled with a subprotocol.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum, auto
from time import monotonic
from typing import Any

from strawberry.http.websocket_origin import normalize_allowed_origins
from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import ServerState

from app.core.logging import get_logger
from app.core.serving import frames, handshake
from app.core.serving.handshake import Headers
from app.core.serving.wheel import Wheel

# In bytes: of the message in which a client says who it is, of any later one, and of what it may
# leave unread.
LARGEST_INTRODUCTION = 1 << 14
LARGEST_MESSAGE = 1 << 20
MOST_UNREAD = 1 << 20
# In frames: more of them in so many seconds is no conversation.
_MOST_FRAMES = 3000
_FRAMES_SECONDS = 10.0

TOO_MANY, RESTARTING, TRY_AGAIN = 4429, 1012, 1013

log = get_logger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long a process waits, in seconds; on its wheel, everything is up to a `turn` late."""

    turn: float = 1.0
    # For a client to say who it is.
    init: float = 10.0
    # With a client that follows nothing.
    idle: float = 300.0
    # From one ping to the next, and for a sign of life after it.
    ping: float = 25.0
    pong: float = 10.0
    # For a client to read what is left and to hang up.
    farewell: float = 5.0


class _State(IntEnum):
    CONNECTING = auto()
    OPEN = auto()
    # A close frame was sent; what comes is read only for the client's.
    CLOSING = auto()
    # What comes can't be read any more, or nobody is there.
    DEAF = auto()


class _Alive(IntEnum):
    HEARD = auto()
    PINGED = auto()
    ANSWERED = auto()


@dataclass
class Gate:
    """Where sockets may come in, and how they are waited for; one for each process.

    `path` is the only one there is; `origins` are those of other sites' pages that may connect.
    """

    path: bytes
    origins: Collection[str]
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        """Put up the wheel. `ValueError` for what is no origin."""
        self.origins = normalize_allowed_origins(self.origins)
        self.wheel = Wheel(self.patience.turn)


class WebSocket(asyncio.Protocol):
    """One connection, from the request that asks for it to its end."""

    __slots__ = (
        "_alive",
        "_config",
        "_connections",
        "_frames",
        "_frames_since",
        "_reader",
        "_state",
        "gate",
        "loop",
        "transport",
        "turn",
    )

    transport: asyncio.Transport

    def __init__(
        self,
        gate: Gate,
        config: Config,
        server_state: ServerState,
    ) -> None:
        self.gate = gate
        self.loop = asyncio.get_running_loop()
        self.turn = 0
        self._config = config
        self._connections: set[Any] = server_state.connections
        self._reader = frames.Reader(LARGEST_INTRODUCTION)
        self._state = _State.CONNECTING
        self._alive = _Alive.HEARD
        self._frames, self._frames_since = 0, monotonic()

    # What a subprotocol fills in.

    def on_open(self, headers: Headers, address: str, *, spoken: bool) -> None:
        """The socket is open; `spoken`: the client speaks the subprotocol."""
        raise NotImplementedError

    def on_text(self, message: bytes) -> None:
        """A message came; it need not be valid UTF-8."""
        raise NotImplementedError

    def on_binary(self) -> None:
        """A message came that isn't text."""
        raise NotImplementedError

    def on_end(self, code: int) -> None:
        """An open socket is being closed, and nothing more can be sent; called once."""
        raise NotImplementedError

    def silence(self) -> None:
        """Write nothing more of one's own accord, as of now."""
        raise NotImplementedError

    def overdue(self) -> tuple[int, str] | None:
        """Why the socket is to be closed that has been open for so long; asked now and then."""
        raise NotImplementedError

    # What both need.

    @property
    def open(self) -> bool:
        """Whether anything can still be said."""
        return self._state is _State.OPEN

    def hear_more(self) -> None:
        """Take larger messages, now that it is known who sends them."""
        self._reader.largest = LARGEST_MESSAGE

    def say(self, message: bytes) -> None:
        """Send a text, unless nothing can be said any more."""
        if self._state is _State.OPEN:
            self.transport.write(frames.frame(frames.TEXT, message))

    def close(self, code: int, reason: str) -> None:
        """End it, the way the protocol says; `on_end` comes soon, but not within this call."""
        if self._state is not _State.OPEN:
            return
        self.transport.write(frames.close_frame(code, reason))
        self._leave(_State.CLOSING, code)
        self.gate.wheel.put(self, self.gate.patience.farewell)

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The connection was one of HTTP until now; the request is about to come."""
        self.transport = transport
        self._connections.add(self)
        # Beyond it, `pause_writing` is called.
        transport.set_write_buffer_limits(high=MOST_UNREAD)

    def data_received(self, data: bytes) -> None:
        """Read what came: first the request, then frames."""
        if self._state is _State.CONNECTING:
            self._begin(data)
            return
        if self._state is _State.DEAF:
            return
        if self._alive is _Alive.PINGED:
            self._alive = _Alive.ANSWERED
        ping: bytes | None = None
        try:
            for kind, payload in self._reader.feed(data):
                self._count()
                if kind == frames.PING:
                    ping = payload
                else:
                    self._take(kind, payload)
        except frames.Broken as broken:
            self._break(broken)
        # Of several pings only the last has to be answered.
        if ping is not None and self.open:
            self.transport.write(frames.frame(frames.PONG, ping))

    def pause_writing(self) -> None:
        """Too much is unread. Whoever was writing goes on to the next socket."""
        self.silence()
        self.loop.call_soon(self.close, TRY_AGAIN, "Too slow: come again")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """The end, however it came."""
        self._connections.discard(self)
        self.gate.wheel.take(self)
        if self._state is _State.OPEN:
            self._leave(_State.DEAF, frames.ABNORMAL)
        self._state = _State.DEAF

    def shutdown(self) -> None:
        """The server stops: clients come to another one, or again."""
        if self._state is _State.CONNECTING:
            self.transport.close()
        self.close(RESTARTING, "The server restarts: come again")

    def on_time(self) -> None:
        """Look whether the client is there, and does what it is there for."""
        patience, wheel = self.gate.patience, self.gate.wheel
        if self._state is not _State.OPEN:
            self.transport.abort()
        elif (why := self.overdue()) is not None:
            self.close(*why)
        elif self._alive is _Alive.PINGED:
            # A close frame would reach nobody.
            self.transport.abort()
        elif self._alive is _Alive.ANSWERED:
            self._alive = _Alive.HEARD
            wheel.put(self, patience.ping - patience.pong)
        else:
            self._alive = _Alive.PINGED
            self.transport.write(frames.frame(frames.PING, b""))
            wheel.put(self, patience.pong)

    def _begin(self, request: bytes) -> None:
        method, path, headers = handshake.parse(request)
        try:
            if method != b"GET":
                raise handshake.Refused(b"405 Method Not Allowed", "A socket is asked for by GET.")
            if path != self.gate.path:
                raise handshake.Refused(b"404 Not Found", "There is nothing here.")
            handshake.check_origin(headers, self.gate.origins)
            answer, spoken = handshake.accept(headers)
        except handshake.Refused as refused:
            log.info("socket.refused", why=str(refused))
            self._state = _State.DEAF
            self.transport.write(refused.response)
            self.transport.close()
            return
        self.transport.write(answer)
        self._state = _State.OPEN
        self.gate.wheel.put(self, self.gate.patience.init)
        self.on_open(headers, self._address(headers), spoken=spoken)

    def _address(self, headers: Headers) -> str:
        """The client's, which a trusted proxy knows, by uvicorn's settings."""
        peer = self.transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        app, said = self._config.loaded_app, headers.get(b"x-forwarded-for")
        if said is None or not isinstance(app, ProxyHeadersMiddleware):
            return address
        if address not in app.trusted_hosts:
            return address
        found, _ = app.trusted_hosts.get_trusted_client_address(said.decode("latin-1"))
        return found or address

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == frames.CLOSE:
            self._hang_up(frames.close_code(payload))
        elif self._state is not _State.OPEN:
            return
        elif kind == frames.TEXT:
            self.on_text(payload)
        elif kind == frames.BINARY:
            self.on_binary()

    def _hang_up(self, code: int) -> None:
        """The client's close frame: the answer to ours, or to be answered."""
        if self._state is _State.OPEN:
            self.transport.write(frames.close_frame(code, ""))
            self._leave(_State.CLOSING, code)
            self.gate.wheel.put(self, self.gate.patience.farewell)
        self.transport.close()

    def _break(self, broken: frames.Broken) -> None:
        self.close(broken.code, broken.reason)
        self._state = _State.DEAF
        # Hanging up with bytes unread would reset the connection, and the reason be lost.
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()

    def _leave(self, state: _State, code: int) -> None:
        self._state = state
        self.silence()
        # Whoever closes it may be in the middle of what `on_end` would change.
        self.loop.call_soon(self.on_end, code)

    def _count(self) -> None:
        self._frames += 1
        if self._frames <= _MOST_FRAMES:
            return
        now = monotonic()
        if now - self._frames_since < _FRAMES_SECONDS:
            raise frames.Broken(TOO_MANY, "Too many messages")
        self._frames, self._frames_since = 0, now

"""A socket of graphql-transport-ws that can be cut, and that can stop reading."""

import asyncio
import json
import socket as sockets
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from tests.e2e.storm.moments import Moments

LOST, NORMAL = 1006, 1000
_PROTOCOL = Subprotocol("graphql-transport-ws")
# What the kernel keeps for one who doesn't read, in bytes: little, so that the server notices.
_UNREAD = 1 << 16
_READ_IT_ALL = b"read"

Hear = Callable[[dict[str, Any]], None]


class Socket(asyncio.Protocol):
    """One connection; `hear` is given each message, in the turn of the loop in which it came."""

    def __init__(
        self, url: str, introduction: dict[str, Any], moments: Moments, hear: Hear
    ) -> None:
        uri = parse_uri(url)
        self.ended = asyncio.Event()
        # Why it was closed, as far as somebody said so.
        self.code, self.reason = LOST, ""
        self._address = (uri.host, uri.port)
        self._introduction = introduction
        self._moments = moments
        self._hear = hear
        self._spoken = ClientProtocol(uri, subprotocols=[_PROTOCOL], max_size=None)
        self._transport: asyncio.Transport | None = None
        self._stopped_at: float | None = None

    async def open(self) -> None:
        """Connect; then it says who it is. `OSError` if nobody is there."""
        loop = asyncio.get_running_loop()
        sock = sockets.socket()
        sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, _UNREAD)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, self._address)
        except OSError:
            sock.close()
            raise
        await loop.create_connection(lambda: self, sock=sock)

    @property
    def reading(self) -> bool:
        """Whether it is there and reads."""
        return self._open and self._stopped_at is None

    @property
    def not_before(self) -> float:
        """What is heard now had not been told by then."""
        return self._moments.not_before if self._stopped_at is None else self._stopped_at

    def say(self, message: dict[str, Any]) -> None:
        """Send a message, if anybody is there."""
        if self._open:
            self._spoken.send_text(json.dumps(message).encode())
            self._flush()

    def abort(self) -> None:
        """Be gone, without a word."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Hang up, as the protocol says."""
        if self._open:
            self._spoken.send_close(NORMAL)
            self._flush()

    def stop_reading(self) -> None:
        """Leave unread what comes."""
        assert self._transport is not None
        self._stopped_at = self._moments.now
        self._transport.pause_reading()

    def read_on(self) -> None:
        """Read what was left unread: all that comes before the answer to a ping."""
        assert self._transport is not None
        self._transport.resume_reading()
        if self._open:
            self._spoken.send_ping(_READ_IT_ALL)
            self._flush()

    @property
    def _open(self) -> bool:
        return self._spoken.state is State.OPEN and not self.ended.is_set()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._spoken.send_request(self._spoken.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._spoken.receive_data(data)
        for event in self._spoken.events_received():
            if isinstance(event, Response):
                if self._spoken.handshake_exc is None:
                    self.say({"type": "connection_init", "payload": self._introduction})
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    def eof_received(self) -> None:
        self._spoken.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        if self._spoken.close_rcvd is not None:
            self.code, self.reason = astuple(self._spoken.close_rcvd)
        self.ended.set()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT:
            self._hear(json.loads(bytes(frame.data)))
        elif frame.opcode is Opcode.PONG and frame.data == _READ_IT_ALL:
            self._stopped_at = None

    def _flush(self) -> None:
        assert self._transport is not None
        for data in self._spoken.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

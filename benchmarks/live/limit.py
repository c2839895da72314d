"""The limit: what one process' sockets carry when nothing is left to do but to write.

No GraphQL: what Redis says is a frame's text, which is made a frame once and written to each
socket by itself. (A Node program that does the same with ws is slower.)
"""

import asyncio
import os
from base64 import b64encode
from hashlib import sha1
from typing import Any, cast

import orjson
import uvloop
from redis.asyncio import Redis

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)
_TEXT, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A

_listening: set[asyncio.Transport] = set()
_room: asyncio.Future[str]


def _frame(kind: int, payload: bytes) -> bytes:
    size = len(payload)
    head = bytes((kind, size)) if size < 126 else bytes((kind, 126, size >> 8, size & 255))
    return head + payload


class _Socket(asyncio.Protocol):
    """As much of the protocols as the benchmark's own client needs."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._bytes = b""
        self._entered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        _listening.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._bytes += data
        if not self._entered:
            request, end, self._bytes = self._bytes.partition(b"\r\n\r\n")
            if not end:
                self._bytes = request
                return
            self._entered = True
            key = request.lower().partition(b"sec-websocket-key:")[0]
            key = request[len(key) :].partition(b":")[2].partition(b"\r\n")[0].strip()
            accept = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
            self._transport.write(_ANSWER % accept)
        while self._take():
            pass

    def _take(self) -> bool:
        given = self._bytes
        if len(given) < 2:
            return False
        size, start = given[1] & 127, 6
        if size == 126:
            size, start = int.from_bytes(given[2:4], "big"), 8
        if len(given) < start + size:
            return False
        mask = given[start - 4 : start] * (size // 4 + 1)
        payload = bytes(a ^ b for a, b in zip(given[start : start + size], mask, strict=False))
        self._bytes = given[start + size :]
        self._hear(given[0], payload)
        return True

    def _hear(self, kind: int, payload: bytes) -> None:
        if kind == _PING:
            self._transport.write(_frame(_PONG, payload))
        elif kind == _CLOSE:
            self._transport.close()
        elif kind == _TEXT:
            message = orjson.loads(payload)
            if message["type"] == "connection_init":
                self._transport.write(_frame(_TEXT, b'{"type":"connection_ack"}'))
            elif message["type"] == "subscribe":
                if not _room.done():
                    _room.set_result(message["payload"]["variables"]["id"])
                _listening.add(self._transport)


async def _serve() -> None:
    global _room  # noqa: PLW0603 - one room for the process
    loop = asyncio.get_running_loop()
    _room = loop.create_future()
    await loop.create_server(_Socket, "127.0.0.1", int(os.environ["PORT"]), backlog=4096)
    channel = Redis.from_url(os.environ["REDIS_URL"]).pubsub()
    await channel.subscribe(f"bare:{await _room}")
    async for message in cast("Any", channel).listen():
        if message["type"] == "message":
            frame = _frame(_TEXT, message["data"])
            for transport in _listening:
                transport.write(frame)


if __name__ == "__main__":
    uvloop.run(_serve())

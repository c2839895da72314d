"""A client that sends whatever bytes it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LOST = 1006
_SECONDS = 10.0
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
_HEADERS = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": _KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "graphql-transport-ws",
}


def frame(kind: int, payload: bytes, *, first: int = 0x80, size: int | None = None) -> bytes:
    """A client's frame; `first` holds the flags, `size` is what it says of itself."""
    size = len(payload) if size is None else size
    mask = b"\x17\x2b\x88\x05"
    if size < 126:
        head = bytes((first | kind, 0x80 | size))
    elif size < 65536:
        head = bytes((first | kind, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first | kind, 0xFF)) + size.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, data: bytes) -> None:
        """Any bytes."""
        self.writer.write(data)

    def say(self, message: Any, kind: int = TEXT) -> None:
        """A message, or the bytes of one."""
        self.write(frame(kind, message if isinstance(message, bytes) else orjson.dumps(message)))

    def subscribe(self, id: str, query: str, **more: Any) -> None:
        """Ask for an operation."""
        self.say({"type": "subscribe", "id": id, "payload": {"query": query, **more}})

    async def initialise(self, user: str = "ana") -> None:
        """Come in."""
        self.say({"type": "connection_init", "payload": {"user": user}})
        assert await self.hear() == {"type": "connection_ack"}

    async def read(self) -> tuple[int, bytes]:
        """The next frame's kind and payload; `CLOSE` and nothing at the end of the bytes."""
        try:
            async with asyncio.timeout(_SECONDS):
                first, size = await self.reader.readexactly(2)
                assert first & 0x80
                if size >= 126:
                    more = 2 if size == 126 else 8
                    size = int.from_bytes(await self.reader.readexactly(more), "big")
                return first & 0x0F, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return CLOSE, b""

    async def hear(self) -> Any:
        """The next message."""
        kind, payload = await self.read()
        assert kind == TEXT, (kind, payload)
        return orjson.loads(payload)

    async def closed(self) -> tuple[int, str]:
        """The code and the reason with which it is closed; what comes before goes by."""
        kind, payload = await self.read()
        while kind != CLOSE:
            kind, payload = await self.read()
        if not payload:
            return LOST, ""
        return int.from_bytes(payload[:2], "big"), payload[2:].decode()

    async def at_end(self) -> bool:
        """Whether the server has hung up."""
        async with asyncio.timeout(_SECONDS):
            try:
                return await self.reader.read(1) == b""
            except ConnectionResetError:
                return True


async def ask(
    port: int, target: str = "/graphql", method: str = "GET", **headers: str | None
) -> tuple[Wire, str]:
    """A handshake: the connection, and the server's answer. A header that is None isn't sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    given = {**_HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = [f"{name}: {value}" for name, value in given.items() if value is not None]
    writer.write("\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    return Wire(reader, writer), answer.decode()


@asynccontextmanager
async def opened(port: int, **headers: str | None) -> AsyncIterator[Wire]:
    """A connection that is a socket."""
    wire, answer = await ask(port, **headers)
    assert answer.startswith("HTTP/1.1 101 ")
    try:
        yield wire
    finally:
        if not wire.writer.is_closing():
            wire.writer.transport.abort()


@asynccontextmanager
async def welcomed(port: int, user: str = "ana") -> AsyncIterator[Wire]:
    """A socket that is acknowledged."""
    async with opened(port) as wire:
        await wire.initialise(user)
        yield wire

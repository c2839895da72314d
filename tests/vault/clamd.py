"""A local server that speaks clamd's protocol, as far as INSTREAM."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.vault.files import EICAR

# Where clamd is told to stop by default.
_MOST = 25 * 1024 * 1024


@dataclass
class Clamd:
    """It knows one piece of malware, and keeps what it was shown.

    `answer` is what it says in place of its verdict; `silent`, it says nothing.
    """

    port: int = 0
    shown: list[bytes] = field(default_factory=list)
    answer: bytes | None = None
    silent: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one command."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            command = await reader.readuntil(b"\0")
            if command != b"zINSTREAM\0":
                writer.write(b"UNKNOWN COMMAND\0")
            else:
                await self._scan(reader, writer)
            await writer.drain()
        writer.close()

    async def _scan(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = bytearray()
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            data += await reader.readexactly(size)
            if len(data) > _MOST:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.shown.append(bytes(data))
        if self.silent:
            await reader.read()
            return
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        writer.write(self.answer or found)


@asynccontextmanager
async def running() -> AsyncIterator[Clamd]:
    """One on a port of its own."""
    made = Clamd()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made

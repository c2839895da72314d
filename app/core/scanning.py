"""Looking for malware in files: by a scanner beside the program, if there is one."""

import asyncio
import re
from typing import IO, Protocol

from app.core.settings import Settings

_PIECE = 64 * 1024
_FOUND = re.compile(r"stream: (.*) FOUND")
_LONGEST_ANSWER = 4096


class ScanFailed(Exception):
    """The scanner gave no verdict."""


class Scanner(Protocol):
    """What says whether a file is malware."""

    async def scan(self, file: IO[bytes]) -> str | None:
        """The name of the malware in a file that is read from here on; None for a clean one.

        `ScanFailed` if nobody can say.
        """


class Clamd:
    """ClamAV's daemon, by its command INSTREAM over TCP."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self._host, self._port, self._timeout = host, port, timeout

    @classmethod
    def of(cls, settings: Settings) -> "Clamd | None":
        """The one that the settings name, if they name one."""
        if not settings.clamd_host:
            return None
        return cls(settings.clamd_host, settings.clamd_port, settings.clamd_timeout)

    async def scan(self, file: IO[bytes]) -> str | None:
        """The daemon's verdict."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._ask(file)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ScanFailed("The scanner can't be reached.") from error
        if answer == "stream: OK":
            return None
        found = _FOUND.fullmatch(answer)
        if found is None:
            raise ScanFailed(f"The scanner said: {answer[:200]}")
        return found[1]

    async def _ask(self, file: IO[bytes]) -> str:
        reader, writer = await asyncio.open_connection(
            self._host, self._port, limit=_LONGEST_ANSWER
        )
        try:
            writer.write(b"zINSTREAM\0")
            while piece := await asyncio.to_thread(file.read, _PIECE):
                writer.write(len(piece).to_bytes(4, "big") + piece)
                await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = await reader.readuntil(b"\0")
        except asyncio.LimitOverrunError as error:
            raise ScanFailed("The scanner's answer has no end.") from error
        finally:
            writer.close()
        return answer[:-1].decode("utf-8", "replace").strip()

"""A crowd of sockets: the program `sockets.c`, compiled once, run for each crowd."""

import asyncio
import hashlib
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from app.core.graphiql import make_once
from app.core.tokens import Claims
from benchmarks.live.servers import PATH, Server

SOURCE = Path(__file__).with_name("sockets.c")

_SAMPLE = np.dtype([("number", "u4"), ("unused", "u4"), ("time", "i8")])
_ANSWER_SECONDS = 60.0
_REQUEST = (
    f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
).encode()
_PING = b"\x89\x80\0\0\0\0"


def compiled(data_dir: Path) -> Path:
    """The program, compiled if it isn't yet. `RuntimeError` without a C compiler."""
    source = SOURCE.read_bytes()
    target = data_dir / "benchmarks" / hashlib.sha256(source).hexdigest()[:16]
    make_once(target, _compile)
    return target / "sockets"


def _compile(scratch: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise RuntimeError("The load generator is written in C: install a compiler (cc).")
    made = scratch / "sockets"
    made.mkdir()
    done = subprocess.run(
        [compiler, "-O2", "-o", str(made / "sockets"), str(SOURCE)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The load generator doesn't compile:\n{done.stderr}")
    return made


@dataclass(frozen=True)
class Plan:
    """So many sockets, of which each subscribes to one of the documents, in turn."""

    size: int
    documents: Sequence[str]
    room_id: str
    viewers: Sequence[Claims]

    def pieces(self, server: Server) -> Iterator[bytes]:
        """What each socket sends; all of a viewer's sockets show the same token."""
        introductions = [
            _message({"type": "connection_init", "payload": server.introduction(viewer)})
            for viewer in self.viewers[: self.size]
        ]
        questions = [_subscribe(document, self.room_id) + _PING for document in self.documents]
        for index in range(self.size):
            yield _REQUEST
            yield introductions[index % len(introductions)]
            yield questions[index % len(questions)]


def _subscribe(document: str, room_id: str) -> bytes:
    payload = {"query": document, "variables": {"id": room_id}}
    return _message({"id": "1", "type": "subscribe", "payload": payload})


def _message(message: dict[str, Any]) -> bytes:
    """A text frame whose mask is zero, as all of the crowd's."""
    text = orjson.dumps(message)
    size = len(text)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + text


@dataclass(frozen=True)
class Counted:
    """Deliveries so far, and when they were counted, in nanoseconds."""

    deliveries: int
    time: int


class Crowd:
    """What it is told is counted. `RuntimeError` if anything goes wrong on any socket."""

    def __init__(self, process: Process, size: int, samples: Path) -> None:
        self.size = size
        # Deliveries divided by the sockets.
        self.events = 0
        self._process = process
        self._samples = samples
        self._came = asyncio.Condition()
        self._answers: dict[str, list[int]] = {}
        self._failure: str | None = None
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    async def open(self) -> int:
        """Connect all sockets, up to `connection_ack`; says when the last one was there."""
        return (await self._do("open", "acknowledged"))[0]

    async def subscribe(self) -> int:
        """Subscribe all; says when the server had read that."""
        return (await self._do("subscribe", "subscribed"))[0]

    async def join(self) -> int:
        """Both, each socket by itself."""
        return (await self._do("join", "subscribed"))[0]

    async def count(self) -> Counted:
        """What has been delivered so far."""
        return Counted(*await self._do("count", "counted"))

    async def reset(self) -> None:
        """Count from zero again; nothing may be under way."""
        await self._do("reset", "reset")
        self.events = 0

    def sample(self) -> None:
        """Note the time of each delivery from now on."""
        self._send("sample")

    async def samples(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
        """Numbers of events, and when they were delivered; no longer noted from now on."""
        await self._do("dump", "dumped")
        found = np.fromfile(self._samples, _SAMPLE)
        return found["number"], found["time"]

    async def told(self, events: int, seconds: float) -> bool:
        """Wait until everybody has been told so many events; False if it takes too long."""
        try:
            async with asyncio.timeout(seconds), self._came:
                await self._came.wait_for(lambda: self.events >= events or self._failure)
        except TimeoutError:
            return False
        self._check()
        return True

    def _send(self, command: str) -> None:
        self._check()
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n".encode())

    def _check(self) -> None:
        if self._failure is not None:
            raise RuntimeError(self._failure)

    async def _do(self, command: str, answer: str) -> list[int]:
        self._send(command)
        async with asyncio.timeout(_ANSWER_SECONDS), self._came:
            await self._came.wait_for(lambda: answer in self._answers or self._failure)
        self._check()
        return self._answers.pop(answer)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            word, _, rest = line.decode(errors="replace").strip().partition(" ")
            async with self._came:
                if word == "failed":
                    self._failure = rest
                elif word == "events":
                    self.events = int(rest)
                else:
                    self._answers[word] = [int(number) for number in rest.split()]
                self._came.notify_all()
        async with self._came:
            self._failure = self._failure or "The load generator died."
            self._came.notify_all()

    async def close(self) -> None:
        """Close all sockets."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def crowd(program: Path, server: Server, plan: Plan, folder: Path) -> AsyncIterator[Crowd]:
    """Sockets that aren't connected yet; closed afterwards."""
    planned, samples = folder / "plan", folder / "samples"
    with planned.open("wb") as file:
        for piece in plan.pieces(server):
            file.write(len(piece).to_bytes(4, sys.byteorder) + piece)
    # It ends when its standard input does, and so never outlives this process.
    process = await asyncio.create_subprocess_exec(
        *(program, str(server.port), planned, samples),
        stdin=PIPE,
        stdout=PIPE,
        process_group=0,
    )
    made = Crowd(process, plan.size, samples)
    try:
        yield made
    finally:
        await made.close()

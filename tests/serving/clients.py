"""The clients that pages use, from npm: installed once into the data folder, run by Node.js."""

import asyncio
import hashlib
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from app.core.graphiql import make_once, run_npm
from app.core.settings import get_settings

_SOURCES = Path(__file__).with_name("node")
_SECONDS = 20.0

Line = dict[str, Any]


def installed() -> Path:
    """A folder with the program and its packages."""
    digest = hashlib.sha256()
    for source in sorted(_SOURCES.iterdir()):
        digest.update(source.read_bytes())
    target = get_settings().data_dir / "tests" / digest.hexdigest()[:16]
    make_once(target, _install)
    return target


def _install(scratch: Path) -> Path:
    made = scratch / "node"
    shutil.copytree(_SOURCES, made)
    run_npm(["install"], cwd=made)
    return made


class Client:
    """One client, in a process of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def do(self, what: str, **given: Any) -> None:
        """Have it do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps({"do": what, **given}) + b"\n")

    async def next(self) -> Line:
        """What it says next."""
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), _SECONDS)
        assert line, "it has ended"
        found: Line = orjson.loads(line)
        return found

    async def until(self, on: str) -> Line:
        """The next line of a kind; others go by."""
        while (line := await self.next())["on"] != on:
            pass
        return line


@asynccontextmanager
async def client(folder: Path, kind: str, url: str, **options: Any) -> AsyncIterator[Client]:
    """A client of the server at a URL without its scheme; `options` are the package's."""
    scheme = "ws" if kind == "ws" else "http"
    process = await asyncio.create_subprocess_exec(
        *("node", folder / "client.mjs", kind, f"{scheme}://{url}", orjson.dumps(options)),
        stdin=PIPE,
        stdout=PIPE,
        limit=1 << 24,
    )
    made = Client(process)
    assert await made.next() == {"on": "ready"}
    try:
        yield made
    finally:
        process.kill()
        await process.wait()

"""One process of the sandbox, seen from outside."""

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import structlog

from workers.sandbox import frames
from workers.sandbox.program import Outcome, Program, Status

_ROOT = Path(__file__).resolve().parents[2]
# Isolated from the environment, Python doesn't know where this package is.
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from workers.sandbox import child
child.main(*sys.argv[2:])
"""
_START_S = 60
# Beyond a run's own limit, which the process keeps itself: for one that doesn't.
_GRACE_S = 5

_log = structlog.get_logger("workers.sandbox.process")


class ProcessError(Exception):
    """A process of the sandbox could not be started; the message is one sentence for a person."""


class BrokenProcess(Exception):
    """A process ended, or answered nonsense, while it ran a program."""


class Process:
    """Runs programs one after another, until it is killed or ends by itself."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._usable = True

    @classmethod
    async def start(cls, interpreter: Path) -> Self:
        """A process that has locked itself in. Raises `ProcessError`."""
        with tempfile.TemporaryDirectory(prefix="sandbox-") as empty:
            arguments = (str(_ROOT), str(interpreter), empty)
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-B", "-c", _START, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
                cwd=empty,
                start_new_session=True,
            )
            made = cls(process)
            try:
                hello = await asyncio.wait_for(made._receive(), _START_S)
            except (OSError, EOFError, TimeoutError, frames.FrameError) as error:
                await made.kill()
                raise ProcessError("The sandbox could not be started.") from error
            except BaseException:
                await made.kill()
                raise
        if hello["missing"]:
            _log.warning("sandbox_layers_missing", missing=hello["missing"])
        return made

    @property
    def pid(self) -> int:
        """Its number, also that of its process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can run another program."""
        return self._usable and self._process.returncode is None

    async def run(self, program: Program) -> Outcome:
        """What comes of a program. Raises `BrokenProcess`.

        After a cancellation, and after a program that timed out, the process is of no more use.
        """
        self._usable = False
        try:
            reply = await asyncio.wait_for(
                self._exchange(program), program.limits.wall_s + _GRACE_S
            )
            outcome = _outcome(reply, program)
        except TimeoutError:
            return Outcome(Status.TIMED_OUT)
        except (OSError, EOFError, frames.FrameError) as error:
            raise BrokenProcess from error
        self._usable = outcome.status is not Status.TIMED_OUT
        return outcome

    async def kill(self) -> None:
        """End it and whatever it may have started."""
        if self._process.returncode is None:
            # It may end at this moment.
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        await self._process.wait()

    async def _exchange(self, program: Program) -> dict[str, Any]:
        assert self._process.stdin is not None
        limits = program.limits
        request = {
            "source": _utf8(program.source),
            "input": _utf8(program.input),
            "expression": None if program.expression is None else _utf8(program.expression),
            "cpu_s": limits.cpu_s,
            "wall_s": limits.wall_s,
            "memory_bytes": limits.memory_bytes,
            "output_bytes": limits.output_bytes,
        }
        self._process.stdin.write(frames.encode(request))
        await self._process.stdin.drain()
        return await self._receive()

    async def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        header = await self._process.stdout.readexactly(frames.HEADER.size)
        return frames.decode(await self._process.stdout.readexactly(frames.length(header)))


def _outcome(reply: dict[str, Any], program: Program) -> Outcome:
    """Read with suspicion: a process may have been taken over. Raises `FrameError`."""
    try:
        most = program.limits.output_bytes
        return Outcome(
            status=Status(reply["status"]),
            stdout=_storable(reply["stdout"], most),
            stderr=_storable(reply["stderr"], most),
            value=None if reply["value"] is None else _storable(reply["value"], most),
            seconds=float(reply["seconds"]),
            peak_memory=int(reply["peak_memory"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise frames.FrameError("a reply is no outcome") from error


def _utf8(text: str) -> str:
    """Without what UTF-8 has no bytes for."""
    return text.encode(errors="replace").decode()


def _storable(text: str, most: int) -> str:
    return _utf8(text[:most]).replace("\0", "\N{REPLACEMENT CHARACTER}")

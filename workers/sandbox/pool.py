"""The sandbox as the application sees it: programs go in, outcomes come out."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self

from workers.sandbox.process import BrokenProcess, Process, ProcessError
from workers.sandbox.program import Outcome, Program, Status

_TRIES = 3


class Sandbox:
    """Runs programs, `at_once` of them at a time; the others wait their turn.

    Use it as an asynchronous context manager, from one event loop. As many processes as may run
    at once are kept ready. One takes the programs of a single call, each into an interpreter of
    its own, and is killed.
    """

    def __init__(self, interpreter: Path, *, at_once: int = 2) -> None:
        self._interpreter = interpreter
        self._at_once = at_once
        self._turns = asyncio.Semaphore(at_once)
        self._ready: deque[asyncio.Task[Process]] = deque()

    async def __aenter__(self) -> Self:
        self._prepare()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._ready:
            starting = self._ready.popleft()
            starting.cancel()
            await asyncio.wait([starting])
            if not starting.cancelled() and starting.exception() is None:
                await starting.result().kill()

    async def run(self, program: Program) -> Outcome:
        """What comes of a program. Raises `ProcessError` if the machine can't run any."""
        (outcome,) = await self.run_all([program])
        return outcome

    async def run_all(self, programs: Sequence[Program], *, cpu_s: float = inf) -> list[Outcome]:
        """What comes of each, in order; none learns of another. Raises `ProcessError`.

        Together they have `cpu_s` seconds of CPU time: those for which none is left time out
        unrun. Cancelling the call ends what runs.
        """
        async with self._turns:
            turn = _Turn(self, cpu_s)
            try:
                return [await turn.run(program) for program in programs]
            finally:
                await turn.end()
                self._prepare()

    async def take(self) -> Process:
        """A process that is ready, and the caller's to kill. Raises `ProcessError`."""
        for _ in range(_TRIES):
            self._prepare()
            process = await self._ready.popleft()
            if process.alive:
                return process
            await process.kill()
        raise ProcessError("The sandbox's processes end before they are used.")

    def _prepare(self) -> None:
        while len(self._ready) < self._at_once:
            self._ready.append(asyncio.create_task(Process.start(self._interpreter)))


class _Turn:
    """The programs of one call: a process, another if it breaks, and the time that is left."""

    def __init__(self, sandbox: Sandbox, cpu_s: float) -> None:
        self._sandbox = sandbox
        self._left_s = cpu_s
        self._process: Process | None = None

    async def run(self, program: Program) -> Outcome:
        if self._left_s <= 0:
            return Outcome(Status.TIMED_OUT)
        limits = replace(program.limits, cpu_s=min(program.limits.cpu_s, self._left_s))
        outcome = await self._try(replace(program, limits=limits))
        # Whoever sleeps through his time has used it up as well.
        timed_out = outcome.status is Status.TIMED_OUT
        self._left_s -= limits.cpu_s if timed_out else outcome.seconds
        return outcome

    async def end(self) -> None:
        if self._process is not None:
            await self._process.kill()

    async def _try(self, program: Program) -> Outcome:
        # A process may end for reasons of the machine, but not twice.
        for _ in range(2):
            if self._process is None or not self._process.alive:
                await self.end()
                self._process = None
                self._process = await self._sandbox.take()
            try:
                return await self._process.run(program)
            except BrokenProcess:
                continue
        return Outcome(Status.FAILED, stderr="The program ended the process that it ran in.\n")

"""Processes: how many there are, and that they end."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.waiting import eventually
from workers.sandbox import process as processes
from workers.sandbox.pool import Sandbox
from workers.sandbox.process import BrokenProcess, Process, ProcessError
from workers.sandbox.program import Limits, Outcome, Program, Status

SLEEP = Program("import time; time.sleep(100)", limits=Limits(cpu_s=10))


def opened() -> int:
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[int]:
    """The sandbox's processes that this one has started and that still are."""
    tasks = Path("/proc/self/task").iterdir()
    pids = {int(pid) for task in tasks for pid in (task / "children").read_text().split()}
    return {pid for pid in pids if "workers.sandbox" in Path(f"/proc/{pid}/cmdline").read_text()}


async def test_nothing_is_left(interpreter: Path):
    before = children(), opened()
    async with asyncio.timeout(120), Sandbox(interpreter) as sandbox:
        outcomes = await asyncio.gather(
            *(sandbox.run(Program(f"print({number})")) for number in range(10))
        )
        assert [outcome.stdout for outcome in outcomes] == [f"{n}\n" for n in range(10)]
    await eventually(lambda: (children(), opened()) == before)


async def test_two_run_and_a_third_waits(sandbox: Sandbox):
    first, second = (asyncio.create_task(sandbox.run(SLEEP)) for _ in range(2))
    third = asyncio.create_task(sandbox.run(Program("print(3)")))
    done, _ = await asyncio.wait([third], timeout=3)
    assert not done
    first.cancel()
    assert (await third).stdout == "3\n"
    assert not second.done()
    second.cancel()
    await asyncio.wait([first, second])


async def test_cancelling_ends_the_process(interpreter: Path):
    async with asyncio.timeout(120), Sandbox(interpreter, at_once=1) as sandbox:
        await sandbox.run(Program(""))
        running = asyncio.create_task(sandbox.run(SLEEP))
        taken = await sandbox_process(sandbox)
        await asyncio.wait([running], timeout=1)
        assert taken in children()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert taken not in children()
        assert (await sandbox.run(Program("print(1)"))).stdout == "1\n"


async def sandbox_process(sandbox: Sandbox) -> int:
    """The process that is ready next."""
    (starting,) = sandbox._ready
    return (await asyncio.shield(starting)).pid


async def test_a_process_that_died_waiting_is_replaced(interpreter: Path):
    async with asyncio.timeout(120), Sandbox(interpreter, at_once=1) as sandbox:
        dead = await sandbox_process(sandbox)
        os.kill(dead, signal.SIGKILL)
        await eventually(lambda: dead not in children())
        assert (await sandbox.run(Program("print(1)"))).stdout == "1\n"


async def test_a_process_that_dies_running_is_tried_once_more(interpreter: Path):
    async with asyncio.timeout(120), Sandbox(interpreter, at_once=1) as sandbox:
        first = await sandbox_process(sandbox)
        running = asyncio.create_task(sandbox.run(SLEEP))
        await asyncio.wait([running], timeout=1)
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: bool(children() - {first}), seconds=30)
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])


async def test_a_program_that_kills_its_process_twice_has_failed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    tried = []

    async def die(self: Process, program: Program) -> Outcome:
        tried.append(self)
        os.kill(self.pid, signal.SIGKILL)
        return await run(self, program)

    run = Process.run
    monkeypatch.setattr(Process, "run", die)
    outcome = await sandbox.run(SLEEP)
    assert outcome.status is Status.FAILED
    assert len(set(tried)) == 2


@pytest.mark.parametrize(
    "reply",
    [
        b"\xff\xff\xff\xff",
        b"\0\0\0\2[]",
        b"\0\0\0\2{}",
        b"\0\0\0\4nope",
        b"\0\0\0\x16" + b'{"status": "perfect!"}',
        b"\0\0",
    ],
)
async def test_nonsense_from_a_process(
    interpreter: Path, monkeypatch: pytest.MonkeyPatch, reply: bytes
):
    hello = b'\0\0\0\x0f{"missing": []}'
    assert len(hello) == 4 + 15
    monkeypatch.setattr(
        processes,
        "_START",
        f"import os; os.write(1, {hello!r}); os.read(0, 9); os.write(1, {reply!r})",
    )
    process = await Process.start(interpreter)
    with pytest.raises(BrokenProcess):
        await process.run(Program(""))
    assert not process.alive
    await process.kill()


async def test_what_a_kernel_lacks_is_logged(interpreter: Path, monkeypatch: pytest.MonkeyPatch):
    hello = b'\0\0\0\x12{"missing": ["a"]}'
    monkeypatch.setattr(processes, "_START", f"import os; os.write(1, {hello!r})")
    with capture_logs() as logs:
        await (await Process.start(interpreter)).kill()
    assert logs == [{"event": "sandbox_layers_missing", "missing": ["a"], "log_level": "warning"}]


async def test_a_sandbox_that_can_not_be_started(tmp_path: Path):
    async with asyncio.timeout(60), Sandbox(tmp_path / "nothing") as sandbox:
        with pytest.raises(ProcessError):
            await sandbox.run(Program("print(1)"))


OWNER = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from workers.sandbox.process import Process
from workers.sandbox.program import Limits, Program

async def main():
    process = await Process.start(Path(sys.argv[2]))
    print(process.pid, flush=True)
    await process.run(Program(sys.argv[3], limits=Limits(cpu_s=20)))

asyncio.run(main())
"""


@pytest.mark.parametrize("source", ["import time; time.sleep(100)", "while True: pass", ""])
async def test_a_process_ends_with_its_owner(interpreter: Path, source: str):
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(root), str(interpreter), source], stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    await eventually(lambda: not Path(f"/proc/{pid}").exists())

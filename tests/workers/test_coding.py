"""Learners' programs through the API and a real worker."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic, sleep

import asyncpg
import pytest

from app.core.resources import Resources
from app.core.settings import get_settings
from app.courses.models import CodingSubmissionStatus
from tests.client import Api
from tests.conftest import SECRET, WorkDatabase
from tests.courses.coding import SOLVE, Coding, make_coding, programs, results, run, submit
from tests.factories import Person
from tests.waiting import eventually
from workers.outbox import relay as run_relay
from workers.sandbox.interpreter import ensure_built

_STARTED_SECONDS = 60
_OPTIONS = ("--processes", "1", "--threads", "2", "--skip-logging", "--queues", "code")


@pytest.fixture(scope="session")
def interpreter() -> Path:
    """The one of the machine: it is built once."""
    return ensure_built(get_settings().data_dir / "sandbox", lambda _: None)


def start(database_url: str, redis_url: str, folder: Path) -> subprocess.Popen[bytes]:
    """A worker process of the queue of programs."""
    with (folder / "worker.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "dramatiq", "workers.main", *_OPTIONS],
            env=os.environ
            | {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "LYCEUM_SECRET_KEY": SECRET,
                "LYCEUM_DATA_DIR": str(folder),
                "SECRET_OF_THE_WORKER": "xyzzy",
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,
        )


@pytest.fixture(scope="module")
def folder(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the interpreter in it."""
    made = tmp_path_factory.mktemp("worker")
    (made / "sandbox").symlink_to(interpreter.parent)
    return made


@pytest.fixture(scope="class")
def worker(
    work_database: WorkDatabase, redis_url: str, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker for all of these tests."""
    process = start(work_database.url, redis_url, folder)
    # A program's answer is waited for ten seconds, and a busy machine starts a worker in as many.
    deadline = monotonic() + _STARTED_SECONDS
    while "ready for action" not in (folder / "worker.log").read_text():
        assert process.poll() is None, (folder / "worker.log").read_text()
        assert monotonic() < deadline, (folder / "worker.log").read_text()
        sleep(0.1)
    yield process
    process.terminate()
    assert process.wait(30) == 0, (folder / "worker.log").read_text()


@pytest.fixture
async def relay(resources: Resources, worker_environment: None) -> AsyncIterator[None]:
    """The relay to real queues; it looks as soon as a transaction says so."""
    from workers.broker import broker

    woken = asyncio.Event()
    connection = await asyncpg.connect(resources.database.url)
    await connection.add_listener("outbox", lambda *_: woken.set())
    running = asyncio.create_task(run_relay(resources, broker, woken))
    yield
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await connection.close()


@pytest.fixture
async def challenge(resources: Resources, ida: Person) -> Coding:
    return await make_coding(resources, ida)


def _open(position: int, points: int, name: str, input: str, out: str) -> dict[str, object]:
    return {
        "position": position,
        "hidden": False,
        "points": points,
        "passed": True,
        "name": name,
        "actual": out,
        "error": "",
        "failure": None,
        "test": {"input": input, "expectedOutput": out},
    }


_BASIC = _open(0, 10, "Basic", "solve(5, 3)", "15")
_ZERO = _open(2, 5, "Zero", "solve(0, 3)", "0")
_SECRET = {"position": 1, "hidden": True, "points": 20} | dict.fromkeys(
    ("name", "actual", "error", "failure", "test")
)


@pytest.mark.usefixtures("worker", "relay")
class TestWorker:
    async def test_a_run(self, api: Api, ana: Person, challenge: Coding) -> None:
        code = f"{SOLVE}\nprint('Hello', input())"
        found = (await run(api, ana, challenge, code, input="Ana\nBen")).ok()["submission"]
        assert found | {"id": ""} == {
            "id": "",
            "kind": "RUN",
            "status": "DONE",
            "failure": None,
            "code": code,
            "input": "Ana\nBen",
            "output": "Hello Ana\n",
            "error": "",
            "attempt": None,
            "score": None,
            "maxScore": None,
            "passed": None,
            "claimedPassed": None,
            # Nobody types an answer while it is tested.
            "results": [
                each
                | {"passed": False, "actual": "", "failure": "ERROR"}
                | {"error": found["results"][place]["error"]}
                for place, each in enumerate((_BASIC, _ZERO))
            ],
            "exercise": {"id": challenge.id},
            "user": {"id": ana.id},
        }
        assert all("EOFError" in each["error"] for each in found["results"])

    async def test_a_submission(self, api: Api, ana: Person, challenge: Coding) -> None:
        found = (await submit(api, ana, challenge, SOLVE, claimedPassed=False)).ok()["submission"]
        assert found | {"id": ""} == {
            "id": "",
            "kind": "SUBMISSION",
            "status": "DONE",
            "failure": None,
            "code": SOLVE,
            "input": "",
            "output": "",
            "error": "",
            "attempt": 1,
            "score": 35,
            "maxScore": 35,
            "passed": True,
            "claimedPassed": False,
            "results": [_BASIC, _SECRET | {"passed": True}, _ZERO],
            "exercise": {"id": challenge.id},
            "user": {"id": ana.id},
        }

    async def test_what_a_program_sees_of_hidden_tests_stays_hidden(
        self, api: Api, ana: Person, challenge: Coding
    ) -> None:
        spy = "def solve(a, b):\n    print(a, b)\n    raise ValueError(f'{a} {b} 42000000')"
        payload = await submit(api, ana, challenge, spy, claimedPassed=True)
        found = payload.ok()["submission"]
        assert (found["score"], found["passed"], found["claimedPassed"]) == (0, False, True)
        assert found["results"][1] == _SECRET | {"passed": False}
        assert found["results"][0]["actual"] == "5 3\n"
        assert "ValueError: 5 3" in found["results"][0]["error"]
        assert "7000" not in str(found).replace(spy, "")

    @pytest.mark.parametrize(
        ("code", "failure", "said"),
        [
            ("import os\nwhile True: os.fork()", "ERROR", "fork"),
            ("while True: pass", "TIMED_OUT", ""),
            ("import time\nprint('a')\ntime.sleep(1000)", "TIMED_OUT", ""),
            ("x = bytearray(10 * 1024**3)", "ERROR", "OverflowError"),
            ("x = bytearray(1024**3)", "OUT_OF_MEMORY", "MemoryError"),
            ("x = []\nwhile True: x.append(bytearray(1024**2))", "OUT_OF_MEMORY", ""),
            ("import os\nprint(os.environ['SECRET_OF_THE_WORKER'])", "ERROR", "KeyError"),
            ("print(open('/etc/passwd').read())", "ERROR", "FileNotFoundError"),
            ("print(open('/proc/self/environ').read())", "ERROR", "FileNotFoundError"),
            (
                "import socket\nsocket.create_connection(('127.0.0.1', 5432))",
                "ERROR",
                "gaierror",
            ),
            ("import sys\nfor _ in range(1024): print('x' * 1024**2)", "TOO_MUCH_OUTPUT", ""),
            ("def f(): return f()\nf()", "ERROR", "RecursionError"),
            ("import os\nos.abort()", "ERROR", ""),
            ("this is no Python", "ERROR", "SyntaxError"),
        ],
    )
    async def test_what_fails(
        self, api: Api, ana: Person, challenge: Coding, code: str, failure: str, said: str
    ) -> None:
        found = (await submit(api, ana, challenge, code)).ok()["submission"]
        if found["status"] in ("QUEUED", "RUNNING"):
            # It takes longer by the clock than a request waits.
            id = found["id"]
            await eventually(lambda: _ended(api, ana, id), 30)
            found = await _submission(api, ana, id)
        assert (found["status"], found["failure"]) == ("FAILED", failure)
        assert said in found["error"]
        assert "xyzzy" not in str(found)
        assert len(found["output"].encode()) <= 64 * 1024
        assert found["output"].endswith("[cut here: there was more]\n") == (
            failure == "TOO_MUCH_OUTPUT"
        )
        assert (found["score"], found["maxScore"], found["passed"]) == (0, 35, False)
        assert [each["passed"] for each in found["results"]] == [False] * 3
        # And nobody after it is worse off.
        assert (await submit(api, ana, challenge, SOLVE)).ok()["submission"]["passed"] is True


async def _submission(api: Api, person: Person, id: str) -> dict[str, object]:
    document = """query ($id: ID!) { node(id: $id) { ... on CodingSubmission {
        status failure output error score maxScore passed results { passed } } } }"""
    found: dict[str, object] = (await api.execute(document, {"id": id}, as_=person)).ok()["node"]
    return found


async def _ended(api: Api, person: Person, id: str) -> bool:
    return (await _submission(api, person, id))["status"] in ("DONE", "FAILED")


@pytest.mark.usefixtures("relay")
async def test_a_worker_that_is_killed_in_the_middle(
    api: Api, resources: Resources, ana: Person, ida: Person, folder: Path, redis_url: str
) -> None:
    exercise = await make_coding(resources, ida, run_limit_seconds=20)
    code = f"{SOLVE}\nx = 0\nwhile x < 20_000_000: x += 1\nprint('done')"
    first = start(resources.settings.database_url, redis_url, folder)
    asking = asyncio.create_task(submit(api, ana, exercise, code))

    async def is_running() -> bool:
        return [each.status for each in await programs(resources)] == [
            CodingSubmissionStatus.RUNNING
        ]

    try:
        await eventually(is_running, 30)
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    second = start(resources.settings.database_url, redis_url, folder)
    try:
        id = (await asking).ok()["submission"]["id"]
        await eventually(lambda: _ended(api, ana, id), 90)
        [kept] = await programs(resources)
        assert (kept.status, kept.tries) == (CodingSubmissionStatus.DONE, 2)
        assert (kept.output, kept.attempt, kept.score) == ("done\n", 1, 35)
        assert len(await results(resources)) == 3
    finally:
        second.terminate()
        second.wait(30)

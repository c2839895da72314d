"""Programs that take what they can get: each ends as a plain result."""

import pytest

from workers.sandbox.pool import Sandbox
from workers.sandbox.program import Limits, Outcome, Program, Status

SHORT = Limits(cpu_s=0.5)
LARGE = Limits(memory_bytes=512 * 1024 * 1024)


async def run(sandbox: Sandbox, source: str, limits: Limits = SHORT) -> Outcome:
    """What comes of it; and the next program finds all as it was."""
    outcome, next_one = await sandbox.run_all([Program(source, limits=limits), Program("print(7)")])
    assert (next_one.status, next_one.stdout) == (Status.COMPLETED, "7\n")
    return outcome


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("while True: pass", id="loop"),
        pytest.param("while True:\n  try:\n    while True: pass\n  except: pass", id="catcher"),
        pytest.param("x = 10 ** 10 ** 8", id="huge number"),
        pytest.param("'a' in 'b' * 10**7 * 0 or sum(range(10**12))", id="sum"),
        pytest.param("import re; re.match('(a+)+$', 'a' * 60 + 'b')", id="regular expression"),
        pytest.param("class A:\n  def __del__(self):\n    while True: pass\nA()", id="finalizer"),
        pytest.param(
            "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E",
            id="error that loops when told",
        ),
        pytest.param("import atexit\n@atexit.register\ndef f():\n  while True: pass", id="atexit"),
        pytest.param("import time; time.sleep(10**6)", id="sleep"),
        pytest.param("import time\nwhile True: time.sleep(0.001)", id="naps"),
    ],
)
async def test_time(sandbox: Sandbox, source: str):
    outcome = await run(sandbox, "print('before')\n" + source)
    assert (outcome.status, outcome.stdout) == (Status.TIMED_OUT, "before\n")
    assert outcome.seconds < 1.5


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("bytearray(2**31 - 1)", id="at once"),
        pytest.param("held = []\nwhile True: held.append(bytearray(2**20))", id="by pieces"),
        pytest.param("held = {}\nwhile True: held[len(held)] = str(len(held))", id="dictionary"),
        pytest.param("x = 'a'\nwhile True: x += x", id="doubling"),
        pytest.param("x = [0]\nwhile True: x *= 2", id="list"),
    ],
)
async def test_memory(sandbox: Sandbox, source: str):
    outcome = await run(sandbox, "print('before')\n" + source, Limits())
    assert (outcome.status, outcome.stdout) == (Status.OUT_OF_MEMORY, "before\n")
    assert outcome.peak_memory is not None
    assert outcome.peak_memory <= Limits().memory_bytes


async def test_ten_gigabytes_have_no_address(sandbox: Sandbox):
    outcome = await run(sandbox, "bytearray(10 * 2**30)")
    assert outcome.status is Status.FAILED
    assert "OverflowError" in outcome.stderr


async def test_memory_of_the_host(sandbox: Sandbox):
    outcome = await run(
        sandbox, "import os\nheld = [os.urandom(2**26) for _ in range(99)]", Limits()
    )
    assert outcome.status is Status.OUT_OF_MEMORY
    value = await sandbox.run_all(
        [Program("", expression="'x' * 10**8", limits=LARGE), Program("")]
    )
    assert [each.status for each in value] == [Status.TOO_MUCH_OUTPUT, Status.COMPLETED]


async def test_a_program_can_do_with_less_memory(sandbox: Sandbox):
    source = (
        "held = []\ntry:\n  while True: held.append(bytearray(2**20))\n"
        "except MemoryError:\n  del held\n  print('less')"
    )
    assert (await run(sandbox, source, Limits())).stdout == "less\n"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("for _ in range(1024): sys.stdout.write('x' * 2**20)", id="a gigabyte"),
        pytest.param("while True: print('x')", id="endless"),
        pytest.param("while True: print('x', file=sys.stderr)", id="endless errors"),
        pytest.param("while True:\n  try: print('x')\n  except BaseException: pass", id="catcher"),
        pytest.param("while True: os.write(1, b'x' * 1000)", id="descriptor"),
        pytest.param("print('x' * 70_000)", id="one line"),
        pytest.param("raise ValueError('x' * 70_000)", id="error text"),
    ],
)
async def test_output(sandbox: Sandbox, source: str):
    outcome = await run(sandbox, "import os, sys\n" + source, Limits())
    assert outcome.status is Status.TOO_MUCH_OUTPUT
    assert len(outcome.stdout) + len(outcome.stderr) == Limits().output_bytes


async def test_a_value_is_output_too(sandbox: Sandbox):
    outcome = await sandbox.run(Program("", expression="'x' * 70_000"))
    assert (outcome.status, outcome.value) == (Status.TOO_MUCH_OUTPUT, None)


async def test_output_that_just_fits(sandbox: Sandbox):
    limits = Limits(output_bytes=5)
    outcome = await sandbox.run(Program("print('x' * 3)", expression="1", limits=limits))
    assert (outcome.status, outcome.stdout, outcome.value) == (Status.COMPLETED, "xxx\n", "1")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f(): f()\nf()", "RecursionError"),
        ("class A:\n  def __repr__(self): return repr(self)\nrepr(A())", "RecursionError"),
        ("sys.setrecursionlimit(10**9)\ndef f(): return [*map(lambda _: f(), [1])]\nf()", ""),
        ("x = []\nfor _ in range(10**5): x = [x]\nrepr(x)", "gave up: call stack exhausted\n"),
        ("x = ()\nfor _ in range(10**6): x = x,\ndel x\nraise SystemExit(1)", ""),
        ("def f(): pass\nf.__code__ = f.__code__.replace(co_code=b'\\xff' * 99)\nf()", ""),
        ("os.abort()", "gave up: wasm `unreachable` instruction executed\n"),
        ("sys.modules['guest'].Ending = None", ""),
        ("sys.modules.clear()\nimport json", ""),
    ],
)
async def test_the_interpreter_at_its_end(sandbox: Sandbox, source: str, told: str):
    outcome = await run(sandbox, "import os, sys\n" + source, Limits())
    assert outcome.status is Status.FAILED
    assert told in outcome.stderr


@pytest.mark.parametrize(
    "source",
    [
        "sys.stdout.close(); sys.stderr.close(); sys.stdin.close()",
        "os.close(0); os.close(1); os.close(2)",
        "sys.stdout = sys.stderr = None",
        "del sys.stdout, sys.stderr, sys.stdin",
    ],
)
async def test_streams_that_are_closed(sandbox: Sandbox, source: str):
    outcome = await run(sandbox, "import os, sys\nprint('before')\n" + source)
    assert outcome.status in (Status.COMPLETED, Status.FAILED)
    assert outcome.stdout == "before\n"

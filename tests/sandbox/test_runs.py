"""Programs that mean no harm."""

import asyncio

import pytest

from workers.sandbox.pool import Sandbox
from workers.sandbox.program import LARGEST_SOURCE, Limits, Outcome, Program, Status


async def test_a_program_prints(sandbox: Sandbox):
    outcome = await sandbox.run(Program("import sys\nprint('Grüße')\nprint('no', file=sys.stderr)"))
    assert outcome == Outcome(
        Status.COMPLETED,
        stdout="Grüße\n",
        stderr="no\n",
        seconds=outcome.seconds,
        peak_memory=outcome.peak_memory,
    )
    assert 0 < outcome.seconds < 1
    assert outcome.peak_memory is not None
    assert 1_000_000 < outcome.peak_memory < 64_000_000


async def test_a_program_reads_its_input(sandbox: Sandbox):
    source = "import sys\nfirst = input()\nprint(first, [line for line in sys.stdin])"
    outcome = await sandbox.run(Program(source, input="eins\nzwei\ndrei"))
    assert outcome.stdout == "eins ['zwei\\n', 'drei']\n"


async def test_input_that_is_missing(sandbox: Sandbox):
    outcome = await sandbox.run(Program("input()"))
    assert outcome.status is Status.FAILED
    assert outcome.stderr.endswith("EOFError: EOF when reading a line\n")


async def test_an_expression_sees_the_programs_names(sandbox: Sandbox):
    source = "def solve(a, b):\n    print('solving')\n    return a * b"
    outcome = await sandbox.run(Program(source, expression="solve(5, 3)"))
    assert (outcome.status, outcome.value, outcome.stdout) == (Status.COMPLETED, "15", "solving\n")


async def test_an_expression_without_a_value(sandbox: Sandbox):
    outcome = await sandbox.run(Program("", expression="print('shown')"))
    assert (outcome.status, outcome.value, outcome.stdout) == (Status.COMPLETED, None, "shown\n")


async def test_an_expression_that_raises(sandbox: Sandbox):
    outcome = await sandbox.run(Program("print('before')", expression="1 / 0"))
    assert (outcome.status, outcome.value) == (Status.FAILED, None)
    assert outcome.stdout == "before\n"
    assert outcome.stderr.endswith("ZeroDivisionError: division by zero\n")


async def test_an_error_is_told_with_its_line(sandbox: Sandbox):
    outcome = await sandbox.run(Program("print('before')\nraise ValueError('bad')"))
    assert (outcome.status, outcome.stdout) == (Status.FAILED, "before\n")
    assert outcome.stderr == (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 2, in <module>\n'
        "    raise ValueError('bad')\n"
        "ValueError: bad\n"
    )


async def test_what_is_no_python(sandbox: Sandbox):
    outcome = await sandbox.run(Program("def f(:\n    pass"))
    assert outcome.status is Status.FAILED
    assert outcome.stderr.endswith("SyntaxError: invalid syntax\n")


@pytest.mark.parametrize(
    ("call", "status", "stderr"),
    [
        ("exit()", Status.COMPLETED, ""),
        ("exit(0)", Status.COMPLETED, ""),
        ("exit(3)", Status.FAILED, "exit code 3\n"),
        ("exit('sorry')", Status.FAILED, "sorry\n"),
        ("import os; os._exit(0)", Status.COMPLETED, ""),
        ("import os; os._exit(3)", Status.FAILED, ""),
    ],
)
async def test_a_program_exits(sandbox: Sandbox, call: str, status: Status, stderr: str):
    outcome = await sandbox.run(Program(f"print('before')\n{call}\nprint('after')"))
    assert (outcome.status, outcome.stdout, outcome.stderr) == (status, "before\n", stderr)


async def test_it_is_the_main_module(sandbox: Sandbox):
    source = (
        "import atexit\n"
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Point:\n    x: int\n"
        "atexit.register(print, 'last')\n"
        "if __name__ == '__main__':\n    print(Point(1))\n"
    )
    assert (await sandbox.run(Program(source))).stdout == "Point(x=1)\nlast\n"


async def test_modules_that_courses_teach(sandbox: Sandbox):
    source = (
        "import collections, datetime, decimal, itertools, json, math, random, re, statistics\n"
        "import string, textwrap, time, hashlib, unittest, csv, io, typing, heapq, secrets\n"
        "print(datetime.datetime.now().year, json.dumps({'a': math.pi}), secrets.token_hex(4))\n"
    )
    outcome = await sandbox.run(Program(source))
    assert (outcome.status, outcome.stderr) == (Status.COMPLETED, "")


async def test_chance_is_another_one_each_time(sandbox: Sandbox):
    program = Program("import random, os; print(random.random(), os.urandom(8))")
    first, second = await sandbox.run_all([program, program])
    assert first.stdout != second.stdout


async def test_one_program_leaves_nothing_to_the_next(sandbox: Sandbox):
    leave = (
        "import sys, builtins, math\nbuiltins.left = math.left = 'secret'\nprint(len(sys.modules))"
    )
    look = "import builtins, math\nprint(hasattr(builtins, 'left'), hasattr(math, 'left'))"
    outcomes = await sandbox.run_all([Program(leave), Program(look), Program(leave)])
    assert outcomes[1].stdout == "False False\n"
    assert outcomes[0].stdout == outcomes[2].stdout


async def test_much_at_once_is_printed_whole(sandbox: Sandbox):
    source = "import sys\nprint('x' * 50_000, end='')\nsys.stdout.buffer.write(b'y' * 10_000)"
    assert (await sandbox.run(Program(source))).stdout == "x" * 50_000 + "y" * 10_000


async def test_texts_can_be_stored(sandbox: Sandbox):
    source = "import sys\nprint('a\\0b\\ud800')\nsys.stdout.buffer.write(b'\\xff\\n')"
    outcome = await sandbox.run(Program(source, expression="'\\0'"))
    assert outcome.stdout == "a\ufffdb\\ud800\n\ufffd\n"
    assert outcome.value == "\ufffd"


async def test_source_that_has_no_bytes(sandbox: Sandbox):
    outcome = await sandbox.run(Program("print('\ud800')", input="\ud800"))
    assert (outcome.status, outcome.stdout) == (Status.COMPLETED, "?\n")


async def test_programs_at_the_same_time_keep_apart(sandbox: Sandbox):
    programs = [Program(f"import time; time.sleep(0.01); print({n})") for n in range(8)]
    outcomes = await asyncio.gather(*(sandbox.run(program) for program in programs))
    assert [outcome.stdout for outcome in outcomes] == [f"{n}\n" for n in range(8)]


@pytest.mark.parametrize(
    "limits",
    [
        {"cpu_s": 0},
        {"cpu_s": 61},
        {"cpu_s": float("nan")},
        {"memory_bytes": 0},
        {"memory_bytes": 2**30},
        {"output_bytes": 0},
        {"output_bytes": 2**30},
    ],
)
def test_limits_that_are_not_granted(limits: dict[str, float]):
    with pytest.raises(ValueError, match="a run"):
        Limits(**limits)


def test_a_source_that_is_too_long():
    with pytest.raises(ValueError, match="characters"):
        Program("#" * LARGEST_SOURCE, expression="1")

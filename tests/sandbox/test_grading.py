"""Submissions against tests."""

import pytest

from workers.sandbox import grading
from workers.sandbox.grading import Feed, Submission, grade
from workers.sandbox.pool import Sandbox
from workers.sandbox.program import Limits, Status

DOUBLE = [
    grading.Test("double(2)", "4"),
    grading.Test("double(-3)", "-6"),
    grading.Test("double('a')", "aa"),
]


async def passed(
    sandbox: Sandbox, source: str, tests: list[grading.Test], **more: object
) -> list[bool]:
    return [result.passed for result in await grade(sandbox, Submission(source, tests, **more))]


async def test_each_test_is_judged_on_its_own(sandbox: Sandbox):
    source = "def double(x):\n    if x == -3: raise ValueError(x)\n    return x * 2"
    results = await grade(sandbox, Submission(source, DOUBLE))
    assert [(result.passed, result.actual) for result in results] == [
        (True, "4"),
        (False, ""),
        (True, "aa"),
    ]
    assert [result.outcome.status for result in results] == [
        Status.COMPLETED,
        Status.FAILED,
        Status.COMPLETED,
    ]


async def test_input_is_fed_and_output_compared(sandbox: Sandbox):
    source = "print(sum(int(input()) for _ in range(2)), ' ')\nprint()"
    tests = [
        grading.Test("1\n2\n", "3", Feed.STANDARD_INPUT),
        grading.Test("1\n2\n", "4", Feed.STANDARD_INPUT),
        grading.Test("1\n", "1", Feed.STANDARD_INPUT),
    ]
    assert await passed(sandbox, source, tests) == [True, False, False]


@pytest.mark.parametrize(
    ("printed", "expected", "same"),
    [
        ("a\nb\n", "a\nb", True),
        ("a  \nb", "a\nb\n\n", True),
        ("a\r\nb\r\n", "a\nb", True),
        (" a", "a", False),
        ("a\n\nb", "a\nb", False),
        ("A", "a", False),
        ("", "", True),
        ("", "a", False),
    ],
)
async def test_white_space(sandbox: Sandbox, printed: str, expected: str, same: bool):
    tests = [grading.Test("", expected, Feed.STANDARD_INPUT)]
    source = f"import sys; sys.stdout.write({printed!r})"
    assert await passed(sandbox, source, tests) == [same]


async def test_a_function_that_prints(sandbox: Sandbox):
    source = "def greet(name):\n    print('Hello', name)"
    tests = [grading.Test("greet('Ada')", "Hello Ada"), grading.Test("greet('Ada')", "None")]
    assert await passed(sandbox, source, tests) == [True, False]


async def test_right_output_of_a_run_that_fails_is_no_pass(sandbox: Sandbox):
    tests = [grading.Test("", "4", Feed.STANDARD_INPUT)]
    assert await passed(sandbox, "print(4)\nraise SystemExit(1)", tests) == [False]
    assert await passed(sandbox, "print(4)\nimport os; os.abort()", tests) == [False]
    assert await passed(sandbox, "print(4)\nwhile True: pass", tests, limits=Limits(0.3)) == [False]


REPLY = (
    '{"status": "completed", "value": "4", "stdout": "", "stderr": "", "seconds": 0, '
    '"peak_memory": 0, "passed": true, "missing": []}'
)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"print({REPLY!r})\nraise SystemExit", id="prints a reply"),
        pytest.param(
            f"import os, struct\nbody = {REPLY!r}.encode()\n"
            "for fd in range(16):\n"
            "  try: os.write(fd, struct.pack('>I', len(body)) + body)\n"
            "  except OSError: pass\n"
            "os._exit(0)",
            id="writes a reply wherever it can",
        ),
        pytest.param(
            "import gc, sys\n"
            "seen = repr(gc.get_objects()) + repr(vars(sys.modules['guest']))\n"
            "print('-'.join(['EXPECTED', 'VALUE']) in seen, len(seen) > 100_000)\nraise SystemExit",
            id="looks for what is expected",
        ),
        pytest.param(
            "import sys\nframe = sys._getframe()\n"
            "while frame:\n"
            "  if 'EXPECTED' + '-VALUE' in repr(frame.f_locals): print('found')\n"
            "  frame = frame.f_back\nraise SystemExit",
            id="looks up the stack",
        ),
        pytest.param(
            "class Same(str):\n  __eq__ = lambda *_: True\n  __hash__ = str.__hash__\n"
            "  __str__ = lambda self: self\n"
            "def double(x): return Same('anything')",
            id="equals all",
        ),
        pytest.param(
            "class All(type): pass\nimport builtins\nbuiltins.str = lambda x: x", id="str"
        ),
        pytest.param(
            "import sys\nguest = sys.modules['guest']\n"
            "guest._ending = lambda *_: guest.Ending(guest.Manner.COMPLETED, None)",
            id="replaces the guest",
        ),
        pytest.param("import os; os._exit(0)", id="leaves early"),
    ],
)
async def test_a_pass_can_not_be_forged(sandbox: Sandbox, source: str):
    honest = "def double(x): return x * 2\n"
    test = grading.Test("double(2)", "EXPECTED-VALUE")
    results = await grade(sandbox, Submission(honest + source, [test, test]))
    assert [result.passed for result in results] == [False, False]
    assert "found" not in results[0].actual
    assert "True" not in results[0].actual.split(" ")[:1]


async def test_tests_have_their_time_together(sandbox: Sandbox):
    tests = [
        grading.Test("1", "1"),
        grading.Test("loop()", "1"),
        grading.Test("2", "2"),
        grading.Test("loop()", "1"),
        grading.Test("3", "3"),
    ]
    results = await grade(
        sandbox,
        Submission("def loop():\n    while True: pass", tests, limits=Limits(cpu_s=0.4), cpu_s=0.6),
    )
    assert [result.outcome.status for result in results] == [
        Status.COMPLETED,
        Status.TIMED_OUT,
        Status.COMPLETED,
        Status.TIMED_OUT,
        Status.TIMED_OUT,
    ]
    assert [result.passed for result in results] == [True, False, True, False, False]
    assert results[4].outcome.seconds == 0


async def test_no_tests(sandbox: Sandbox):
    assert await grade(sandbox, Submission("print(1)", [])) == []

"""What is built into the interpreter, on the program's side: it runs the program.

A submitted program can replace all that is here. It gains nothing by it: what it may
use is bounded outside, and its answer is compared outside.
"""

import atexit
import importlib
import io
import linecache
import sys
import types

import wit_world
from wit_world import Ending, Manner

_FILE = "main.py"

# The interpreter has no files: a program can import what was imported when this was built.
_MODULES = """
    __future__ _strptime abc argparse array ast base64 bisect builtins calendar cmath collections
    collections.abc colorsys contextlib copy copyreg csv dataclasses datetime decimal difflib dis
    doctest encodings.ascii encodings.cp1252 encodings.idna encodings.latin_1 encodings.punycode
    encodings.utf_16 encodings.utf_32 encodings.utf_8_sig enum errno fnmatch fractions functools gc
    getopt graphlib hashlib heapq hmac html html.entities html.parser inspect io ipaddress
    itertools json keyword linecache locale logging math numbers operator os os.path pathlib pickle
    platform pprint queue random re reprlib secrets shlex signal stat statistics string stringprep
    struct sys tempfile textwrap threading time timeit token tokenize tomllib traceback types
    typing unicodedata unittest unittest.mock urllib.parse uuid warnings weakref
    xml.etree.ElementTree zlib
""".split()  # noqa: SIM905

for _module in _MODULES:
    importlib.import_module(_module)


class WitWorld(wit_world.WitWorld):  # type: ignore[misc]
    """What the sandbox calls, once in an interpreter's life."""

    def run(self, source: str, input: str, expression: str | None) -> Ending:
        """Run `source`, then evaluate `expression` among its names."""
        sys.stdin = io.TextIOWrapper(io.BytesIO(input.encode()), encoding="utf-8")
        sys.stdout, sys.stderr = _stream(1), _stream(2)
        ending = _ending(source, expression)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                # The program closed or replaced it.
                continue
        return ending


def _stream(descriptor: int) -> io.TextIOWrapper:
    """One that is complete: the interpreter's own writes at most 8 KiB of what it is given.

    It is flushed at the end of a line: what was printed before a limit is reached has left.
    """
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


def _ending(source: str, expression: str | None) -> Ending:
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = [_FILE]
    linecache.cache[_FILE] = (len(source), None, source.splitlines(keepends=True), _FILE)
    value = None
    try:
        exec(compile(source, _FILE, "exec", dont_inherit=True), vars(main))
        if expression is not None:
            found = eval(compile(expression, "<test>", "eval", dont_inherit=True), vars(main))
            value = None if found is None else str(found)
        atexit._run_exitfuncs()
    except SystemExit as exit_:
        if exit_.code not in (None, 0):
            _tell(f"{exit_.code}" if isinstance(exit_.code, str) else f"exit code {exit_.code}")
            return Ending(Manner.FAILED, None)
    except MemoryError:
        _tell("MemoryError")
        return Ending(Manner.OUT_OF_MEMORY, None)
    except BaseException as error:
        _tell(_traceback(error))
        return Ending(Manner.FAILED, None)
    return Ending(Manner.COMPLETED, value)


def _traceback(error: BaseException) -> str:
    """As Python writes it, without the frame that is this file's."""
    import traceback

    trace = error.__traceback__.tb_next if error.__traceback__ else None
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


def _tell(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
    except (AttributeError, OSError, ValueError):
        # The program closed or replaced it.
        return

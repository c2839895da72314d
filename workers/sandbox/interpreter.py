"""The interpreter: CPython as a WebAssembly component with `guest` in it, built once and kept.

It is already started when it is built: what a run gets is a copy of the memory of an
interpreter that has imported its modules, which is why a run starts within milliseconds.
"""

import fcntl
import hashlib
import importlib.metadata
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

_GUEST = Path(__file__).parent / "guest"
_BUILD = "import componentize_py, sys; sys.exit(componentize_py.script())"
_TIMEOUT_S = 600


class InterpreterError(Exception):
    """The interpreter can't be built; the message is one sentence for a person."""


def ensure_built(directory: Path, progress: Callable[[str], None]) -> Path:
    """The file of the compiled interpreter in `directory`; builds it first if it isn't there.

    Building blocks for half a minute of CPU time. Safe to call from several processes and
    threads at once: one builds and the others wait. Raises `InterpreterError`.
    """
    target = directory / f"python-{_fingerprint()}.cwasm"
    if target.is_file():
        return target
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.is_file():
                _build(target, progress)
    except OSError as error:
        raise InterpreterError(f"The sandbox could not be built: {error}.") from error
    return target


def _build(target: Path, progress: Callable[[str], None]) -> None:
    # Whoever finds it built need not load the library.
    from wasmtime import WasmtimeError  # noqa: PLC0415
    from wasmtime.component import Component  # noqa: PLC0415

    from workers.sandbox.engine import new_engine  # noqa: PLC0415

    # Whoever holds the lock is alone: a scratch folder found here is a dead process's.
    for stale in target.parent.glob(".scratch-*"):
        shutil.rmtree(stale)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=target.parent) as name:
        scratch = Path(name)
        progress("Sandbox: starting its interpreter (once)")
        component = _componentize(scratch)
        progress("Sandbox: compiling its interpreter")
        try:
            compiled = Component.from_file(new_engine(), str(component)).serialize()
        except WasmtimeError as error:
            raise InterpreterError(f"The sandbox could not be compiled: {error}.") from error
        whole = scratch / target.name
        whole.write_bytes(compiled)
        whole.rename(target)


def _componentize(scratch: Path) -> Path:
    guest, nothing = scratch / "guest", scratch / "nothing"
    shutil.copytree(_GUEST, guest, ignore=shutil.ignore_patterns("__pycache__"))
    nothing.mkdir()
    component = scratch / "python.wasm"
    arguments = ["-d", str(guest / "program.wit"), "-w", "program", "componentize", "guest"]
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-c", _BUILD, *arguments, "-p", str(guest), "-o", component],
            # Or it would build this installation's packages in.
            env={"VIRTUAL_ENV": str(nothing), "PATH": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InterpreterError(f"The sandbox was not built within {_TIMEOUT_S} seconds.") from None
    if done.returncode != 0:
        said = done.stdout.strip().splitlines() or ["it said nothing"]
        raise InterpreterError(f"The sandbox could not be built: {said[-1].removesuffix('.')}.")
    return component


def _fingerprint() -> str:
    """A name for what the compiled code depends on, the processor too: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for package in ("wasmtime", "componentize-py"):
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    for file in sorted(_GUEST.glob("*.*")):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    digest.update((Path(__file__).parent / "engine.py").read_bytes())
    digest.update(f"{platform.machine()}\n{_processor()}".encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    """What this processor can do, as the kernel tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    told = (line for line in lines if line.lower().startswith(("flags", "features")))
    return next(told, "")

"""Children that don't outlive their parent, and a look at processes that did."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def lifeline(on_parents_death: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program, so that it gets this signal when its parent dies.

    Linux only; elsewhere None, and the next start finds what was left behind. The kernel
    ties it to the *thread* that starts the child: start children from the main thread.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(on_parents_death))
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return bind


def command_of(pid: int) -> str:
    """The command line of a living process; empty when there is none, or only its zombie."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            raw = (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return shown.stdout.strip()


def end_leftover(pid: int, mark: str, polite: signal.Signals, seconds: float) -> None:
    """End a process that outlived its parent, if its command line still holds `mark`.

    The mark keeps a reused process id safe. After `seconds` it is killed with its group,
    which it must lead.
    """
    for send, number, patience in (
        (os.kill, polite, seconds),
        (os.killpg, signal.SIGKILL, 5.0),
    ):
        if mark not in command_of(pid):
            return
        try:
            send(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while mark in command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.02)

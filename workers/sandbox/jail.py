"""The operating system's part: code that gets out of the interpreter finds nothing to use.

Each layer is tried on its own, as a kernel or a container may lack it. What is lacking is told
and not silently done without; the interpreter's own isolation never depends on it.
"""

import ctypes
import os
import resource
from collections.abc import Callable
from pathlib import Path

from workers.sandbox import seccomp
from workers.sandbox.program import LARGEST_MEMORY, LARGEST_OUTPUT

# Namespaces of its own: users, network, processes' memory, host name, mounts.
_CLONE_NEWUSER = 0x10000000
_OTHERS = 0x40000000 | 0x08000000 | 0x04000000 | 0x00020000
_PR_SET_DUMPABLE = 4

_OOM_SCORE = Path("/proc/self/oom_score_adj")
_NICENESS = 5
# Beside a program's memory: what the process holds, a run's output, and room to answer.
_HOST_MEMORY = 256 * 1024 * 1024 + 16 * LARGEST_OUTPUT
# For a process whose clock has stopped; a run's own limit is far below.
_CPU_S = 1800


def separate() -> list[str]:
    """Leave the network and the other processes, before this one has a second thread.

    Returns what could not be had.
    """
    return _missing(
        {
            "namespaces": _unshare,
            "low priority": _step_back,
            "first to go when memory is short": lambda: _OOM_SCORE.write_text("1000"),
        }
    )


def lock(empty: Path) -> list[str]:
    """Give up everything but computing and the files that are open; there is no way back.

    Returns what could not be had.
    """
    return _missing(
        {
            "limits of resources": _limit,
            "an empty root directory": lambda: _change_root(empty),
            "an unprivileged user": _become_nobody,
            "no reading of its memory": _hide,
            "a filter of system calls": seccomp.install,
        }
    )


def _missing(layers: dict[str, Callable[[], object]]) -> list[str]:
    missing = []
    for name, apply in layers.items():
        try:
            apply()
        except (OSError, ValueError, KeyError) as error:
            missing.append(f"{name} ({error})")
    return missing


def _unshare() -> None:
    # An ordinary user may do it only as the first user of a new user namespace.
    flags = _OTHERS if os.geteuid() == 0 else _OTHERS | _CLONE_NEWUSER
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _step_back() -> None:
    os.nice(_NICENESS)


def _change_root(empty: Path) -> None:
    os.chdir(empty)
    os.chroot(empty)
    os.chdir("/")


def _become_nobody() -> None:
    if os.geteuid() != 0:
        return
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def _limit() -> None:
    lowest_free = os.dup(0)
    os.close(lowest_free)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NOFILE, lowest_free),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_DATA, LARGEST_MEMORY + _HOST_MEMORY),
    ):
        resource.setrlimit(kind, (most, most))


def _hide() -> None:
    # No other process of the same user can read this one's memory or steer it.
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

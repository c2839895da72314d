"""Which system calls a process of the sandbox has left: a seccomp filter, made by hand.

The kernel's own interface is used, as no library for it can be counted on: a filter is a short
program of eight-byte instructions that reads the number of a call and its arguments.
"""

import ctypes
import os
import platform
import struct
from dataclasses import dataclass

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_IF_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_IF_BITS = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM
_KILL = 0x80000000  # SECCOMP_RET_KILL_PROCESS

_NUMBER = 0  # offsets in struct seccomp_data
_ARCHITECTURE = 4
_THIRD_ARGUMENT = 32

_PROT_EXEC = 4
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_FOR_ALL_THREADS = 1  # SECCOMP_FILTER_FLAG_TSYNC


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    seccomp: int
    # Calls whose third argument says whether memory may be executed.
    protecting: tuple[int, ...]
    # What computing, waiting, and talking over what is open already needs: read write close
    # fstat lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 madvise mremap
    # sched_yield nanosleep clock_nanosleep clock_gettime gettimeofday getpid gettid futex
    # exit exit_group epoll_pwait epoll_ctl ppoll getrandom sigaltstack restart_syscall rseq
    # getrusage sched_getaffinity membarrier, and poll and epoll_wait where there are such.
    allowed: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        protecting=(9, 10),
        allowed=(
            *(0, 1, 3, 5, 8, 11, 12, 13, 14, 15, 17, 28, 25, 24, 35, 230, 228, 96, 39, 186, 202),
            *(60, 231, 281, 233, 271, 318, 131, 219, 334, 98, 204, 324, 7, 232),
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        protecting=(222, 226),
        allowed=(
            *(63, 64, 57, 80, 62, 215, 214, 134, 135, 139, 67, 233, 216, 124, 101, 115, 113, 169),
            *(172, 178, 98, 93, 94, 22, 21, 73, 278, 132, 128, 293, 165, 123, 283),
        ),
    ),
}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install() -> None:
    """Leave every thread of this process only those calls, for good.

    Any other call is refused, as is mapping memory to execute it: no file can be opened, no
    socket and no process made, no signal sent. Raises `OSError` where the kernel can't.
    """
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        raise OSError("the numbers of the system calls are not known for this machine")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    code = _filter(machine)
    program = _Program(len(code) // 8, code)
    done = libc.syscall(
        machine.seccomp, _SECCOMP_SET_MODE_FILTER, _FOR_ALL_THREADS, ctypes.byref(program)
    )
    if done != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _filter(machine: _Machine) -> bytes:
    code = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_IF_EQUAL, machine.audit, then=1, otherwise=0),
        # Another architecture's calls have other numbers: nobody makes one by accident.
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER),
    ]
    for number in machine.allowed:
        code.append(_instruction(_IF_EQUAL, number, then=0, otherwise=1))
        code.append(_instruction(_RETURN, _ALLOW))
    for number in machine.protecting:
        code.append(_instruction(_IF_EQUAL, number, then=0, otherwise=4))
        code.append(_instruction(_LOAD, _THIRD_ARGUMENT))
        code.append(_instruction(_IF_BITS, _PROT_EXEC, then=0, otherwise=1))
        code.append(_instruction(_RETURN, _REFUSE))
        code.append(_instruction(_RETURN, _ALLOW))
    code.append(_instruction(_RETURN, _REFUSE))
    return b"".join(code)


def _instruction(operation: int, operand: int, then: int = 0, otherwise: int = 0) -> bytes:
    """`then` and `otherwise` say how many instructions a comparison skips."""
    return struct.pack("=HBBI", operation, then, otherwise, operand)

"""A process of the sandbox: it makes everything ready, locks itself in, and runs what it is told.

It knows nothing of the application: its environment is empty, and this package is all that it
imports beside the library. A run gets an interpreter of its own, which is thrown away.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import POLLHUP, poll
from typing import Any

from wasmtime import Engine, ExitTrap, Store, WasiConfig, WasmtimeError
from wasmtime.component import Component, Linker

from workers.sandbox import frames, jail
from workers.sandbox.engine import new_engine
from workers.sandbox.program import Status

STREAMS = ("stdout", "stderr")

_LOOK_S = 0.02
_MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_WARM_UP = {
    "source": "import time; time.sleep(0.001); print()",
    "input": "",
    "expression": None,
    "cpu_s": 60.0,
    "wall_s": 60.0,
    "memory_bytes": 512 * _MIB,
    "output_bytes": 1024,
}
_STATUS = {
    "completed": Status.COMPLETED,
    "failed": Status.FAILED,
    "out-of-memory": Status.OUT_OF_MEMORY,
}


class Watch(threading.Thread):
    """Ends a run that has used up its CPU time, and the process if a run waits for too long."""

    def __init__(self, engine: Engine, requests: int) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self._requests = poll()
        self._requests.register(requests, POLLHUP)
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._busy = threading.Event()
        self._lock = threading.Lock()
        self._cpu_until = self._wall_until = 0.0
        self._give_up: Callable[[], None] = lambda: None
        self.timed_out = False

    def seconds(self) -> float:
        """CPU time of the thread that runs programs."""
        return time.clock_gettime(self._clock)

    @contextmanager
    def running(self, cpu_s: float, wall_s: float, give_up: Callable[[], None]) -> Iterator[None]:
        """Watch over what is done within; call `give_up` before the process ends without it."""
        with self._lock:
            self.timed_out = False
            self._cpu_until = self.seconds() + cpu_s
            self._wall_until = time.monotonic() + wall_s
            self._give_up = give_up
            self._busy.set()
        try:
            yield
        finally:
            with self._lock:
                self._busy.clear()

    def run(self) -> None:
        """Look every few milliseconds while something runs."""
        while True:
            self._busy.wait()
            time.sleep(_LOOK_S)
            with self._lock:
                if self._busy.is_set():
                    self._look()

    def _look(self) -> None:
        if self._requests.poll(0):
            # Nobody waits for the outcome.
            os._exit(1)
        if time.monotonic() > self._wall_until:
            # Whoever sleeps can't be interrupted.
            self._give_up()
            os._exit(0)
        if self.seconds() > self._cpu_until and not self.timed_out:
            self.timed_out = True
            self._engine.increment_epoch()


class Output:
    """A run's two streams, up to so many bytes together; the run ends when there is more."""

    def __init__(self, engine: Engine, most: int) -> None:
        self._engine = engine
        self._left = most
        self._kept: dict[str, list[bytes]] = {name: [] for name in STREAMS}
        self.overflowed = False

    def write(self, stream: str, data: bytes) -> None:
        """Keep what there is room for."""
        self._kept[stream].append(data[: self._left])
        if len(data) > self._left and not self.overflowed:
            self.overflowed = True
            self._engine.increment_epoch()
        self._left = max(0, self._left - len(data))

    def text(self, stream: str) -> str:
        """What was kept; what is no UTF-8 is replaced."""
        return b"".join(self._kept[stream]).decode(errors="replace")

    def fits(self, value: str | None) -> bool:
        """Whether there is room for the expression's value too."""
        return not self.overflowed and len((value or "").encode()) <= self._left


class Interpreter:
    """The compiled interpreter, from which each run gets an instance of its own."""

    def __init__(self, compiled: Path, requests: int) -> None:
        self._engine = new_engine()
        self._component = Component.deserialize_file(self._engine, str(compiled))
        self._linker = Linker(self._engine)
        # Clocks and randomness; files and sockets are in it as well, and no run is given any.
        self._linker.add_wasip2()
        # Read from where it is open: `lock` takes the file system away.
        self._resident = os.open("/proc/self/statm", os.O_RDONLY)
        self._watch = Watch(self._engine, requests)
        self._watch.start()

    def run(self, request: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
        """Run one program and answer with its outcome."""
        output = Output(self._engine, request["output_bytes"])
        before, began = self._memory(), self._watch.seconds()

        def tell(status: Status, value: str | None = None) -> None:
            # An interpreter's memory only grows, and is still there.
            memory = max(0, self._memory() - before)
            seconds = self._watch.seconds() - began
            outcome = {"status": status.value, "value": value}
            measured = {"seconds": seconds, "peak_memory": memory}
            answer(outcome | measured | {name: output.text(name) for name in STREAMS})

        store = self._store(request["memory_bytes"], output)
        watched = (request["cpu_s"], request["wall_s"], lambda: tell(Status.TIMED_OUT))
        with self._watch.running(*watched):
            status, value = self._call(store, request)
        if self._watch.timed_out:
            tell(Status.TIMED_OUT)
        elif status is None and self._memory() - before > 0.8 * request["memory_bytes"]:
            # Python gives up where it can't even raise for want of memory.
            tell(Status.OUT_OF_MEMORY)
        elif status is None and not output.overflowed:
            output.write("stderr", f"The interpreter gave up: {value}\n".encode())
            tell(Status.FAILED)
        elif status is None or not output.fits(value):
            tell(Status.TOO_MUCH_OUTPUT)
        else:
            tell(status, value)

    def _store(self, memory_bytes: int, output: "Output") -> Store:
        """Where an instance lives: its memory, its clock, its two streams, and nothing else."""
        store = Store(self._engine)
        store.set_epoch_deadline(1)
        store.set_limits(memory_size=memory_bytes)
        wasi = WasiConfig()
        wasi.stdout_custom = lambda data: output.write("stdout", data)
        wasi.stderr_custom = lambda data: output.write("stderr", data)
        store.set_wasi(wasi)
        return store

    def _call(self, store: Store, request: dict[str, Any]) -> tuple[Status | None, str | None]:
        """How the program says that it ended, and its value; or None, and what the trap was."""
        try:
            instance = self._linker.instantiate(store, self._component)
            function = instance.get_func(store, "run")
            assert function is not None
            ending = function(store, request["source"], request["input"], request["expression"])
        except ExitTrap as exit_:
            return Status.FAILED if exit_.code else Status.COMPLETED, None
        except WasmtimeError as error:
            # A backtrace of the interpreter, then why: for a person, that is enough.
            return None, str(error).rpartition("wasm trap: ")[2].strip()
        return _STATUS[ending.manner], ending.value

    def _memory(self) -> int:
        """Resident bytes of this process."""
        return int(os.pread(self._resident, 256, 0).split()[1]) * _PAGE


def main(compiled: str, empty: str) -> None:
    """Say what layers are missing, then answer requests until there are no more."""
    missing = jail.separate()
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)

    def answer(message: dict[str, Any]) -> None:
        replies.write(frames.encode(message))

    interpreter = Interpreter(Path(compiled), requests.fileno())
    # What the library makes at its first use, threads too, has to be there before the lock.
    interpreter.run(_WARM_UP, lambda _: None)
    missing += jail.lock(Path(empty))
    answer({"missing": missing})
    while (request := frames.read(requests)) is not None:
        interpreter.run(request, answer)

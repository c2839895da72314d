"""What the sandbox runs and what it says about it."""

from dataclasses import dataclass, field
from enum import Enum

# A process of the sandbox is closed to more than this, whatever a program's own limits say.
LARGEST_MEMORY = 512 * 1024 * 1024
# The interpreter alone needs half of it.
LEAST_MEMORY = 64 * 1024 * 1024
LARGEST_OUTPUT = 1024 * 1024
LARGEST_SOURCE = 256 * 1024
LONGEST_CPU_S = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may use. Raises `ValueError` for limits the sandbox doesn't grant.

    CPU time is what is bounded, so a busy machine fails nobody; a program that waits instead
    has `wall_s` until it is ended.
    The output is both streams', together with the value of the expression.
    """

    cpu_s: float = 5.0
    memory_bytes: int = 128 * 1024 * 1024
    output_bytes: int = 64 * 1024

    def __post_init__(self) -> None:
        if not 0 < self.cpu_s <= LONGEST_CPU_S:
            raise ValueError(f"a run has up to {LONGEST_CPU_S} seconds of CPU time")
        if not LEAST_MEMORY <= self.memory_bytes <= LARGEST_MEMORY:
            raise ValueError(f"a run has {LEAST_MEMORY} to {LARGEST_MEMORY} bytes of memory")
        if not 0 < self.output_bytes <= LARGEST_OUTPUT:
            raise ValueError(f"a run prints up to {LARGEST_OUTPUT} bytes")

    @property
    def wall_s(self) -> float:
        """How long a run may take by the clock, in seconds."""
        return 4 * self.cpu_s + 5


@dataclass(frozen=True, slots=True)
class Program:
    """Python source, what it reads from standard input, and what is evaluated after it.

    `expression` sees the names of the program, as if typed at the prompt when it has ended.
    Raises `ValueError` for a program of more than `LARGEST_SOURCE` characters in all.
    """

    source: str
    input: str = ""
    expression: str | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if len(self.source) + len(self.input) + len(self.expression or "") > LARGEST_SOURCE:
            raise ValueError(f"a program has up to {LARGEST_SOURCE} characters")


class Status(Enum):
    """How a run ended."""

    COMPLETED = "completed"
    # It did not compile, raised, exited with a failure, or broke the interpreter.
    FAILED = "failed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    TOO_MUCH_OUTPUT = "too much output"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; of output beyond the limit there is the beginning.

    The texts can be stored anywhere: they have no lone surrogates and no NUL. `value` is what
    `print` shows of the expression's value, or None for None or if there was none. `seconds` is
    CPU time. `peak_memory` is in bytes, and None if the run had to be killed.
    """

    status: Status
    stdout: str = ""
    stderr: str = ""
    value: str | None = None
    seconds: float = 0.0
    peak_memory: int | None = None

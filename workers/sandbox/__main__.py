"""`python -m workers.sandbox FOLDER`: build the interpreter there, unless it is there already."""

import sys
from functools import partial
from pathlib import Path

from workers.sandbox.interpreter import InterpreterError, ensure_built


def main(folder: Path) -> int:
    """Say on the way what is being done; the exit code."""
    try:
        ensure_built(folder, partial(print, flush=True))
    except InterpreterError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


sys.exit(main(Path(sys.argv[1])))

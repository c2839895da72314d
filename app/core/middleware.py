"""What every request passes: an id, a bound on its body, safe headers, one log line."""

from time import perf_counter
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id
from app.core.logging import get_logger
from app.core.metrics import REQUESTS

REQUEST_ID = "x-request-id"
_LONGEST_ID = 64
_LARGEST_JSON = 1024 * 1024
_LARGEST_UPLOAD = 6 * 1024 * 1024

log = get_logger("app.request")


class _TooLarge(Exception):
    pass


def _limit(headers: Headers) -> int:
    multipart = headers.get("content-type", "").startswith("multipart/form-data")
    return _LARGEST_UPLOAD if multipart else _LARGEST_JSON


class RequestMiddleware:
    """Pure ASGI, so that sockets pass it too and nothing is buffered."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id for the logs, then serve."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get(REQUEST_ID, "")
        usable = 0 < len(given) <= _LONGEST_ID and given.isascii() and given.isprintable()
        request_id = given if usable else str(new_id())
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if scope["type"] == "websocket":
                await self._app(scope, receive, send)
            else:
                await self._serve(scope, receive, send, headers, request_id)

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, request_id: str
    ) -> None:
        started, status, size, limit = perf_counter(), 500, 0, _limit(headers)

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
                self._add_headers(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            if int(headers.get("content-length") or 0) > limit:
                raise _TooLarge
            await self._app(scope, bounded, answer)
        except _TooLarge:
            refusal = _too_large(limit)
            await refusal(scope, receive, answer)
        finally:
            self._note(scope, status, perf_counter() - started)

    def _add_headers(self, headers: MutableHeaders, request_id: str) -> None:
        headers[REQUEST_ID] = request_id
        headers.setdefault("x-content-type-options", "nosniff")
        headers.setdefault("referrer-policy", "no-referrer")
        headers.setdefault("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
        if self._secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")

    @staticmethod
    def _note(scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path", None) or "other"
        REQUESTS.labels(scope["method"], path, str(status)).observe(seconds)
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

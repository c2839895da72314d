"""Structured logs: JSON lines with the request's id, and no personal data."""

import asyncio
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

_REDACTED = frozenset(
    {"password", "token", "access_token", "refresh_token", "authorization", "email", "secret"}
)


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in _REDACTED & event.keys():
        event[key] = "[redacted]"
    return event


def configure(level: str, style: str) -> None:
    """Send structlog and the standard library's loggers to standard output in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    # A worker's standard output is a pipe to its parent, which takes text alone.
    as_bytes = style == "json" and hasattr(sys.stdout, "buffer")
    renderer: Processor = structlog.dev.ConsoleRenderer()
    if style == "json":
        renderer = structlog.processors.JSONRenderer(_as_json if as_bytes else _as_json_text)
    _configure_others(level, shared, renderer)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Lines go to standard output as they are: the standard library would take longer to
        # pass one on than a small request takes to answer.
        logger_factory=_Lines if as_bytes else _Text,
        cache_logger_on_first_use=True,
    )
    _requests.clear()
    if as_bytes and logging.getLevelNamesMapping()[level.upper()] <= logging.INFO:
        _requests.append(_Requests())


def note_request(request_id: str, method: str, path: str, status: int, seconds: float) -> None:
    """The line of one request.

    There is one for each, so where lines are JSON it is written as the processors would have
    it, without them: they take longer than a small answer.
    """
    ms = round(seconds * 1000, 1)
    if _requests:
        _requests[0].note(request_id, method, path, status, ms)
        return
    log = get_logger("app.request")
    log.info("request", request_id=request_id, method=method, path=path, status=status, ms=ms)


class _Requests:
    """Writes the lines of those requests together that are answered in one turn of the loop."""

    def __init__(self) -> None:
        self._out = structlog.BytesLogger()
        self._lines: list[bytes] = []

    def note(self, request_id: str, method: str, path: str, status: int, ms: float) -> None:
        """Add a line."""
        line = {
            "request_id": request_id,
            "method": method,
            "path": path,
            "status": status,
            "ms": ms,
            "event": "request",
            "level": "info",
            "logger": "app.request",
            "timestamp": datetime.now(UTC),
        }
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._write)
        self._lines.append(orjson.dumps(line, option=orjson.OPT_UTC_Z))

    def _write(self) -> None:
        lines, self._lines = self._lines, []
        self._out.msg(b"\n".join(lines))


class _Lines(structlog.BytesLogger):
    """Standard output as bytes, under a logger's name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class _Text(structlog.PrintLogger):
    """Standard output as text, under a logger's name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


# Where the lines of requests go, if they can go there directly.
_requests: list[_Requests] = []


def _as_json(event: Any, **_: Any) -> bytes:
    return orjson.dumps(event, default=repr)


def _as_json_text(event: Any, **_: Any) -> str:
    return _as_json(event).decode()


def _configure_others(level: str, shared: list[Processor], renderer: Processor) -> None:
    def as_text(logger: Any, name: str, event: MutableMapping[str, Any]) -> Any:
        line = renderer(logger, name, event)
        return line.decode() if isinstance(line, bytes) else line

    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, as_text],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # One line for each request comes from the middleware, with more in it.
    logging.getLogger("uvicorn.access").disabled = True


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger of this name."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger

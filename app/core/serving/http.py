"""HTTP as uvicorn serves it, but for small GraphQL requests, which have a shorter way than ASGI."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import structlog
from starlette.requests import Request
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.core.graph import quick
from app.core.graph.executor import Executor
from app.core.graph.quick import Seen
from app.core.graph.view import EVENTS, JSON, media_type
from app.core.logging import get_logger
from app.core.middleware import Headers, failure, note, request_id_of, safe_headers

# What is longer isn't small.
_LONGEST = 16 * 1024
# A longer answer is sent in pieces, rather than copied into one.
_MOST_COPIED = 16 * 1024
# What makes a request one for the application as a whole.
_OUT_OF_THE_ORDINARY = frozenset({b"idempotency-key", b"upgrade", b"expect"})

log = get_logger(__name__)

Written = tuple[int, list[tuple[bytes, bytes]], bytes]


@dataclass
class Endpoint:
    """Where operations are posted, as far as the protocol has to know it.

    `answer` gives status, headers and body for a request with this body, of which this was seen
    before. Pages of the `origins`
    may read answers to requests with cookies; "*" is all of them. There is an `executor` while
    the application runs.
    """

    path: str
    answer: Callable[[Request, bytes, Seen], Awaitable[Written]]
    secure: bool
    origins: Collection[str]
    executor: Executor | None = None
    headers: bytes = field(init=False)
    # What says in a scope who asks, where a proxy that is trusted asks for somebody else.
    forwarding: ProxyHeadersMiddleware | None = None

    def __post_init__(self) -> None:
        """Write down the headers of every answer."""
        self.headers = _written(safe_headers(secure=self.secure))

    def readable(self, origin: bytes) -> Headers:
        """The headers by which a browser lets a page of this origin read an answer, or doesn't."""
        headers = {b"access-control-allow-credentials": b"true"}
        if "*" in self.origins or origin.decode("latin-1") in self.origins:
            headers |= {b"access-control-allow-origin": origin, b"vary": b"Origin"}
        return headers


class HttpProtocol(HttpToolsProtocol):
    """One connection. A small request is held back until it is whole."""

    def __init__(self, config: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        self.endpoint: Endpoint = config.app.state.endpoint
        if config.proxy_headers and self.endpoint.forwarding is None:
            hosts = config.forwarded_allow_ips
            self.endpoint.forwarding = ProxyHeadersMiddleware(_nothing, hosts)
        # Nobody waits for more of a request that is held back.
        self.nobody = asyncio.Event()
        self._held: _Held | None = None
        self._defaults: tuple[Any, bytes] = None, b""

    @property
    def default_headers(self) -> bytes:
        """Those that uvicorn adds to every answer; it makes new ones each second."""
        headers, written = self._defaults
        if headers is not self.server_state.default_headers:
            headers = self.server_state.default_headers
            written = _written(headers)
            self._defaults = headers, written
        return written

    def on_message_begin(self) -> None:
        """A request begins. Its scope is made once it is known that it needs one."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Decide which way a request goes."""
        headers = dict(self.headers)
        if self._is_small(headers):
            self._held = _Held(self, headers)
            return
        url, given, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(given)
        super().on_headers_complete()
        if self.cycle is not None:
            # For an answer without an end, to a client that doesn't read it.
            self.cycle.scope["hang_up"] = self.transport.abort  # type: ignore[typeddict-unknown-key]

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        super().handle_websocket_upgrade()
        # It refers to this protocol, which nobody needs as long as the socket lives.
        self.parser = None  # type: ignore[assignment]

    def shutdown(self) -> None:
        """Take no more requests; an answer that has no end ends."""
        cycle: Any = self.cycle
        if self._is_busy() and getattr(cycle, "scope", {}).get("endless"):
            self.transport.close()
        else:
            super().shutdown()

    def on_body(self, body: bytes) -> None:
        """A piece of a request's body."""
        if self._held is not None:
            self._held.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request is whole."""
        held, self._held = self._held, None
        if held is None:
            super().on_message_complete()
            return
        # Whatever comes behind it on this connection waits for it.
        self.cycle = held  # type: ignore[assignment]
        held.begin()

    def _is_small(self, headers: Headers) -> bool:
        return (
            self.url == self.endpoint.path.encode()
            and self.parser.get_method() == b"POST"
            and headers.get(b"content-type", b"").startswith(JSON)
            and 0 < int(headers.get(b"content-length", 0)) <= _LONGEST
            and _OUT_OF_THE_ORDINARY.isdisjoint(headers)
            and EVENTS not in headers.get(b"accept", b"")
            and not self._is_busy()
            # Who doesn't read the answers gets no more of them this way.
            and not self.flow.write_paused
            and self.limit_concurrency is None
            and self.endpoint.executor is not None
            and self.parser.get_http_version() == "1.1"
        )

    def _is_busy(self) -> bool:
        """Whether a request on this connection waits for its answer."""
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def scope_of(self, headers: list[tuple[bytes, bytes]]) -> Scope:
        """What a request to the endpoint is to the application."""
        path = self.root_path + self.endpoint.path
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": headers,
            "state": self.app_state.copy(),
            "app": self.config.app,
        }

    def start(self, serving: Any) -> None:
        """Run what answers a request; a shutdown waits for it."""
        task = self.loop.create_task(serving)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)


class _Held:
    """A request that is held back. To its connection it is the cycle that is under way."""

    def __init__(self, protocol: HttpProtocol, headers: Headers) -> None:
        self.body = bytearray()
        self.keep_alive: bool = protocol.parser.should_keep_alive()
        self.response_complete = False
        self.disconnected = False
        self.message_event = protocol.nobody
        self._protocol = protocol
        self._headers = headers
        self._all_headers = protocol.headers
        self._id = request_id_of(headers)
        self._started = perf_counter()
        self._seen = Seen(None, None)

    def begin(self) -> None:
        """Answer it: at once where that can be."""
        executor = self._protocol.endpoint.executor
        taken = False
        if executor is not None:
            authorization = self._headers.get(b"authorization", b"").decode("latin-1")
            try:
                self._seen = quick.see(executor, bytes(self.body), authorization)
                taken = quick.take(executor, self._seen, self)
            except Exception:
                log.exception("request.not_taken", request_id=self._id)
        if not taken:
            self.go_the_long_way()

    def answer(self, *pieces: bytes) -> None:
        """The answer: JSON in pieces."""
        kind = media_type(self._headers.get(b"accept", b""))
        self._write(200, [(b"content-type", kind)], pieces)

    def go_the_long_way(self) -> None:
        """Have it answered by a task of its own."""
        self._protocol.start(self._serve())

    async def _serve(self) -> None:
        structlog.contextvars.bind_contextvars(request_id=self._id)
        endpoint = self._protocol.endpoint
        try:
            scope = self._protocol.scope_of(self._all_headers)
            if endpoint.forwarding is not None:
                await endpoint.forwarding(scope, _nothing, _nothing)  # type: ignore[arg-type]
            answer = await endpoint.answer(Request(scope), bytes(self.body), self._seen)
        except Exception:
            log.exception("request.failed", path=endpoint.path)
            answer = 500, [(b"content-type", JSON)], failure(self._id)
        status, headers, body = answer
        self._write(status, headers, (body,))

    def _write(
        self, status: int, headers: list[tuple[bytes, bytes]], pieces: Sequence[bytes]
    ) -> None:
        protocol = self._protocol
        origin = self._headers.get(b"origin")
        if origin is not None:
            headers = [*headers, *protocol.endpoint.readable(origin).items()]
        if not (self.disconnected or protocol.transport.is_closing()):
            length = sum(map(len, pieces))
            head = b"%b%b%b%bx-request-id: %b\r\ncontent-length: %d\r\n%b\r\n" % (
                STATUS_LINE[status],
                protocol.default_headers,
                protocol.endpoint.headers,
                _written(headers),
                self._id.encode(),
                length,
                b"" if self.keep_alive else b"connection: close\r\n",
            )
            if length > _MOST_COPIED:
                protocol.transport.writelines((head, *pieces))
            else:
                protocol.transport.write(head + b"".join(pieces))
            if not self.keep_alive:
                protocol.transport.close()
        self.response_complete = True
        protocol.on_response_complete()
        path = protocol.endpoint.path
        note(self._id, "POST", path, path, status, perf_counter() - self._started)


def _written(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % each for each in headers])


async def _nothing(*_: Any) -> None:
    """The application that a middleware is asked without."""

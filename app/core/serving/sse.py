"""GraphQL as server-sent events: one operation, one response that stays open.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, "distinct connections mode"
"""

import asyncio
from contextlib import ExitStack
from typing import Any

import orjson
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.core.errors import RequestError, Unauthenticated
from app.core.graph.context import Context
from app.core.graph.looking import Asked
from app.core.graph.presenting import as_graphql
from app.core.serving.asking import Live, Seats, TooManyConnections
from app.core.serving.graphql_ws import FORBIDDEN
from app.core.serving.websocket import MOST_UNREAD

# In seconds. Proxies hang up on what is silent for a minute, or half of one.
_HEARTBEAT = 15.0
_BEAT = b":\n\n"
_COMPLETE = b"event: complete\ndata: \n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    # Or nginx would hold events back until it has many.
    (b"x-accel-buffering", b"no"),
]


class _Stream:
    """One response: a sink, and a peer that ends with its auth session."""

    def __init__(self, context: Context) -> None:
        self.context = context
        # Done when the client has left too much unread: nothing can be told it any more.
        self.stuck: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsent: list[bytes] = []
        self._size = 0
        self._ended = False
        self._more = asyncio.Event()

    def next(self, result: bytes) -> None:
        """Tell a result."""
        # Line feeds end a line here, and are mere spaces in JSON.
        line = b" ".join(result.splitlines()) if b"\n" in result or b"\r" in result else result
        self._tell(b"event: next\ndata: %b\n\n" % line)

    def refuse(self, errors: bytes) -> None:
        """Tell errors as a result: a status would tell a browser's EventSource nothing."""
        self.next(b'{"errors":%b}' % errors)
        self.complete()

    def complete(self) -> None:
        """Say that nothing follows."""
        self._tell(_COMPLETE)
        self._ended = True

    def close(self, code: int, reason: str) -> None:
        """End it: for good if the session has ended, else so that the client comes again."""
        if code == FORBIDDEN:
            self.refuse(orjson.dumps([as_graphql(Unauthenticated(reason)).formatted]))
        self._ended = True
        self._more.set()

    async def send_all(self, send: Send) -> None:
        """Send what there is to tell, and signs of life, to the end."""
        while True:
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    await self._more.wait()
            except TimeoutError:
                pass
            self._more.clear()
            ended, body = self._ended, b"".join(self._unsent)
            self._unsent.clear()
            if not body and not ended:
                body = _BEAT
            await send({"type": "http.response.body", "body": body, "more_body": not ended})
            if ended:
                return
            self._size = sum(map(len, self._unsent))

    def _tell(self, event: bytes) -> None:
        if self._ended:
            return
        self._unsent.append(event)
        self._size += len(event)
        self._more.set()
        if self._size > MOST_UNREAD:
            self._ended = True
            self._unsent.clear()
            self.stuck.set_result(None)


async def serve(
    scope: Scope,
    receive: Receive,
    send: Send,
    live: Live,
    asked: Asked,
    context: Context,
    seats: Seats,
) -> None:
    """Answer an operation, until it is complete or nobody listens.

    `scope` is told that the response is `endless`, so that nobody waits for its end when the
    server stops, and knows how to `hang_up` on a client that doesn't read.
    """
    caller = context.caller
    try:
        seats.take(caller)
    except TooManyConnections as error:
        await _refusal(error)(scope, receive, send)
        return
    scope["endless"] = True
    stream = _Stream(context)
    with ExitStack() as left:
        left.callback(seats.leave, caller)
        if context.viewer is not None:
            live.joined(stream)
            left.callback(live.left, stream)
        left.callback(live.start(asked, context, stream).stop)
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": _BEAT, "more_body": True})
        await _first_of(stream.send_all(send), _gone(receive), stream.stuck)
    if stream.stuck.done():
        scope["hang_up"]()
        await _gone(receive)


async def _first_of(*ways: Any) -> None:
    """Wait for one of several ends; the others are called off."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal(error: RequestError) -> JSONResponse:
    return JSONResponse({"errors": [as_graphql(error).formatted]}, status_code=429)

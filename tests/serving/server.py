"""The transports on a real uvicorn, with uvloop as deployed, in a thread of its own.

Behind them stands a live engine of a few lines, which answers what a document says:

- `one`: a result, then complete; `no`: refused; `hold`: nothing, until it is told
- any other document: what is told to subscribers of that name
"""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from types import SimpleNamespace
from typing import Any, TypeVar

import orjson
import uvicorn
import uvloop
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog.contextvars import get_contextvars

from app.core import logging
from app.core.errors import RateLimited, Unauthenticated
from app.core.graph.looking import Asked
from app.core.limits import Limiter
from app.core.realtime.sink import Peer, Sink
from app.core.serving import sse
from app.core.serving.graphql_ws import GraphQLSocket, Sockets
from app.core.serving.http import Endpoint, HttpProtocol
from app.core.serving.websocket import Patience

R = TypeVar("R")

PATH = "/graphql"
_ERRORS = b'[{"message":"Sign in to do this.","extensions":{"code":"UNAUTHENTICATED"}}]'


@dataclass(eq=False)
class Someone:
    """Stands for a context."""

    caller: str
    address: str = ""

    @property
    def viewer(self) -> str | None:
        return self.caller or None


class Told:
    """Stands for the live engine."""

    def __init__(self) -> None:
        self.following: defaultdict[str, list[_Follower]] = defaultdict(list)
        self.peers: list[Peer] = []
        self.contexts: list[Someone] = []
        self.asked: list[Asked] = []
        self.request_ids: list[str | None] = []

    def start(self, asked: Asked, context: Any, sink: Sink) -> "_Follower":
        self.asked.append(asked)
        self.request_ids.append(get_contextvars().get("request_id"))
        self.contexts.append(context)
        name = asked.query or ""
        follower = _Follower(self, name, sink)
        if name == "one":
            sink.next(b'{"data":{"one":1}}')
            sink.complete()
        elif name == "no":
            sink.refuse(_ERRORS)
        else:
            self.following[name].append(follower)
        return follower

    def joined(self, peer: Peer) -> None:
        self.peers.append(peer)

    def left(self, peer: Peer) -> None:
        self.peers.remove(peer)

    def tell(self, name: str, result: bytes) -> None:
        """A result for whoever follows it."""
        for follower in self.following[name]:
            follower.sink.next(result)

    def end(self, name: str) -> None:
        """Nothing follows for whoever follows it."""
        for follower in self.following.pop(name, []):
            follower.sink.complete()


@dataclass(eq=False)
class _Follower:
    live: Told
    name: str
    sink: Sink
    stops: int = 0

    def stop(self) -> None:
        self.stops += 1
        if self in self.live.following[self.name]:
            self.live.following[self.name].remove(self)


async def connect(headers: dict[bytes, bytes], address: str, payload: dict[str, Any]) -> Any:
    """Whoever says so; one called `slow` takes for ever, `broken` finds a bug."""
    user = payload.get("user", "ana")
    if user == "nobody":
        raise Unauthenticated
    if user == "hasty":
        raise RateLimited(3)
    if user == "broken":
        raise ValueError(user)
    if user == "slow":
        await asyncio.Event().wait()
    return Someone(user, address)


@dataclass
class Server:
    """The server, as a test sees it."""

    port: int
    loop: asyncio.AbstractEventLoop
    uvicorn: uvicorn.Server
    sockets: Sockets
    live: Told = field(default_factory=Told)

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.port}{PATH}"

    async def do(self, function: Callable[..., R], *args: Any) -> R:
        """Call a function where the server runs."""

        async def call() -> R:
            return function(*args)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), self.loop))

    async def tell(self, name: str, result: Any) -> None:
        """Tell a result to whoever follows it."""
        await self.do(self.live.tell, name, orjson.dumps(result))

    def followers(self, name: str) -> int:
        """How many follow it."""
        return len(self.live.following[name])

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self.uvicorn.server_state.connections)

    @property
    def quiet(self) -> bool:
        """Whether nobody is there, and nothing is left of anybody."""
        return not (self.open or self.live.peers or any(self.live.following.values()))

    async def stop(self) -> None:
        """As a signal would."""
        await self.do(partial(setattr, self.uvicorn, "should_exit", True))


@asynccontextmanager
async def serving(
    redis_url: str, patience: Patience | None = None, scale: float = 1000, port: int = 0
) -> AsyncIterator[Server]:
    """The server, on a port of its own or on this one."""
    logging.configure("WARNING", "json")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    ready: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
    here = asyncio.get_running_loop()

    async def run() -> None:
        redis = Redis.from_url(redis_url)
        limiter, live = Limiter(redis, scale), Told()
        sockets = Sockets(
            path=PATH.encode(),
            origins=["https://learn.example.org"],
            patience=patience or Patience(),
            live=live,
            connect=connect,
            limiter=limiter,
        )
        server = uvicorn.Server(
            uvicorn.Config(
                _app(sockets),
                interface="asgi3",
                http=HttpProtocol,
                ws=GraphQLSocket,
                log_config=None,
                timeout_graceful_shutdown=5,
            )
        )
        loop = asyncio.get_running_loop()
        made = Server(listening.getsockname()[1], loop, server, sockets, live)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        here.call_soon_threadsafe(ready.set_result, made)
        await running
        await limiter.close()
        await redis.aclose()

    def thread() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run())

    running = Thread(target=thread)
    running.start()
    server = await ready
    try:
        yield server
    finally:
        if running.is_alive():
            await server.stop()
        await asyncio.to_thread(running.join, 20)
        assert not running.is_alive()


async def _no_answer(*_: Any) -> Any:
    raise AssertionError("nobody asks for one")


def _app(sockets: Sockets) -> Starlette:
    async def events(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method == "GET":
            asked = Asked(request.query_params["query"])
        else:
            asked = Asked.read(await request.body())
        context: Any = Someone(request.headers.get("x-user", "ana"))
        await sse.serve(scope, receive, send, sockets.live, asked, context, sockets.seats)

    app = Starlette(routes=[Route(PATH, _Events(events), methods=["GET", "POST"])])
    app.state = SimpleNamespace(
        sockets=sockets, endpoint=Endpoint(PATH, _no_answer, secure=False, origins=())
    )
    return app


class _Events:
    """An ASGI application, which a bare function wouldn't be to starlette."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

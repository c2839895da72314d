"""Who opens a socket, and who asks for an event stream."""

from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.errors import BadRequest, RequestError, Unauthenticated
from app.core.graph.context import Context
from app.core.graph.documents import Refused
from app.core.graph.executor import Executor
from app.core.graph.looking import Answered, Asked, NotThisWay
from app.core.graph.presenting import as_graphql
from app.core.graph.read.operation import InvalidArguments
from app.core.graph.view import EVENTS, JSON, identify
from app.core.resources import Resources
from app.core.serving import sse
from app.core.serving.handshake import Headers

_BY_GET = frozenset({OperationType.QUERY, OperationType.SUBSCRIPTION})


async def connect(
    resources: Resources,
    executor: Executor,
    headers: Headers,
    address: str,
    payload: dict[str, Any],
) -> Context:
    """The context of a socket, for all its operations. Raises `Unauthenticated` for nobody.

    The token comes in the first message: a page can set no headers.
    """
    # No more is kept than anything asks for: there may be many sockets.
    scope: Scope = {
        "type": "websocket",
        "headers": [(b"user-agent", headers.get(b"user-agent", b""))],
        "client": (address, 0),
    }
    context = Context(resources, executor, HTTPConnection(scope))
    authorization = payload.get("authorization") or payload.get("Authorization") or ""
    await identify(context, str(authorization))
    if context.viewer is None:
        raise Unauthenticated
    return context


class EventStreams:
    """The endpoint: answers those who accept event streams, and passes the others on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not any(name == b"accept" and EVENTS in value for name, value in scope["headers"]):
            await self._app(scope, receive, send)
            return
        state, request = scope["app"].state, Request(scope, receive)
        context = Context(state.resources, state.executor, request)
        await identify(context, request.headers.get("authorization", ""))
        try:
            asked = await _asked(request)
            if request.method == "GET":
                await _refuse_mutations(context.executor, asked)
        except BadRequest as error:
            await _refusal(error)(scope, receive, send)
            return
        sockets = state.sockets
        await sse.serve(scope, receive, send, sockets.live, asked, context, sockets.seats)


async def _asked(request: Request) -> Asked:
    if request.method == "POST":
        return Asked.read(await request.body())
    given: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _parsed(name, given[name])
    return Asked.read(orjson.dumps(given))


def _parsed(name: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadRequest(f"'{name}' must be JSON.") from None


async def _refuse_mutations(executor: Executor, asked: Asked) -> None:
    """Whatever else is wrong with an operation, the stream says."""
    try:
        await executor.looking.through(asked, _BY_GET)
    except NotThisWay:
        raise
    except (RequestError, Refused, InvalidArguments):
        pass


def _refusal(error: BadRequest) -> Response:
    body = Answered(None, [as_graphql(error)], refused=True).body()
    if isinstance(error, NotThisWay):
        return Response(body, 405, {"allow": "POST"}, JSON.decode())
    return Response(body, 400, media_type=JSON.decode())

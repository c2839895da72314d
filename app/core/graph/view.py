"""GraphQL over HTTP.

A POST with a JSON body, which nearly every request is, goes straight from the bytes of its body
to those of its answer; uploads and GET take strawberry's way to the same executor.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from cross_web import HTTPException
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import PreExecutionError

from app.core import idempotency
from app.core.crypto import seal, unseal
from app.core.errors import BadRequest, Conflict, RequestError, Unauthenticated
from app.core.graph.context import Context
from app.core.graph.looking import Answered, Asked
from app.core.graph.presenting import as_graphql
from app.core.graph.schema import Schema
from app.core.graph.socket import Socket
from app.core.graph.trusted import document_id
from app.core.idempotency import IdempotencyKey
from app.core.ids import new_id
from app.core.viewer import Viewer

GRAPHQL_RESPONSE = "application/graphql-response+json"
_GRAPHQL_KIND = f"{GRAPHQL_RESPONSE}; charset=utf-8".encode()
_JSON = "application/json"
_INIT_TIMEOUT = timedelta(seconds=10)
_OPERATIONS_PER_SOCKET = 100
# Longer requests aren't recognised when they come again.
_LONGEST_REPEATED = 4096
_BY_POST = frozenset({OperationType.QUERY, OperationType.MUTATION})


class GraphQLView(GraphQL[Context, None]):
    """The endpoint. `account_stream` names the stream that tells of a viewer's account."""

    def __init__(
        self,
        schema: Schema,
        *,
        account_stream: Callable[[Viewer], str],
        allowed_origins: list[str],
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=_INIT_TIMEOUT,
            multipart_uploads_enabled=True,
            max_subscriptions_per_connection=_OPERATIONS_PER_SOCKET,
            allowed_origins=allowed_origins,
        )
        self.account_stream = account_stream
        self.graphql_transport_ws_handler_class = Socket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = dict(scope["headers"])
            kind = headers.get(b"content-type", b"").partition(b";")[0]
            if kind.strip().lower() == _JSON.encode():
                await self._post(scope, receive, send, headers)
                return
        await super().__call__(scope, receive, send)

    async def _post(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        state = scope["app"].state
        request = Request(scope, receive)
        context = Context(state.resources, state.executor, request)
        authorization = headers.get(b"authorization")
        if authorization is not None:
            await identify(context, authorization.decode("latin-1"))
        key = headers.get(b"idempotency-key")
        if key is not None:
            response = await self._once(request, context, key.decode("latin-1"))
            response.raw_headers.extend(context.cookies)
            await response(scope, receive, send)
            return
        status, kind, body = await _answer(context, receive, headers.get(b"accept", b""))
        length = str(len(body)).encode()
        head = [(b"content-type", kind), (b"content-length", length), *context.cookies]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - strawberry's parameter
    ) -> Context:
        """A context; over HTTP with the viewer of its token, on a socket still without."""
        state = request.app.state
        context = Context(state.resources, state.executor, request)
        if isinstance(request, Request):
            await identify(context, request.headers.get("authorization", ""))
        return context

    async def on_ws_connect(self, context: Context) -> None:
        """A socket is for signed-in users: others are turned away with 4403."""
        given = context.connection_params
        authorization = given.get("authorization") or given.get("Authorization") or ""
        await identify(context, str(authorization))
        if context.viewer is None:
            raise ConnectionRejectionError

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Strawberry's way: an upload, a GET, a socket."""
        if isinstance(request, WebSocket):
            return await super().run(request, *args, **kwargs)
        key = request.headers.get("idempotency-key")
        context = await self.get_context(request, Response())
        if key is None or request.method != "POST":
            response = await super().run(request, context=context)
        else:
            response = await self._once(request, context, key)
        response.raw_headers.extend(context.cookies)
        _negotiate(request, response)
        return response

    async def _once(self, request: Request, context: Context, key: str) -> Response:
        """The answer of a request with an `Idempotency-Key`, or of the one before it."""
        whole = await request.body()
        wanted = IdempotencyKey(
            caller=context.caller,
            key=key,
            body_hash=hashlib.sha256(whole).digest(),
            attempt=new_id(),
        )
        database = context.resources.database
        # An answer can hold tokens: it is kept so that only this server can read it.
        secret = context.resources.settings.secret_key.get_secret_value()
        lock = hashlib.sha256(f"{secret}:{wanted.caller}:{key}".encode()).digest()
        try:
            stored = await idempotency.claim(database, wanted)
        except RequestError as error:
            return _refusal(error)
        if stored is not None:
            return Response(
                unseal(lock, stored),
                media_type=_JSON,
                headers={"Idempotent-Replayed": "true"},
            )
        answer: Response | None = None
        try:
            if request.headers.get("content-type", "").startswith(_JSON):
                accepted = request.headers.get("accept", "").encode()
                status, kind, body = await _answer(context, request.receive, accepted, whole)
                answer = Response(body, status, media_type=kind.decode())
            else:
                answer = await super().run(request, context=context)
        finally:
            kept = seal(lock, bytes(answer.body)) if answer is not None else b""
            await idempotency.store(database, kept, keep=_worked(answer))
        return answer

    def should_render_graphql_ide(self, request: Any) -> bool:  # noqa: ARG002
        """Never: its page has a route of its own, and a hash alone is no wish for it."""
        return False

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        """Note whether the operation ran at all, and whether it would by POST: for the status."""
        request.state.refused = isinstance(result, PreExecutionError)
        request.state.by_post = request.state.refused and any(
            (error.extensions or {}).get("operation") == "mutation" for error in result.errors
        )
        response = await super().process_result(request, result)
        if request.state.refused:
            response.pop("data", None)
        return response

    def parse_json(self, data: str | bytes) -> Any:
        """The body's object; strawberry takes for granted that it is one."""
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict):
            raise HTTPException(400, "The body must be a JSON object.")
        return parsed

    def encode_json(self, data: object) -> str:
        """JSON as text: bytes would go out as binary frames."""
        return orjson.dumps(data, default=str).decode()


async def identify(context: Context, authorization: str) -> None:
    """Find the viewer. A token that is no good leaves nobody, and the reason."""
    if not authorization:
        return
    authenticator = context.executor.authenticator
    context.known = authenticator.recall(authorization)
    if context.known is not None:
        return
    try:
        context.known = await authenticator.identify(context.resources.database, authorization)
    except Unauthenticated as error:
        context.token_problem = error.message


def _asked(body: bytes) -> Asked:
    """The operation in a request's body. Raises `BadRequest`."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("Unable to parse request body as JSON.") from None
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    query, name = given.get("query"), given.get("operationName")
    variables, extensions = given.get("variables"), given.get("extensions")
    for value, kind, where in (
        (query, str, "query"),
        (name, str, "operationName"),
        (variables, dict, "variables"),
        (extensions, dict, "extensions"),
    ):
        if value is not None and not isinstance(value, kind):
            wanted = "a string" if kind is str else "an object"
            raise BadRequest(f"'{where}' must be {wanted}.")
    id = document_id(given)
    if not query and id is None and not (extensions or {}).get("persistedQuery"):
        raise BadRequest("The request has neither a query nor the id of a document.")
    repeatable = body if not extensions and len(body) <= _LONGEST_REPEATED else None
    return Asked(query, variables, name, extensions, id, repeatable)


async def _answer(
    context: Context, receive: Receive, accepted: bytes, whole: bytes | None = None
) -> tuple[int, bytes, bytes]:
    """Status, media type and body of the answer to a POST with a JSON body."""
    ours = GRAPHQL_RESPONSE.encode() in accepted
    kind = _GRAPHQL_KIND if ours else _JSON.encode()
    try:
        body = await _body(receive) if whole is None else whole
        asked = context.executor.looking.recall(body) or _asked(body)
    except BadRequest as error:
        refused = Answered(None, [as_graphql(error)], refused=True)
        return 400, kind, refused.body()
    answered = await context.executor.execute(asked, context, _BY_POST)
    return 400 if ours and answered.refused else 200, kind, answered.body()


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if not message.get("more_body"):
        body: bytes = message.get("body", b"")
        return body
    parts = [message.get("body", b"")]
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
    return b"".join(parts)


def _worked(answer: Response | None) -> bool:
    return (
        answer is not None
        and answer.status_code == 200
        and not orjson.loads(answer.body).get("errors")
    )


def _refusal(error: RequestError) -> Response:
    status = 409 if isinstance(error, Conflict) else 400
    body = {"errors": [as_graphql(error).formatted]}
    return JSONResponse(body, status_code=status)


def _negotiate(request: Request, response: Response) -> None:
    """Who accepts GraphQL's own media type gets it, with 400 for what didn't run.

    A mutation by GET is refused whatever is accepted.
    https://graphql.github.io/graphql-over-http/draft/
    """
    if getattr(request.state, "by_post", False):
        response.status_code = 405
        response.headers["allow"] = "POST"
    if GRAPHQL_RESPONSE not in request.headers.get("accept", ""):
        return
    if response.headers.get("content-type", "").startswith(_JSON):
        response.headers["content-type"] = f"{GRAPHQL_RESPONSE}; charset=utf-8"
        if response.status_code == 200 and getattr(request.state, "refused", False):
            response.status_code = 400

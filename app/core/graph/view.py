"""GraphQL over HTTP.

A POST with a JSON body, which nearly every request is, goes straight from the bytes of its body
to those of its answer; uploads and GET take strawberry's way to the same executor.
"""

import hashlib
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.types.execution import PreExecutionError

from app.core import idempotency
from app.core.crypto import seal, unseal
from app.core.errors import BadRequest, Conflict, RequestError, Unauthenticated
from app.core.graph.context import Context
from app.core.graph.looking import BY_POST, Answered, Asked, Looked
from app.core.graph.presenting import as_graphql
from app.core.graph.quick import Seen
from app.core.graph.schema import Schema
from app.core.idempotency import IdempotencyKey
from app.core.ids import new_id

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON, EVENTS = b"application/json", b"text/event-stream"
_NOTHING = Seen(None, None)
_GRAPHQL_KIND = f"{GRAPHQL_RESPONSE}; charset=utf-8".encode()


class GraphQLView(GraphQL[Context, None]):
    """The endpoint, for requests that have one answer."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(),
            multipart_uploads_enabled=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["method"] == "POST":
            headers = dict(scope["headers"])
            kind = headers.get(b"content-type", b"").partition(b";")[0]
            if kind.strip().lower() == JSON:
                await self._post(scope, receive, send, headers)
                return
        await super().__call__(scope, receive, send)

    async def _post(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        request = Request(scope, receive)
        key = headers.get(b"idempotency-key")
        if key is not None:
            context = await self.get_context(request, Response())
            response = await self._once(request, context, key.decode("latin-1"))
            response.raw_headers.extend(context.cookies)
            await response(scope, receive, send)
            return
        status, head, body = await self.answer(request, await _body(receive))
        head.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    async def answer(
        self, request: Request, body: bytes, seen: Seen = _NOTHING
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, headers and body of the answer to a POST with a JSON body."""
        context = _context(request)
        context.known = seen.known
        if context.known is None:
            await identify(context, request.headers.get("authorization", ""))
        status, kind, answer = await _answer(context, request, body, seen.looked)
        return status, [(b"content-type", kind), *context.cookies], answer

    async def get_context(
        self,
        request: Any,
        response: Any,  # noqa: ARG002 - strawberry's parameter
    ) -> Context:
        """A context, with the viewer of the request's token."""
        context = _context(request)
        await identify(context, request.headers.get("authorization", ""))
        return context

    async def run(self, request: Any, *_: Any, **__: Any) -> Any:
        """Strawberry's way: an upload, a GET."""
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
                media_type=JSON.decode(),
                headers={"Idempotent-Replayed": "true"},
            )
        answer: Response | None = None
        try:
            if request.headers.get("content-type", "").startswith(JSON.decode()):
                status, kind, body = await _answer(context, request, whole)
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


def _context(request: Any) -> Context:
    state = request.app.state
    return Context(state.resources, state.executor, request)


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


async def _answer(
    context: Context, request: Request, body: bytes, looked: Looked | None = None
) -> tuple[int, bytes, bytes]:
    """Status, media type and body of the answer to a POST with a JSON body."""
    kind = media_type(request.headers.get("accept", "").encode("latin-1"))
    try:
        asked = looked or context.executor.looking.recall(body) or Asked.read(body)
    except BadRequest as error:
        refused = Answered(None, [as_graphql(error)], refused=True)
        return 400, kind, refused.body()
    answered = await context.executor.execute(asked, context, BY_POST)
    status = 400 if kind is _GRAPHQL_KIND and answered.refused else 200
    return status, kind, answered.body()


def media_type(accepted: bytes) -> bytes:
    """That of an answer to who accepts these: GraphQL's own, or JSON's."""
    return _GRAPHQL_KIND if GRAPHQL_RESPONSE.encode() in accepted else JSON


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
    if response.headers.get("content-type", "").startswith(JSON.decode()):
        response.headers["content-type"] = f"{GRAPHQL_RESPONSE}; charset=utf-8"
        if response.status_code == 200 and getattr(request.state, "refused", False):
            response.status_code = 400

"""GraphQL over HTTP and graphql-transport-ws."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import ConnectionInitMessage
from strawberry.types.execution import PreExecutionError

from app.core import idempotency
from app.core.crypto import seal, unseal
from app.core.db import ReadSession
from app.core.errors import Conflict, RequestError, Unauthenticated
from app.core.graph.context import Context
from app.core.idempotency import IdempotencyKey
from app.core.ids import new_id
from app.core.logging import get_logger
from app.core.metrics import SOCKETS
from app.core.resources import Resources
from app.core.tokens import Claims
from app.core.viewer import Viewer

GRAPHQL_RESPONSE = "application/graphql-response+json"
_INIT_TIMEOUT = timedelta(seconds=10)
_OPERATIONS_PER_SOCKET = 100
_FORBIDDEN = 4403
# The WebSocket protocol's "try again later".
_TRY_AGAIN = 1013
_BEARER = "bearer "

log = get_logger(__name__)

LoadViewer = Callable[[ReadSession, Claims], Awaitable[Viewer | None]]


class GraphQLView(GraphQL[Context, None]):
    """The endpoint. `load_viewer` says whom a token stands for, or that its session ended."""

    def __init__(
        self,
        schema: BaseSchema,
        *,
        load_viewer: LoadViewer,
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
        self.load_viewer = load_viewer
        self.account_stream = account_stream
        self.graphql_transport_ws_handler_class = Socket

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Context:
        """A context; over HTTP with the viewer of its token, on a socket still without."""
        context = Context(request.app.state.resources, request, response)
        if isinstance(request, Request):
            await self.authenticate(context, request.headers.get("authorization", ""))
        return context

    async def authenticate(self, context: Context, authorization: str) -> None:
        """Find the viewer. A token that is no good leaves nobody, and the reason."""
        if not authorization:
            return
        try:
            if not authorization.lower().startswith(_BEARER):
                raise Unauthenticated("Authorization must be 'Bearer' and an access token.")
            claims = context.resources.tokens.read(authorization[len(_BEARER) :].strip())
            async with context.read() as session:
                context.viewer = await self.load_viewer(session, claims)
            if context.viewer is None:
                raise Unauthenticated("This session has ended: sign in again.")
        except Unauthenticated as error:
            context.token_problem = error.message

    async def on_ws_connect(self, context: Context) -> None:
        """A socket is for signed-in users: others are turned away with 4403."""
        given = context.connection_params
        authorization = given.get("authorization") or given.get("Authorization") or ""
        await self.authenticate(context, str(authorization))
        if context.viewer is None:
            raise ConnectionRejectionError

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a request: from the store, if it was answered before under its key."""
        if isinstance(request, WebSocket):
            return await super().run(request, *args, **kwargs)
        key = request.headers.get("idempotency-key")
        if key is None or request.method != "POST":
            response = await super().run(request)
        else:
            response = await self._run_once(request, key)
        _negotiate(request, response)
        return response

    async def _run_once(self, request: Request, key: str) -> Response:
        own = Response()
        context = await self.get_context(request, own)
        wanted = IdempotencyKey(
            caller=context.caller,
            key=key,
            body_hash=hashlib.sha256(await request.body()).digest(),
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
                media_type="application/json",
                headers={"Idempotent-Replayed": "true"},
            )
        answer: Response | None = None
        try:
            answer = await super().run(request, context=context)
            cookies = [header for header in own.raw_headers if header[0] == b"set-cookie"]
            answer.raw_headers.extend(cookies)
        finally:
            kept = seal(lock, bytes(answer.body)) if answer is not None else b""
            await idempotency.store(database, kept, keep=_worked(answer))
        return answer

    async def process_result(self, request: Request, result: Any) -> GraphQLHTTPResponse:
        """Note whether the operation ran at all, for the status."""
        request.state.refused = isinstance(result, PreExecutionError)
        response = await super().process_result(request, result)
        if request.state.refused:
            response.pop("data", None)
        return response

    def parse_json(self, data: str | bytes) -> Any:
        """The body's object; strawberry takes for granted that it is one."""
        parsed = super().parse_json(data)
        if not isinstance(parsed, dict | list):
            raise HTTPException(400, "The body must be a JSON object.")
        return parsed

    def encode_json(self, data: object) -> str:
        """JSON as text: bytes would go out as binary frames."""
        return orjson.dumps(data, default=str).decode()


def _worked(answer: Response | None) -> bool:
    return (
        answer is not None
        and answer.status_code == 200
        and not orjson.loads(answer.body).get("errors")
    )


def _refusal(error: RequestError) -> Response:
    status = 409 if isinstance(error, Conflict) else 400
    body = {"errors": [{"message": error.message, "extensions": error.extensions}]}
    return JSONResponse(body, status_code=status)


def _negotiate(request: Request, response: Response) -> None:
    """Who accepts GraphQL's own media type gets it, with 400 for what didn't run.

    https://graphql.github.io/graphql-over-http/draft/
    """
    if GRAPHQL_RESPONSE not in request.headers.get("accept", ""):
        return
    if response.headers.get("content-type", "").startswith("application/json"):
        response.headers["content-type"] = f"{GRAPHQL_RESPONSE}; charset=utf-8"
        if getattr(request.state, "refused", False):
            response.status_code = 400


class Socket(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket: closed at once when its auth session ends."""

    view: GraphQLView
    _watch: asyncio.Task[None] | None = None

    async def handle(self) -> None:
        """Serve the socket until it closes."""
        SOCKETS.inc()
        try:
            await super().handle()
        finally:
            SOCKETS.dec()
            if self._watch is not None:
                self._watch.cancel()
                with suppress(asyncio.CancelledError):
                    await self._watch

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Authenticate, then watch the auth session."""
        await super().handle_connection_init(message)
        if self.connection_acknowledged and self._watch is None:
            self._watch = asyncio.create_task(self._close_when_signed_out())

    async def _close_when_signed_out(self) -> None:
        viewer, resources = self.context.me, self.context.resources
        code, reason = _FORBIDDEN, "Your session has ended"
        try:
            async with resources.hub.listen(self.view.account_stream(viewer)) as listener:
                # It may have ended before anybody listened. From then on, whatever happens to
                # the account, or may have been missed: look again.
                while await self._still_signed_in(viewer, resources):
                    await anext(listener)
        except Exception:
            # Nobody would notice a sign-out any more: better no socket than one unwatched.
            log.exception("socket.unwatched")
            code, reason = _TRY_AGAIN, "Connect again"
        await self.websocket.close(code=code, reason=reason)

    async def _still_signed_in(self, viewer: Viewer, resources: Resources) -> bool:
        claims = Claims(viewer.user_id, viewer.auth_session_id)
        async with resources.database.read() as session:
            return await self.view.load_viewer(session, claims) is not None

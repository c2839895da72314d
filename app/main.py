"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from app.accounts.cookies import CSRF_HEADER
from app.accounts.events import account_stream
from app.accounts.service import rights_of
from app.accounts.store import rights_version
from app.core import graphiql, logging
from app.core.authentication import Authenticator
from app.core.graph.executor import Executor
from app.core.graph.view import GraphQLView
from app.core.health import ROUTES
from app.core.middleware import RequestMiddleware
from app.core.resources import open_resources
from app.core.settings import Settings, get_settings
from app.schema import schema
from app.seed import SAMPLES


class Application(Starlette):
    """Hands operations to the GraphQL endpoint on the shortest way, which most requests take.

    A page of another origin needs the way through CORS; so does whatever isn't a POST.
    """

    def __init__(self, endpoint: Route, *, secure: bool, **given: Any) -> None:
        super().__init__(**given)
        self._endpoint = endpoint
        self._direct = RequestMiddleware(endpoint.endpoint, secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a socket."""
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"] == self._endpoint.path
            and all(name != b"origin" for name, _ in scope["headers"])
        ):
            scope["app"], scope["route"] = self, self._endpoint
            await self._direct(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None) -> Application:
    """Lifespan, routes, middleware."""
    settings = settings or get_settings()
    development = settings.environment == "development"
    logging.configure(settings.log_level, settings.log_format)
    view = GraphQLView(
        schema,
        account_stream=lambda viewer: account_stream(viewer.user_id),
        allowed_origins=settings.allowed_origins,
    )
    endpoint = Route(graphiql.ENDPOINT, view, methods=["GET", "POST"])
    routes: list[BaseRoute] = [
        *ROUTES,
        *graphiql.routes(
            graphiql.ensure_built(lambda _: None),
            [graphiql.SampleSignIn(**vars(sample)) for sample in SAMPLES] if development else (),
        ),
        endpoint,
        WebSocketRoute(graphiql.ENDPOINT, view),
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_resources(settings) as resources:
            app.state.resources = resources
            app.state.executor = Executor(
                schema.graphql,
                resources,
                Authenticator(resources.tokens, rights_of, rights_version()),
            )
            yield

    return Application(
        endpoint,
        secure=not development,
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestMiddleware, secure=not development),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST"],
                allow_credentials=True,
                allow_headers=["authorization", "content-type", "idempotency-key", CSRF_HEADER],
            ),
        ],
    )

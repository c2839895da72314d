"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

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


def create_app(settings: Settings | None = None) -> Starlette:
    """Lifespan, routes, middleware."""
    settings = settings or get_settings()
    development = settings.environment == "development"
    logging.configure(settings.log_level, settings.log_format)
    view = GraphQLView(
        schema,
        account_stream=lambda viewer: account_stream(viewer.user_id),
        allowed_origins=settings.allowed_origins,
    )
    routes: list[BaseRoute] = [
        *ROUTES,
        *graphiql.routes(
            graphiql.ensure_built(lambda _: None),
            [graphiql.SampleSignIn(**vars(sample)) for sample in SAMPLES] if development else (),
        ),
        Route(graphiql.ENDPOINT, view, methods=["GET", "POST"]),
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

    return Starlette(
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

"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route

from app.accounts.cookies import CSRF_HEADER
from app.accounts.service.api_tokens import find
from app.accounts.service.sessions import rights_of
from app.accounts.store.sessions import rights_version
from app.calendar import feed
from app.core import graphiql, logging
from app.core.authentication import Authenticator
from app.core.graph.executor import Executor
from app.core.graph.view import GraphQLView
from app.core.health import ROUTES
from app.core.middleware import RequestMiddleware
from app.core.realtime.live import Live
from app.core.resources import open_resources
from app.core.serving import files, uploads
from app.core.serving.connecting import EventStreams, connect
from app.core.serving.graphql_ws import Sockets
from app.core.serving.http import Endpoint
from app.core.settings import Settings, get_settings
from app.payments import webhook
from app.schema import schema
from app.seed import SAMPLES


def create_app(settings: Settings | None = None) -> Starlette:
    """Lifespan, routes, middleware."""
    settings = settings or get_settings()
    development = settings.environment == "development"
    logging.configure(settings.log_level, settings.log_format)
    view = GraphQLView(schema)
    endpoint = Route(graphiql.ENDPOINT, EventStreams(view), methods=["GET", "POST"])
    origins = settings.allowed_origins
    direct = Endpoint(graphiql.ENDPOINT, view.answer, secure=not development, origins=origins)
    routes: list[BaseRoute] = [
        *ROUTES,
        *files.ROUTES,
        *uploads.ROUTES,
        *webhook.ROUTES,
        *feed.ROUTES,
        *graphiql.routes(
            graphiql.ensure_built(lambda _: None),
            [graphiql.SampleSignIn(**vars(sample)) for sample in SAMPLES] if development else (),
        ),
        endpoint,
    ]

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_resources(settings) as resources:
            app.state.resources = resources
            authenticator = Authenticator(resources.tokens, rights_of, rights_version(), find)
            executor = Executor(schema.reading, resources, authenticator)
            live = Live(resources, executor)
            app.state.executor = direct.executor = executor
            app.state.sockets = Sockets(
                path=graphiql.ENDPOINT.encode(),
                origins=origins,
                live=live,
                connect=partial(connect, resources, executor),
                limiter=resources.limiter,
            )
            await live.start_up()
            yield
            direct.executor = None
            await live.close()

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[
            Middleware(RequestMiddleware, secure=not development),
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["GET", "POST", "PUT"],
                allow_credentials=True,
                allow_headers=["authorization", "content-type", "idempotency-key", CSRF_HEADER],
            ),
        ],
    )
    app.state.endpoint = direct
    return app

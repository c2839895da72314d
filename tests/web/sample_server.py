"""A small real GraphQL server that the page is tested against."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

EMAIL, PASSWORD, USERNAME, TOKEN = "ada@example.org", "Sample-1", "ada", "token-of-ada"

Info = strawberry.Info[dict[str, object], None]


@strawberry.type
class User:
    username: str


@strawberry.type
class Viewer:
    user: User


@strawberry.type
class Tokens:
    access_token: str
    expires_in: int


@strawberry.type
class UserError:
    code: str
    message: str


@strawberry.type
class AccountLoginPayload:
    tokens: Tokens | None
    user: User | None
    errors: list[UserError]


@strawberry.input
class AccountLoginInput:
    login: str
    password: str


@strawberry.type
class AccountLogoutPayload:
    errors: list[UserError]


def _viewer(authorization: object) -> Viewer | None:
    return Viewer(user=User(username=USERNAME)) if authorization == f"Bearer {TOKEN}" else None


@strawberry.type
class Query:
    @strawberry.field
    def viewer(self, info: Info) -> Viewer | None:
        request = info.context["request"]
        assert isinstance(request, HTTPConnection)
        return _viewer(request.headers.get("authorization"))


@strawberry.type
class Mutation:
    @strawberry.mutation
    def account_login(
        self, data: Annotated[AccountLoginInput, strawberry.argument(name="input")]
    ) -> AccountLoginPayload:
        if (data.login, data.password) != (EMAIL, PASSWORD):
            error = UserError(code="INVALID_CREDENTIALS", message="The password is wrong.")
            return AccountLoginPayload(tokens=None, user=None, errors=[error])
        tokens = Tokens(access_token=TOKEN, expires_in=900)
        return AccountLoginPayload(tokens=tokens, user=User(username=USERNAME), errors=[])

    @strawberry.mutation
    def account_logout(self) -> AccountLogoutPayload:
        return AccountLogoutPayload(errors=[])


@strawberry.type
class Greeting:
    number: int
    viewer: Viewer | None


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def greeted(self, info: Info, upto: int) -> AsyncIterator[Greeting]:
        parameters = info.context["connection_params"]
        assert isinstance(parameters, dict)
        for number in range(1, upto + 1):
            yield Greeting(number=number, viewer=_viewer(parameters.get("authorization")))


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def serve(page_routes: Sequence[BaseRoute]) -> AsyncIterator[str]:
    """Run the server on a free port of 127.0.0.1; gives its base URL."""
    schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
    api: GraphQL[dict[str, object], None] = GraphQL(
        schema, graphql_ide=None, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL]
    )
    app = Starlette(routes=[*page_routes, Route("/graphql", api), WebSocketRoute("/graphql", api)])
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await server.ready.wait()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running

"""What a resolver can reach through `info.context`: fresh for each operation."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.dataloader import DataLoader

from app.core.db import ReadSession
from app.core.errors import Unauthenticated
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

BatchFunction = Callable[[ReadSession, Viewer | None, Sequence[K]], Awaitable[dict[K, V]]]


@dataclass(frozen=True)
class Client:
    """Where a request comes from."""

    address: str
    user_agent: str


class Context:
    """One operation's view of the program."""

    def __init__(
        self,
        resources: Resources,
        request: Request | WebSocket,
        response: Response | WebSocket | None,
    ) -> None:
        self.resources = resources
        self.request = request
        self.response = response
        self.viewer: Viewer | None = None
        self.token_problem: str | None = None
        self.connection_params: dict[str, Any] = {}
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    def fresh(self) -> "Context":
        """The same caller, with nothing loaded yet: for the next operation on a socket."""
        other = Context(self.resources, self.request, self.response)
        other.viewer = self.viewer
        other.token_problem = self.token_problem
        other.connection_params = self.connection_params
        return other

    @property
    def me(self) -> Viewer:
        """The viewer, where the root field's access says that there is one."""
        if self.viewer is None:
            raise Unauthenticated
        return self.viewer

    @property
    def client(self) -> Client:
        """Address and user agent of the caller."""
        host = self.request.client.host if self.request.client else ""
        return Client(host, self.request.headers.get("user-agent", "")[:512])

    @property
    def caller(self) -> str:
        """Whom a rate limit counts: the user, or the address of nobody."""
        return str(self.viewer.user_id) if self.viewer else self.client.address

    def read(self) -> AbstractAsyncContextManager[ReadSession]:
        """A short read session of its own."""
        return self.resources.database.read()

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work."""
        return self.resources.begin()

    async def load(self, function: BatchFunction[K, V], key: K) -> V | None:
        """The value of `key`, read together with the other keys that are asked for meanwhile."""
        loader = self._loaders.get(function)
        if loader is None:

            async def load_batch(keys: list[K]) -> list[V | None]:
                async with self.read() as session:
                    found = await function(session, self.viewer, keys)
                return [found.get(key) for key in keys]

            loader = self._loaders[function] = DataLoader(load_fn=load_batch)
        return cast("V | None", await loader.load(key))

    def forget(self) -> None:
        """Read anew from here on: what an event tells may have changed what was loaded."""
        self._loaders.clear()


Info = strawberry.Info[Context, None]

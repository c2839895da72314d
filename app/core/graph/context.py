"""What a resolver can reach through `info.context`: fresh for each operation."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import strawberry
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from strawberry.dataloader import DataLoader

from app.core.access import Access
from app.core.authentication import Known, RightsChanged
from app.core.client import Client
from app.core.db import ReadSession
from app.core.errors import Unauthenticated
from app.core.graph.read.returning import Returning
from app.core.limits import Limit
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

if TYPE_CHECKING:
    from app.core.graph.executor import Executor

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MOST_CHANGES = 10


class Context:
    """One operation's view of the program."""

    def __init__(
        self,
        resources: Resources,
        executor: "Executor",
        request: HTTPConnection,
    ) -> None:
        self.resources = resources
        self.executor = executor
        self.request = request
        self._response: Response | None = None
        self.known: Known | None = None
        self.token_problem: str | None = None
        self._caller: str | None = None
        # Of mutations that were carried out and are only to be written, by response key.
        self.payloads: dict[str | int, Any] = {}
        # What the mutation that is carried out may have with the row that it writes.
        self.returning: Returning | None = None
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    def fresh(self) -> "Context":
        """The same caller, with nothing loaded yet: for the next operation on a socket."""
        other = Context(self.resources, self.executor, self.request)
        other.known = self.known
        other.token_problem = self.token_problem
        return other

    @property
    def response(self) -> Response | None:
        """Where an operation puts cookies; a socket has none."""
        if self._response is None and isinstance(self.request, Request):
            self._response = Response()
        return self._response

    @property
    def cookies(self) -> list[tuple[bytes, bytes]]:
        """The headers for what was put there."""
        found = self._response.raw_headers if self._response is not None else ()
        return [each for each in found if each[0] == b"set-cookie"]

    @property
    def viewer(self) -> Viewer | None:
        """Who asks; None for nobody."""
        return self.known.viewer if self.known else None

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
        return Client(host[:50], self.request.headers.get("user-agent", "")[:512])

    @property
    def caller(self) -> str:
        """Whom a rate limit counts: the user, or the address of nobody."""
        if self._caller is None:
            viewer = self.viewer
            self._caller = viewer.key if viewer else self.client.address
        return self._caller

    def read(self) -> AbstractAsyncContextManager[ReadSession]:
        """A short read session of its own."""
        return self.resources.database.read()

    def begin(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """A unit of work."""
        return self.resources.begin(self.client)

    async def admit(self, access: Access, *limits: Limit) -> None:
        """Whether the caller may do something now. Raises a `RequestError`, or takes a token."""
        access.check(self.viewer, self.token_problem)
        limiter = self.resources.limiter
        for limit in limits:
            if not limiter.try_take(self.caller, limit):
                await limiter.take(self.caller, limit)

    async def confirm(self) -> None:
        """Ask the database whether the viewer still has the rights that are known."""
        known = self.known
        if known is not None:
            authenticator = self.executor.authenticator
            if not await authenticator.confirm(self.resources.grouping, known):
                raise RightsChanged

    async def as_known(self, run: Callable[[], Awaitable[V]]) -> V:
        """Run something; anew if what the session may do turns out to have changed."""
        for _ in range(_MOST_CHANGES):
            try:
                return await run()
            except RightsChanged:
                await self._identify_again()
        raise AssertionError("the rights of a session change all the time")

    async def _identify_again(self) -> None:
        """Look the viewer's rights up again: the session may have ended."""
        if self.known is None:
            return
        authenticator, database = self.executor.authenticator, self.resources.database
        header = self.request.headers.get("authorization", "")
        try:
            if isinstance(self.request, Request):
                self.known = await authenticator.identify(database, header)
            else:
                # A socket outlives the token that opened it.
                self.known = await authenticator.reload(database, self.known)
        except Unauthenticated as error:
            self.known, self.token_problem = None, error.message

    async def load(
        self, name: Hashable, batch: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], key: K
    ) -> V | None:
        """The value of `key`, read together with the other keys that are asked for meanwhile.

        Whatever has the same `name` in an operation shares a loader, and its `batch`.
        """
        loader = self._loaders.get(name)
        if loader is None:

            async def load_batch(keys: list[K]) -> list[V | None]:
                found = await batch(keys)
                return [found.get(key) for key in keys]

            loader = self._loaders[name] = DataLoader(load_fn=load_batch)
        # Who stops waiting, for a field beside it failed, leaves it to the others who wait.
        return cast("V | None", await asyncio.shield(loader.load(key)))

    def forget(self) -> None:
        """Read anew from here on: what an event tells may have changed what was loaded."""
        self._loaders.clear()


Info = strawberry.Info[Context, None]

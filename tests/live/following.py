"""Clients of the live engine without a transport: what they are told is kept in lists."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.requests import Request

from app.accounts.service.sessions import rights_of
from app.accounts.store.sessions import rights_version
from app.core.authentication import Authenticator
from app.core.graph.context import Context
from app.core.graph.executor import Executor
from app.core.graph.looking import Asked
from app.core.graph.schema import Schema
from app.core.realtime.live import Live
from app.core.realtime.sink import Running
from app.core.resources import Resources, open_resources
from app.core.settings import Settings
from app.schema import schema
from tests.factories import Person
from tests.waiting import eventually


class Client:
    """One operation's sink: what came, in order."""

    def __init__(self) -> None:
        self.results: list[bytes] = []
        self.errors: list[dict[str, Any]] | None = None
        self.completed = False
        self.running: Running | None = None

    def next(self, result: bytes) -> None:
        assert not self.ended
        self.results.append(result)

    def refuse(self, errors: bytes) -> None:
        assert not self.ended
        assert not self.results
        self.errors = orjson.loads(errors)

    def complete(self) -> None:
        assert not self.ended
        self.completed = True

    @property
    def ended(self) -> bool:
        return self.completed or self.errors is not None

    @property
    def code(self) -> str:
        """Why it was refused."""
        assert self.errors is not None
        code: str = self.errors[0]["extensions"]["code"]
        return code

    def events(self) -> list[dict[str, Any]]:
        """What the one root field gave, each time."""
        found = []
        for result in self.results:
            answer = orjson.loads(result)
            assert "errors" not in answer, answer
            [event] = answer["data"].values()
            found.append(event)
        return found

    def stop(self) -> None:
        assert self.running is not None
        self.running.stop()

    async def told(self, number: int, seconds: float = 10) -> list[dict[str, Any]]:
        """The first so many events, once they are there."""
        await eventually(lambda: len(self.results) >= number or self.ended, seconds)
        return self.events()[:number]

    async def refused(self) -> str:
        await eventually(lambda: self.errors is not None)
        return self.code


class Connection:
    """An authenticated connection, as a transport would keep it."""

    def __init__(self, process: "Process", context: Context) -> None:
        self.context = context
        self.closed: tuple[int, str] | None = None
        self._process = process

    def close(self, code: int, reason: str) -> None:
        assert self.closed is None
        self.closed = code, reason

    def follow(
        self, document: str, variables: dict[str, Any] | None = None, name: str | None = None
    ) -> Client:
        """Start an operation."""
        client = Client()
        asked = Asked(document, variables, name)
        client.running = self._process.live.start(asked, self.context, client)
        return client


class Process:
    """One process's worth of the engine."""

    def __init__(self, resources: Resources, served: Schema) -> None:
        self.resources = resources
        authenticator = Authenticator(resources.tokens, rights_of, rights_version())
        self.executor = Executor(served.reading, resources, authenticator)
        self.live = Live(resources, self.executor)

    async def connect(self, person: Person) -> Connection:
        """A connection of a signed-in person."""
        scope: dict[str, Any] = {"type": "http", "headers": [], "method": "POST", "path": "/"}
        context = Context(self.resources, self.executor, Request(scope))
        authorization = f"Bearer {person.access_token}"
        database = self.resources.database
        context.known = await self.executor.authenticator.identify(database, authorization)
        connection = Connection(self, context)
        self.live.joined(connection)
        return connection

    async def follow(
        self, person: Person, document: str, variables: dict[str, Any] | None = None
    ) -> Client:
        """Start an operation on a connection of its own."""
        return (await self.connect(person)).follow(document, variables)

    async def following(self, count: int, seconds: float = 10) -> None:
        """Wait until so many subscribers are let in."""
        await eventually(lambda: self.present() == count, seconds)

    def present(self) -> int:
        """How many subscribers are told what comes."""
        feeds: Sequence[Any] = list(self.live._feeds.values())
        return sum(
            len(view.present) for feed in feeds for view in feed._views.values() if feed._ready
        )


@asynccontextmanager
async def process_of(settings: Settings, served: Schema = schema) -> AsyncIterator[Process]:
    """A process of the server."""
    async with open_resources(settings) as resources:
        made = Process(resources, served)
        await made.live.start_up()
        yield made
        await made.live.close()

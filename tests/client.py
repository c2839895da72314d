"""A client of the real server: GraphQL over HTTP, multipart uploads, graphql-transport-ws."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

import httpx
from graphql import GraphQLNonNull
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.core.resources import Resources
from app.schema import schema
from tests.waiting import eventually

_PROTOCOL = Subprotocol("graphql-transport-ws")
_SECONDS = 10.0

Data = dict[str, Any]


class SignedIn(Protocol):
    """Whoever has an access token."""

    @property
    def access_token(self) -> str:
        """The token for `Authorization: Bearer`."""


@dataclass(frozen=True)
class Answer:
    """An answer to an operation over HTTP."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def data(self) -> Any:
        return self.response.json().get("data")

    @property
    def errors(self) -> list[Data]:
        found: list[Data] = self.response.json().get("errors") or []
        return found

    @property
    def codes(self) -> list[str]:
        """The codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.errors]

    def ok(self) -> Data:
        """The data of an operation that worked."""
        assert not self.errors, self.errors
        data: Data = self.data
        return data


@dataclass(frozen=True)
class Payload:
    """A mutation's payload."""

    data: Data

    @property
    def errors(self) -> list[Data]:
        found: list[Data] = self.data["errors"]
        return found

    @property
    def codes(self) -> list[str]:
        """The codes of the expected failures."""
        return [error["code"] for error in self.errors]

    def ok(self) -> Data:
        """The payload of a mutation that did what was asked."""
        assert not self.errors, self.errors
        return self.data


def input_type(mutation: str) -> str:
    """The schema's name of a mutation's `input`."""
    kind = schema._schema.mutation_type
    assert kind is not None
    given = kind.fields[mutation].args["input"].type
    assert isinstance(given, GraphQLNonNull)
    return str(given)


def mutation_document(mutation: str, fields: str) -> str:
    """A document for a mutation with one `input`."""
    return (
        f"mutation ($input: {input_type(mutation)}) {{ {mutation}(input: $input)"
        f" {{ {fields} errors {{ code message field lockoutEnd }} }} }}"
    )


class Client:
    """The server, as an outside client sees it."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self.http = http

    async def execute(
        self,
        document: str,
        variables: Data | None = None,
        *,
        as_: SignedIn | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Run an operation by POST."""
        body = {"query": document, "variables": variables or {}}
        return Answer(
            await self.http.post("/graphql", json=body, headers=_headers(as_) | (headers or {}))
        )

    async def mutate(
        self,
        mutation: str,
        input: Data,
        fields: str = "",
        *,
        as_: SignedIn | None = None,
        headers: dict[str, str] | None = None,
    ) -> Payload:
        """Run one mutation; its errors come along."""
        answer = await self.execute(
            mutation_document(mutation, fields), {"input": input}, as_=as_, headers=headers
        )
        return Payload(answer.ok()[mutation])

    async def submit_audio(
        self, session_id: str, sequence: int, audio: bytes, *, as_: SignedIn, **more: Any
    ) -> Answer:
        """Send a chunk by the GraphQL multipart request."""
        document = mutation_document(
            "audioChunkSubmit", "chunk { sequence status size receivedAt }"
        )
        given = {"sessionId": session_id, "sequence": sequence, "audio": None, **more}
        parts = {
            "operations": json.dumps({"query": document, "variables": {"input": given}}),
            "map": json.dumps({"0": ["variables.input.audio"]}),
        }
        files = {"0": ("chunk.webm", audio, "audio/webm")}
        return Answer(
            await self.http.post("/graphql", data=parts, files=files, headers=_headers(as_))
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Socket"]:
        """A socket that has said nothing yet."""
        url = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=[_PROTOCOL], proxy=None) as connection:
            socket = Socket(connection)
            try:
                yield socket
            finally:
                await socket.stop_reading()

    @asynccontextmanager
    async def socket(self, *, as_: SignedIn) -> AsyncIterator["Socket"]:
        """A socket that the server has acknowledged."""
        async with self.open() as socket:
            await socket.initialise(as_.access_token)
            yield socket


class Api(Client):
    """The server in this process; `app` is for looking behind it."""

    def __init__(self, url: str, http: httpx.AsyncClient, app: Starlette) -> None:
        super().__init__(url, http)
        self.app = app

    @property
    def resources(self) -> Resources:
        """The server's own."""
        found: Resources = self.app.state.resources
        return found

    async def listening(self, stream: str, listeners: int = 1) -> None:
        """Wait until so many subscribers hear a stream."""

        def hear() -> bool:
            feeds = self.app.state.sockets.live._feeds.values()
            return listeners == sum(
                len(list(feed.subscribers())) for feed in feeds if feed.stream == stream
            )

        await eventually(hear)


def _headers(who: SignedIn | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {who.access_token}"} if who else {}


class OperationError(Exception):
    """A payload with errors, or an `error` message."""

    def __init__(self, errors: list[Data]) -> None:
        self.errors = errors
        super().__init__(str(errors))

    @property
    def code(self) -> str:
        """The code of the first error."""
        code: str = self.errors[0]["extensions"]["code"]
        return code


class SocketClosedError(Exception):
    """The server closed the socket."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"closed with {code}")


class Socket:
    """One connection of graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._ids = count(1)
        self._subscriptions: dict[str, Subscription] = {}
        self._reader: asyncio.Task[None] | None = None

    async def send(self, message: Data | str) -> None:
        """Send a message, or any text."""
        await self.connection.send(message if isinstance(message, str) else json.dumps(message))

    async def receive(self) -> Data:
        """The next message, before `initialise` has begun to hand them out."""
        message: Data = json.loads(await asyncio.wait_for(self.connection.recv(), _SECONDS))
        return message

    async def initialise(self, access_token: str) -> None:
        """Authenticate, and read from now on."""
        given = {"authorization": f"Bearer {access_token}"}
        await self.send({"type": "connection_init", "payload": given})
        assert (await self.receive())["type"] == "connection_ack"
        self._reader = asyncio.create_task(self._read())

    async def subscribe(self, document: str, variables: Data | None = None) -> "Subscription":
        """Start an operation."""
        subscription = Subscription(self, str(next(self._ids)))
        self._subscriptions[subscription.id] = subscription
        payload = {"query": document, "variables": variables or {}}
        await self.send({"type": "subscribe", "id": subscription.id, "payload": payload})
        return subscription

    async def closed(self) -> int:
        """Wait until the server closes the socket; the code."""
        await asyncio.wait_for(self.connection.wait_closed(), _SECONDS)
        code = self.connection.close_code
        assert code is not None
        return code

    async def stop_reading(self) -> None:
        """Leave the connection to its context manager."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def _read(self) -> None:
        try:
            async for text in self.connection:
                message = json.loads(text)
                subscription = self._subscriptions.get(message.get("id", ""))
                if subscription is not None:
                    subscription.messages.put_nowait(message)
        except ConnectionClosed:
            pass
        for subscription in self._subscriptions.values():
            subscription.messages.put_nowait(None)


class Subscription:
    """The payloads of one operation, in order."""

    def __init__(self, socket: Socket, id: str) -> None:
        self.id = id
        self.messages: asyncio.Queue[Data | None] = asyncio.Queue()
        self._socket = socket

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Data:
        return await self.next()

    async def next(self, seconds: float = _SECONDS) -> Data:
        """The next payload's data.

        `OperationError` for errors, `StopAsyncIteration` at the end, `SocketClosedError` if the
        server closed the socket, `TimeoutError` if nothing comes.
        """
        message = await asyncio.wait_for(self.messages.get(), seconds)
        if message is None:
            raise SocketClosedError(self._socket.connection.close_code or 0)
        if message["type"] == "complete":
            raise StopAsyncIteration
        if message["type"] == "error":
            raise OperationError(message["payload"])
        payload: Data = message["payload"]
        if payload.get("errors"):
            raise OperationError(payload["errors"])
        data: Data = payload["data"]
        return data

    async def stop(self) -> None:
        """Tell the server that no more is wanted."""
        await self._socket.send({"type": "complete", "id": self.id})

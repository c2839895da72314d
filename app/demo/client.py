"""One person's connection to the server: requests over HTTP, events over graphql-transport-ws."""

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Self

from gql import Client, FileVar, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.exceptions import TransportError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

_SECONDS = 30


class DemoError(Exception):
    """Something that the demo needs didn't happen; the message says what."""


class Person:
    """Somebody who is signed in."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/graphql"
        self._stack = AsyncExitStack()
        self._http: AsyncClientSession | None = None
        self._socket: AsyncClientSession | None = None
        self.name = ""
        self.username = ""

    async def __aenter__(self) -> Self:
        self._http = await self._open(HTTPXAsyncTransport(self._url, timeout=_SECONDS))
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def _open(self, transport: HTTPXAsyncTransport | WebsocketsTransport) -> Any:
        client = Client(transport=transport, execute_timeout=_SECONDS)
        return await self._stack.enter_async_context(client)

    async def authenticate(self, user: dict[str, Any], token: str) -> None:
        """Go on as this user, with a socket."""
        self.name, self.username = user["firstName"], user["username"]
        bearer = f"Bearer {token}"
        self._http = await self._open(
            HTTPXAsyncTransport(self._url, timeout=_SECONDS, headers={"Authorization": bearer})
        )
        self._socket = await self._open(
            WebsocketsTransport(
                self._url.replace("http", "ws", 1),
                init_payload={"authorization": bearer},
                subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
            )
        )

    async def call(self, document: str, *, files: bool = False, **variables: Any) -> Any:
        """The one root field of a request; `DemoError` for whatever its payload refuses."""
        assert self._http is not None
        try:
            data = await self._http.execute(
                GraphQLRequest(document, variable_values=variables), upload_files=files
            )
        except TransportError as error:
            raise DemoError(str(error)) from None
        (payload,) = data.values()
        errors = payload.get("errors") if isinstance(payload, dict) else None
        if errors:
            raise Refused(errors[0]["code"], errors[0]["message"])
        return payload

    async def submit(self, document: str, audio: bytes, **given: Any) -> Any:
        """Send a file with an input."""
        given["audio"] = FileVar(
            io.BytesIO(audio), filename="chunk.webm", content_type="audio/webm"
        )
        return await self.call(document, files=True, input=given)

    async def listen(self, document: str, **variables: Any) -> AsyncIterator[Any]:
        """The events of one root field."""
        assert self._socket is not None
        request = GraphQLRequest(document, variable_values=variables)
        async for data in self._socket.subscribe(request):
            (event,) = data.values()
            yield event


class Refused(DemoError):
    """An expected failure, as a payload reports it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)

"""Operations as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from app.core.serving import asking, sse
from app.core.serving.websocket import MOST_UNREAD
from tests.serving.server import Server
from tests.waiting import eventually

_COMPLETE = ("complete", "")
_BEAT = ("", "")


class _Events:
    """The events of a response, one after the other; a comment is one without a name."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """Name and data. `StopAsyncIteration` at the end."""
        name, data = "", ""
        async with asyncio.timeout(10):
            while line := await anext(self._lines):
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field.startswith("data"):
                    data += value
        return name, orjson.loads(data) if data else ""


@asynccontextmanager
async def _asking(
    server: Server, query: str, user: str = "ana", method: str = "POST"
) -> AsyncIterator[_Events]:
    headers = {"accept": "text/event-stream", "x-user": user}
    given: dict[str, Any] = {"json": {"query": query}}
    if method == "GET":
        given = {"params": {"query": query}}
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        client.stream(method, f"http://{server.url}", headers=headers, **given) as response,
    ):
        events = _Events(response)
        if response.status_code == 200:
            assert await events.next() == _BEAT
        yield events


async def _ended(events: _Events) -> bool:
    with pytest.raises(StopAsyncIteration):
        await events.next()
    return True


class TestEvents:
    @pytest.mark.parametrize("method", ["POST", "GET"])
    async def test_one_result(self, server: Server, method: str) -> None:
        async with _asking(server, "one", method=method) as events:
            headers = events.response.headers
            assert headers["content-type"] == "text/event-stream; charset=utf-8"
            assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")
            assert await events.next() == ("next", {"data": {"one": 1}})
            assert await events.next() == _COMPLETE
            assert await _ended(events)
        await eventually(lambda: server.quiet)

    async def test_refused(self, server: Server) -> None:
        async with _asking(server, "no") as events:
            name, result = await events.next()
            assert (name, list(result)) == ("next", ["errors"])
            assert result["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
            assert await events.next() == _COMPLETE
            assert await _ended(events)

    async def test_many(self, server: Server) -> None:
        async with _asking(server, "room") as events:
            await eventually(lambda: server.followers("room") == 1)
            for number in range(3):
                await server.tell("room", {"data": number})
                assert await events.next() == ("next", {"data": number})
            await server.do(server.live.tell, "room", b'{"data":\n[1,\r\n2]}')
            assert await events.next() == ("next", {"data": [1, 2]})
            await server.do(server.live.end, "room")
            assert await events.next() == _COMPLETE
            assert await _ended(events)

    async def test_heartbeat(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sse, "_HEARTBEAT", 0.05)
        async with _asking(server, "room") as events:
            for _ in range(3):
                assert await events.next() == _BEAT


class TestEnding:
    async def test_the_client_leaves(self, server: Server) -> None:
        async with _asking(server, "room"):
            await eventually(lambda: server.followers("room") == 1)
            (follower,) = server.live.following["room"]
        await eventually(lambda: follower.stops == 1 and server.quiet)

    async def test_the_session_ends(self, server: Server) -> None:
        async with _asking(server, "room") as events:
            await eventually(lambda: len(server.live.peers) == 1)
            (peer,) = server.live.peers
            await server.do(peer.close, 4403, "Your session has ended")
            name, result = await events.next()
            assert name == "next"
            assert result["errors"] == [
                {"message": "Your session has ended", "extensions": {"code": "UNAUTHENTICATED"}}
            ]
            assert await events.next() == _COMPLETE
            assert await _ended(events)
        await eventually(lambda: server.quiet)

    async def test_it_is_to_come_again(self, server: Server) -> None:
        """Without `complete`, a client takes the end for a lost connection."""
        async with _asking(server, "room") as events:
            await eventually(lambda: len(server.live.peers) == 1)
            (peer,) = server.live.peers
            await server.do(peer.close, 1013, "")
            assert await _ended(events)

    async def test_the_server_stops(self, server: Server) -> None:
        async with _asking(server, "room") as events:
            await eventually(lambda: server.followers("room") == 1)
            before = asyncio.get_running_loop().time()
            await server.stop()
            with pytest.raises(httpx.RemoteProtocolError):
                await events.next()
            await eventually(lambda: server.open == 0)
            assert asyncio.get_running_loop().time() - before < 3

    async def test_nobody_is_no_peer(self, server: Server) -> None:
        async with _asking(server, "room", user="") as events:
            await eventually(lambda: server.followers("room") == 1)
            assert server.live.peers == []
            await server.do(server.live.end, "room")
            assert await events.next() == _COMPLETE


class TestBounds:
    async def test_of_one_user(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asking, "MOST_CONNECTIONS", 1)
        async with _asking(server, "room"):
            async with _asking(server, "room") as second:
                assert second.response.status_code == 429
                refused = orjson.loads(await second.response.aread())
                codes = [each["extensions"]["code"] for each in refused["errors"]]
                assert codes == ["TOO_MANY_CONNECTIONS"]
            async with _asking(server, "one", user="ben") as other:
                assert (await other.next())[0] == "next"
        await eventually(lambda: not server.live.peers)
        async with _asking(server, "one") as again:
            assert (await again.next())[0] == "next"

    async def test_one_that_stops_reading(self, server: Server) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        body = b'{"query":"room"}'
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        await reader.readuntil(b"\r\n\r\n")
        await eventually(lambda: server.followers("room") == 1)
        reader._transport.pause_reading()
        (follower,) = server.live.following["room"]
        async with _asking(server, "room", user="ben") as other:
            await eventually(lambda: server.followers("room") == 2)
            told = 0
            while follower.stops == 0:
                await server.tell("room", {"data": "x" * 10_000})
                assert (await other.next())[0] == "next"
                told += 1
                assert told < 5000, "it was never ended"
            assert told * 10_000 > MOST_UNREAD
            await eventually(lambda: server.open == 1)
        reader._transport.resume_reading()
        # Cut off somewhere, not ended.
        assert not (await reader.read()).endswith(b"\r\n0\r\n\r\n")
        writer.close()

"""The clients that pages use: graphql-ws and graphql-sse from npm, against the real transports."""

from pathlib import Path
from typing import Any

import pytest

from app.core.serving.websocket import Patience
from tests.serving.clients import Client, client, installed
from tests.serving.server import Server, serving
from tests.waiting import eventually

_ONE = {"data": {"one": 1}}


@pytest.fixture(scope="session")
def folder() -> Path:
    return installed()


def _event(number: int) -> dict[str, Any]:
    return {"data": {"cursor": f"c{number}"}}


async def _follow(made: Client, server: Server, id: str = "1") -> None:
    before = server.followers("room")
    made.do("subscribe", id=id, query="room")
    await eventually(lambda: server.followers("room") == before + 1)


def _after(server: Server) -> list[Any]:
    return [(asked.variables or {}).get("after") for asked in server.live.asked]


class TestWs:
    async def test_one_result(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url) as made:
            made.do("subscribe", id="1", query="one")
            assert await made.until("next") == {"on": "next", "id": "1", "value": _ONE}
            assert await made.next() == {"on": "complete", "id": "1"}

    async def test_refused(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url, lazyCloseTimeout=1000) as made:
            made.do("subscribe", id="1", query="no")
            error = await made.until("error")
            assert error["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
            made.do("subscribe", id="2", query="one")
            assert (await made.next())["on"] == "next"

    async def test_stopped(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url, lazyCloseTimeout=60_000) as made:
            await _follow(made, server, "1")
            await _follow(made, server, "2")
            await server.tell("room", _event(1))
            assert {(await made.until("next"))["id"] for _ in range(2)} == {"1", "2"}
            made.do("stop", id="1")
            await eventually(lambda: server.followers("room") == 1)
            assert await made.next() == {"on": "complete", "id": "1"}
            await server.tell("room", _event(2))
            assert await made.next() == {"on": "next", "id": "2", "value": _event(2)}

    async def test_lazy(self, server: Server, folder: Path) -> None:
        """It connects for its first subscription, and leaves after the last."""
        async with client(folder, "ws", server.url) as made:
            await _follow(made, server)
            assert await made.until("connected")
            made.do("stop", id="1")
            assert (await made.until("closed"))["code"] == 1000
            await eventually(lambda: server.open == 0)

    async def test_not_lazy(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url, lazy=False):
            await eventually(lambda: len(server.live.peers) == 1)

    async def test_keeps_alive(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url, keepAlive=20, lazy=False) as made:
            for _ in range(3):
                assert await made.until("ping") == {"on": "ping", "received": False}
                assert await made.next() == {"on": "pong", "received": True}

    async def test_answers_pings(self, clean_redis_url: str, folder: Path) -> None:
        patience = Patience(turn=0.02, init=0.1, ping=0.4, pong=0.3, idle=2.0)
        async with (
            serving(clean_redis_url, patience) as server,
            client(folder, "ws", server.url, lazy=False) as made,
        ):
            # It would have been gone long before it is found to be idle.
            assert (await made.until("closed"))["code"] == 1000

    async def test_resumes_whatever_ends_it(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url) as made:
            await _follow(made, server)
            for number, code in enumerate((1013, 1012, None)):
                await server.tell("room", _event(number))
                assert (await made.until("next"))["value"] == _event(number)
                (socket,) = server.live.peers
                if code is None:
                    await server.do(socket.transport.abort)
                else:
                    await server.do(socket.close, code, "again")
                assert (await made.until("closed"))["code"] == (code or 1006)
                assert await made.next() == {"on": "connecting", "retry": True}
                asked = number + 2
                await eventually(lambda asked=asked: len(server.live.asked) == asked)
                await eventually(lambda: server.followers("room") == 1)
            assert _after(server) == [None, "c0", "c1", "c2"]

    async def test_resumes_when_it_was_too_slow(self, server: Server, folder: Path) -> None:
        """A closing that comes behind a megabyte is read all the same."""
        async with client(folder, "ws", server.url) as made:
            await _follow(made, server)
            result = b'{"data":{"cursor":"c7","x":"' + b"x" * 400_000 + b'"}}'

            def tell() -> None:
                for _ in range(40):
                    server.live.tell("room", result)

            await server.do(tell)
            assert (await made.until("closed"))["code"] == 1013
            await eventually(lambda: len(server.live.asked) == 2)
            assert _after(server) == [None, "c7"]

    async def test_a_server_that_restarts(self, clean_redis_url: str, folder: Path) -> None:
        """Who is to find it again has to be told to try when nobody answers."""
        async with serving(clean_redis_url) as server:
            port = server.port
            async with client(
                folder, "ws", server.url, alwaysRetry=True, retryAttempts=1000
            ) as made:
                await _follow(made, server)
                await server.tell("room", _event(1))
                await made.until("next")
                await server.stop()
                assert (await made.until("closed"))["code"] == 1012
                await eventually(lambda: server.open == 0)
                async with serving(clean_redis_url, port=port) as again:
                    await eventually(lambda: again.followers("room") == 1)
                    assert _after(again) == ["c1"]

    @pytest.mark.parametrize("code", [1002, 1007, 1009, 4400, 4401, 4406, 4409, 4429])
    async def test_does_not_come_again(self, server: Server, folder: Path, code: int) -> None:
        async with client(folder, "ws", server.url) as made:
            await _follow(made, server)
            (socket,) = server.live.peers
            await server.do(socket.close, code, "for good")
            assert await made.until("closed") == {
                "on": "closed",
                "code": code,
                "reason": "for good",
            }
            assert await made.next() == {"on": "error", "id": "1", "code": code}

    @pytest.mark.parametrize("code", [4403, 4408])
    async def test_comes_again(self, server: Server, folder: Path, code: int) -> None:
        """Its session may be another one then."""
        async with client(folder, "ws", server.url) as made:
            await _follow(made, server)
            (socket,) = server.live.peers
            await server.do(socket.close, code, "")
            assert (await made.until("closed"))["code"] == code
            assert await made.next() == {"on": "connecting", "retry": True}

    async def test_gives_up_where_it_is_forbidden(self, server: Server, folder: Path) -> None:
        params = {"user": "nobody"}
        async with client(
            folder, "ws", server.url, connectionParams=params, retryAttempts=3
        ) as made:
            made.do("subscribe", id="1", query="room")
            assert await made.until("error") == {"on": "error", "id": "1", "code": 4403}
        assert server.live.asked == []

    async def test_terminated(self, server: Server, folder: Path) -> None:
        async with client(folder, "ws", server.url) as made:
            await _follow(made, server)
            made.do("terminate")
            assert (await made.until("closed"))["code"] == 4499
            await eventually(lambda: len(server.live.asked) == 2)
            await eventually(lambda: server.followers("room") == 1 and server.open == 1)


class TestSse:
    async def test_one_result(self, server: Server, folder: Path) -> None:
        async with client(folder, "sse", server.url) as made:
            made.do("subscribe", id="1", query="one")
            assert await made.until("next") == {"on": "next", "id": "1", "value": _ONE}
            assert await made.next() == {"on": "complete", "id": "1"}

    async def test_refused(self, server: Server, folder: Path) -> None:
        async with client(folder, "sse", server.url) as made:
            made.do("subscribe", id="1", query="no")
            (error,) = (await made.until("next"))["value"]["errors"]
            assert error["extensions"] == {"code": "UNAUTHENTICATED"}
            assert await made.next() == {"on": "complete", "id": "1"}

    async def test_many_and_stopped(self, server: Server, folder: Path) -> None:
        async with client(folder, "sse", server.url) as made:
            await _follow(made, server)
            for number in range(3):
                await server.tell("room", _event(number))
                assert (await made.until("next"))["value"] == _event(number)
            made.do("stop", id="1")
            await eventually(lambda: server.followers("room") == 0 and server.open == 0)

    async def test_resumes_whatever_ends_it(self, server: Server, folder: Path) -> None:
        async with client(folder, "sse", server.url) as made:
            await _follow(made, server)
            for number, code in enumerate((1013, 1012)):
                await server.tell("room", _event(number))
                assert (await made.until("next"))["value"] == _event(number)
                (stream,) = server.live.peers
                await server.do(stream.close, code, "again")
                assert await made.next() == {"on": "connecting", "retry": True}
                asked = number + 2
                await eventually(lambda asked=asked: len(server.live.asked) == asked)
                await eventually(lambda: server.followers("room") == 1)
            assert _after(server) == [None, "c0", "c1"]

    async def test_a_server_that_restarts(self, clean_redis_url: str, folder: Path) -> None:
        async with serving(clean_redis_url) as server:
            port = server.port
            async with client(folder, "sse", server.url, retryAttempts=1000) as made:
                await _follow(made, server)
                await server.tell("room", _event(1))
                await made.until("next")
                await server.stop()
                assert await made.next() == {"on": "connecting", "retry": True}
                await eventually(lambda: server.open == 0)
                async with serving(clean_redis_url, port=port) as again:
                    await eventually(lambda: again.followers("room") == 1)
                    assert _after(again) == ["c1"]

    async def test_a_session_that_ends(self, server: Server, folder: Path) -> None:
        async with client(folder, "sse", server.url) as made:
            await _follow(made, server)
            (stream,) = server.live.peers
            await server.do(stream.close, 4403, "Your session has ended")
            (error,) = (await made.until("next"))["value"]["errors"]
            assert error["extensions"] == {"code": "UNAUTHENTICATED"}
            assert await made.next() == {"on": "complete", "id": "1"}

"""graphql-transport-ws: what it answers, every close code, and the bounds."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis

from app.core.metrics import SOCKETS
from app.core.serving import asking, graphql_ws
from app.core.serving.websocket import MOST_UNREAD, Patience
from tests.serving.server import Server, serving
from tests.serving.wire import BINARY, LOST, PONG, Wire, frame, opened, welcomed
from tests.waiting import eventually

_INIT = {"type": "connection_init"}
_SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "room"}}


async def _follow(server: Server, wire: Wire, query: str = "room", id: str = "1") -> None:
    before = server.followers(query)
    wire.subscribe(id, query)
    await eventually(lambda: server.followers(query) == before + 1)


class TestOperations:
    async def test_one_result(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            for _ in range(2):  # an id is free again after its operation
                wire.subscribe("a", "one")
                payload = {"data": {"one": 1}}
                assert await wire.hear() == {"id": "a", "type": "next", "payload": payload}
                assert await wire.hear() == {"id": "a", "type": "complete"}

    async def test_refused(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.subscribe("a", "no")
            heard = await wire.hear()
            wire.say({"type": "ping"})
            assert await wire.hear() == {"type": "pong"}
        assert (heard["id"], heard["type"]) == ("a", "error")
        assert [each["extensions"]["code"] for each in heard["payload"]] == ["UNAUTHENTICATED"]

    async def test_many_results_to_many(self, server: Server) -> None:
        async with welcomed(server.port) as first, welcomed(server.port, "ben") as second:
            await _follow(server, first, id="mine")
            await _follow(server, second, id='"ä\\')
            for number in range(3):
                await server.tell("room", {"data": {"number": number}})
            await server.do(server.live.end, "room")
            for wire, id in ((first, "mine"), (second, '"ä\\')):
                for number in range(3):
                    payload = {"data": {"number": number}}
                    assert await wire.hear() == {"id": id, "type": "next", "payload": payload}
                assert await wire.hear() == {"id": id, "type": "complete"}

    @pytest.mark.parametrize("size", [0, 50, 70, 65_400, 65_500, 70_000])
    async def test_results_of_every_size(self, server: Server, size: int) -> None:
        async with welcomed(server.port) as wire:
            await _follow(server, wire)
            await server.tell("room", {"data": "x" * size})
            assert (await wire.hear())["payload"] == {"data": "x" * size}

    async def test_stopped(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            await _follow(server, wire)
            (follower,) = server.live.following["room"]
            wire.say({"type": "complete", "id": "1"})
            wire.say({"type": "complete", "id": "unknown"})
            await eventually(lambda: follower.stops == 1)
            await server.do(follower.sink.next, b"{}")
            await server.do(follower.sink.complete)
            wire.say({"type": "ping"})
            assert await wire.hear() == {"type": "pong"}

    async def test_what_is_asked(self, server: Server) -> None:
        given = {"variables": {"a": 1}, "operationName": "B", "extensions": {"c": 2}}
        async with welcomed(server.port) as wire:
            wire.subscribe("1", "one", **given)
            await wire.hear()
        (asked,) = server.live.asked
        found = (asked.query, asked.variables, asked.operation_name, asked.extensions)
        assert found == ("one", {"a": 1}, "B", {"c": 2})

    async def test_whose_it_is(self, server: Server) -> None:
        """The connection's own context, which is told when rights change."""
        async with welcomed(server.port, "ben") as wire:
            wire.subscribe("1", "one")
            wire.subscribe("2", "one")
            for _ in range(4):
                await wire.hear()
            (peer,) = server.live.peers
            assert all(each is peer.context for each in server.live.contexts)
            assert peer.context.caller == "ben"

    @pytest.mark.parametrize("payload", [None, {}, {"at": [1, "ä"]}])
    async def test_ping(self, server: Server, payload: Any) -> None:
        async with opened(server.port) as wire:
            wire.say({"type": "ping", "payload": payload})
            wire.say({"type": "pong", "payload": payload})
            pong = {"type": "pong", "payload": payload} if payload else {"type": "pong"}
            assert await wire.hear() == pong


class TestClosing:
    @pytest.mark.parametrize(
        "message",
        [
            b"hello",
            b"",
            b"[" * 100_000,
            [],
            "ping",
            {},
            {"type": "nothing"},
            {"type": ["ping"]},
            {"type": "connection_ack"},
            {"type": "next", "id": "1", "payload": {}},
            {"type": "ping", "payload": []},
            {"type": "pong", "payload": "x"},
            {"type": "complete"},
            {"type": "complete", "id": 1},
            {"type": "subscribe", "payload": {"query": "one"}},
            {"type": "subscribe", "id": "", "payload": {"query": "one"}},
            {"type": "subscribe", "id": "x" * 256, "payload": {"query": "one"}},
            {"type": "subscribe", "id": "1"},
            {"type": "subscribe", "id": "1", "payload": []},
            {"type": "subscribe", "id": "1", "payload": {}},
            {"type": "subscribe", "id": "1", "payload": {"query": 1}},
            {"type": "subscribe", "id": "1", "payload": {"query": "one", "variables": []}},
            {"type": "subscribe", "id": "1", "payload": {"query": "one", "operationName": 1}},
            {"type": "subscribe", "id": "1", "payload": {"query": "one", "extensions": "x"}},
        ],
    )
    async def test_invalid(self, server: Server, message: Any) -> None:
        async with welcomed(server.port) as wire:
            wire.say(message)
            code, reason = await wire.closed()
            assert code == 4400
            assert reason.startswith("Invalid message received: ")
        assert server.live.asked == []

    async def test_binary(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.write(frame(BINARY, b'{"type":"ping"}'))
            assert (await wire.closed())[0] == 4400

    async def test_subscribed_before(self, server: Server) -> None:
        async with opened(server.port) as wire:
            wire.say(_SUBSCRIBE)
            assert await wire.closed() == (4401, "Unauthorized")

    async def test_subscribed_while_it_is_looked_up(self, server: Server) -> None:
        async with opened(server.port) as wire:
            wire.say(_INIT | {"payload": {"user": "slow"}})
            wire.say(_SUBSCRIBE)
            assert await wire.closed() == (4401, "Unauthorized")

    @pytest.mark.parametrize(
        ("user", "code"), [("nobody", 4403), ("hasty", 4429), ("broken", 1013)]
    )
    async def test_not_admitted(self, server: Server, user: str, code: int) -> None:
        async with opened(server.port) as wire:
            wire.say(_INIT | {"payload": {"user": user}})
            assert (await wire.closed())[0] == code
        assert server.live.peers == []

    async def test_never_initialised(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.01, init=0.05)
        async with serving(clean_redis_url, patience) as server, opened(server.port) as wire:
            wire.say({"type": "ping"})
            assert await wire.closed() == (4408, "Connection initialisation timeout")

    async def test_looked_up_for_too_long(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.01, init=0.05)
        async with serving(clean_redis_url, patience) as server, opened(server.port) as wire:
            wire.say(_INIT | {"payload": {"user": "slow"}})
            assert (await wire.closed())[0] == 1013

    @pytest.mark.parametrize("id", ["1", "ä" * 255])
    async def test_the_same_id_twice(self, server: Server, id: str) -> None:
        async with welcomed(server.port) as wire:
            await _follow(server, wire, id=id)
            wire.subscribe(id, "room")
            code, reason = await wire.closed()
            assert code == 4409
            # A reason has room for 123 bytes.
            assert f"Subscriber for {id} already exists".startswith(reason)
        await eventually(lambda: server.followers("room") == 0)

    @pytest.mark.parametrize("user", ["ana", "slow"])
    async def test_initialised_twice(self, server: Server, user: str) -> None:
        async with opened(server.port) as wire:
            wire.say(_INIT | {"payload": {"user": user}})
            wire.say(_INIT)
            assert await wire.closed() == (4429, "Too many initialisation requests")

    async def test_idle(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.01, init=0.02, ping=0.04, pong=0.02, idle=0.3)
        async with serving(clean_redis_url, patience) as server, welcomed(server.port) as wire:
            await _follow(server, wire)
            loop = asyncio.get_running_loop()
            ended = loop.time()
            await server.do(server.live.end, "room")
            kind, payload = await wire.read()
            while payload[:2] != (1000).to_bytes(2, "big"):
                wire.write(frame(PONG, b""))
                kind, payload = await wire.read()
            assert loop.time() - ended >= 0.3
            assert (kind, payload[2:]) == (8, b"Idle")

    async def test_by_the_engine(self, server: Server) -> None:
        """As when a session ends: nothing is told after it."""
        async with welcomed(server.port) as wire, welcomed(server.port, "ben") as other:
            await _follow(server, wire)
            await _follow(server, other)
            peer = server.live.peers[0]

            def close() -> None:
                peer.close(4403, "Your session has ended")
                peer.close(1013, "again")
                server.live.tell("room", b'{"data":1}')

            await server.do(close)
            assert await wire.read() == (8, (4403).to_bytes(2, "big") + b"Your session has ended")
            assert (await other.hear())["payload"] == {"data": 1}
            await eventually(lambda: server.followers("room") == 1)
            assert len(server.live.peers) == 1

    async def test_what_comes_after_is_ignored(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.write(
                frame(1, b"{}") + frame(1, b'{"type":"connection_init"}') + frame(1, b"hello")
            )
            assert (await wire.closed())[0] == 4400
            wire.subscribe("1", "room")
            wire.write(frame(8, (4400).to_bytes(2, "big")))
            assert await wire.at_end()
        assert server.live.asked == []

    async def test_the_server_stops(self, server: Server) -> None:
        async with welcomed(server.port) as wire, opened(server.port) as other:
            await _follow(server, wire)
            await server.stop()
            for each in (wire, other):
                assert await each.closed() == (1012, "The server restarts: come again")
                each.write(frame(8, (1012).to_bytes(2, "big")))
            assert await wire.at_end()
            await eventually(lambda: server.quiet)


class TestBounds:
    async def test_a_thousand_subscribes(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            for number in range(1000):
                wire.subscribe(str(number), "room")
            refused = [await wire.hear() for _ in range(900)]
            assert [each["id"] for each in refused] == [str(n) for n in range(100, 1000)]
            errors = [each["payload"][0]["extensions"]["code"] for each in refused]
            assert set(errors) == {"TOO_MANY_OPERATIONS"}
            assert server.followers("room") == 100
            wire.say({"type": "complete", "id": "7"})
            wire.subscribe("more", "one")
            assert (await wire.hear())["id"] == "more"

    async def test_operations_that_are_kept_are_small(self, server: Server) -> None:
        half = {"x": "x" * 600_000}
        async with welcomed(server.port) as wire:
            wire.subscribe("1", "room", variables=half)
            wire.subscribe("2", "room", variables=half)
            heard = await wire.hear()
            wire.say({"type": "complete", "id": "1"})
            wire.subscribe("3", "one", variables=half)
            assert (await wire.hear())["id"] == "3"
        assert (heard["id"], heard["type"]) == ("2", "error")
        assert heard["payload"][0]["extensions"] == {"code": "TOO_MANY_OPERATIONS"}

    async def test_sockets_of_one_user(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(asking, "MOST_CONNECTIONS", 2)
        async with welcomed(server.port), opened(server.port) as third:
            async with welcomed(server.port):
                third.say(_INIT)
                reason = "You have 2 live connections already: close some."
                assert await third.closed() == (4429, reason)
                async with welcomed(server.port, "ben"):
                    pass
            await eventually(lambda: server.live.peers and len(server.live.peers) == 1)
            async with welcomed(server.port):
                pass

    async def test_connections_from_one_address(self, clean_redis_url: str) -> None:
        # Two at once, and one in fifty seconds.
        async with serving(clean_redis_url, scale=0.002) as server:
            async with welcomed(server.port), welcomed(server.port, "ben"):
                async with opened(server.port) as third:
                    third.say(_INIT)
                    assert (await third.closed())[0] == 1013
                async with opened(server.port, X_Forwarded_For="203.0.113.9") as other:
                    await other.initialise("cem")
            redis = Redis.from_url(clean_redis_url)
            assert await redis.keys("limit:connections:*")
            await redis.aclose()

    async def test_without_redis_they_come_in(self) -> None:
        async with serving("redis://127.0.0.1:1/0") as server, welcomed(server.port):
            assert len(server.live.peers) == 1


class TestSlow:
    async def test_one_that_stops_reading(self, server: Server) -> None:
        """It is closed, resumes later, and costs the others nothing."""
        result = {"data": "x" * 10_000}
        async with welcomed(server.port) as slow, welcomed(server.port, "ben") as other:
            await _follow(server, slow)
            await _follow(server, other)
            slow.reader._transport.pause_reading()
            (follower, _) = server.live.following["room"]
            told = 0
            while follower.stops == 0:
                await server.tell("room", result)
                assert (await other.hear())["payload"] == result
                told += 1
                assert told < 5000, "it was never closed"
            assert told * 10_000 > MOST_UNREAD
            assert server.followers("room") == 1
            slow.reader._transport.resume_reading()
            assert await slow.closed() == (1013, "Too slow: come again")
            slow.write(frame(8, (1013).to_bytes(2, "big")))
            await eventually(lambda: server.open == 1)

    async def test_one_that_never_reads_again(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.02, farewell=0.1)
        async with serving(clean_redis_url, patience) as server, welcomed(server.port) as slow:
            await _follow(server, slow)
            slow.reader._transport.pause_reading()
            while server.followers("room"):
                await server.tell("room", {"data": "x" * 10_000})
            await eventually(lambda: server.open == 0)
            slow.reader._transport.resume_reading()
            assert (await slow.closed())[0] == LOST

    async def test_closed_in_the_middle_of_telling(self, server: Server) -> None:
        """The engine goes through those who follow while one of them turns out too slow."""
        async with welcomed(server.port) as slow:
            for number in range(5):
                await _follow(server, slow, id=str(number))
            slow.reader._transport.pause_reading()

            def tell() -> int:
                before = len(server.live.following["room"])
                for _ in range(2 * MOST_UNREAD // 10_000):
                    server.live.tell("room", b"x" * 10_000)
                assert len(server.live.following["room"]) == before
                (socket,) = server.uvicorn.server_state.connections
                return int(socket.transport.get_write_buffer_size())

            left = await server.do(tell)
            assert left < MOST_UNREAD + 100_000
            await eventually(lambda: server.followers("room") == 0)

    async def test_pings_without_end_and_nobody_reads_the_pongs(self, server: Server) -> None:
        ping = frame(1, b'{"type":"ping","payload":{"x":"' + b"x" * 60_000 + b'"}}')
        async with welcomed(server.port) as wire:
            wire.reader._transport.pause_reading()
            for _ in range(200):
                wire.write(ping)
            await eventually(lambda: not server.live.peers)
            wire.reader._transport.resume_reading()
            assert (await wire.closed())[0] == 1013


class _Log:
    """Keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def info(self, event: str, **given: Any) -> None:
        self.lines.append({"event": event, **given})


class TestTraces:
    async def test_two_lines_and_a_number(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = _Log()
        monkeypatch.setattr(graphql_ws, "log", log)
        before = SOCKETS._value.get()
        async with opened(server.port, X_Request_Id="abc") as wire:
            await wire.initialise()
            assert SOCKETS._value.get() == before + 1
            for _ in range(3):
                wire.subscribe("1", "one")
                await wire.hear()
                await wire.hear()
            wire.say([])
            assert (await wire.closed())[0] == 4400
        await eventually(lambda: SOCKETS._value.get() == before and len(log.lines) == 2)
        assert log.lines == [
            {"event": "socket.opened", "request_id": "abc"},
            {"event": "socket.closed", "request_id": "abc", "code": 4400, "operations": 3},
        ]

    async def test_operations_know_whose_they_are(self, server: Server) -> None:
        async with opened(server.port, X_Request_Id="abc") as wire:
            await wire.initialise()
            wire.subscribe("1", "one")
            await wire.hear()
        assert server.live.request_ids == ["abc"]

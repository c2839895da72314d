"""The WebSocket protocol, byte by byte: the handshake, frames, and every way to break them."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.serving import frames
from app.core.serving.websocket import LARGEST_INTRODUCTION, LARGEST_MESSAGE, Patience
from tests.serving.server import Server, serving
from tests.serving.wire import BINARY, CLOSE, LOST, PING, PONG, TEXT, ask, frame, opened, welcomed
from tests.waiting import eventually

_PING = {"type": "ping"}


class TestHandshake:
    async def test_accepted(self, server: Server) -> None:
        wire, answer = await ask(server.port)
        lines = answer.split("\r\n")
        assert lines[0] == "HTTP/1.1 101 Switching Protocols"
        # The example of the RFC.
        assert "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines
        assert "sec-websocket-protocol: graphql-transport-ws" in lines
        assert not any("extensions" in line for line in lines)
        wire.writer.close()

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Sec_WebSocket_Version": "8"}, "426 Upgrade Required"),
            ({"Sec_WebSocket_Version": None}, "426 Upgrade Required"),
            ({"Sec_WebSocket_Key": None}, "400 Bad Request"),
            ({"Sec_WebSocket_Key": "c2hvcnQ="}, "400 Bad Request"),
            ({"Sec_WebSocket_Key": "!"}, "400 Bad Request"),
            ({"Origin": "https://evil.example.org"}, "403 Forbidden"),
            ({"Origin": "null"}, "403 Forbidden"),
            ({"method": "POST"}, "405 Method Not Allowed"),
            ({"target": "/other"}, "404 Not Found"),
            ({"target": "/graphql/"}, "404 Not Found"),
        ],
    )
    async def test_refused(self, server: Server, headers: dict[str, Any], status: str) -> None:
        wire, answer = await ask(server.port, **headers)
        assert answer.startswith(f"HTTP/1.1 {status}\r\n")
        body = await wire.reader.read()
        assert f"content-length: {len(body)}\r\n" in answer
        wire.writer.close()
        await eventually(lambda: server.open == 0)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://learn.example.org"},
            {"Origin": "https://Learn.Example.org:443"},
            {"Origin": "http://study.example.org", "Host": "study.example.org:80"},
            {"Origin": "https://proxied.example.org", "Sec_Fetch_Site": "same-origin"},
            {"Sec_WebSocket_Protocol": "other, graphql-transport-ws"},
            {"target": "/graphql?source=page"},
        ],
    )
    async def test_let_in(self, server: Server, headers: dict[str, Any]) -> None:
        wire, answer = await ask(server.port, **headers)
        assert answer.startswith("HTTP/1.1 101 ")
        await wire.initialise()
        wire.writer.close()

    @pytest.mark.parametrize("offered", [None, "graphql-ws", "other"])
    async def test_another_subprotocol(self, server: Server, offered: str | None) -> None:
        async with opened(server.port, Sec_WebSocket_Protocol=offered) as wire:
            assert await wire.closed() == (4406, "Subprotocol not acceptable")

    async def test_the_address_a_proxy_knows(self, server: Server) -> None:
        async with opened(server.port, X_Forwarded_For="203.0.113.9, 127.0.0.1") as wire:
            await wire.initialise()
            wire.subscribe("1", "one")
            await wire.hear()
        assert server.live.contexts[0].address == "203.0.113.9"


class TestFrames:
    async def test_byte_by_byte(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            for byte in frame(TEXT, b'{"type":"ping"}'):
                wire.write(bytes((byte,)))
                await wire.writer.drain()
                await asyncio.sleep(0)
            assert await wire.hear() == {"type": "pong"}

    async def test_fragments_with_a_ping_between(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.write(frame(TEXT, b'{"type":', first=0))
            wire.write(frame(PING, b"there?"))
            wire.write(frame(0, b"", first=0))
            wire.write(frame(0, b'"ping"}'))
            heard = [await wire.read(), await wire.read()]
            assert sorted(heard) == [(TEXT, b'{"type":"pong"}'), (PONG, b"there?")]

    @pytest.mark.parametrize("size", [125, 126, 65535, 65536, LARGEST_MESSAGE])
    async def test_sizes(self, server: Server, size: int) -> None:
        empty = b'{"type":"ping","payload":{"x":""}}'
        payload = empty.replace(b'""', b'"' + b"x" * (size - len(empty)) + b'"')
        async with welcomed(server.port) as wire:
            wire.write(frame(TEXT, payload))
            assert await wire.read() == (TEXT, payload.replace(b"ping", b"pong"))

    async def test_of_many_pings_the_last_is_answered(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.write(b"".join(frame(PING, b"%d" % number) for number in range(100)))
            kind, payload = await wire.read()
            while payload != b"99":
                assert kind == PONG
                kind, payload = await wire.read()

    async def test_the_client_closes(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.subscribe("1", "room")
            await eventually(lambda: server.followers("room") == 1)
            wire.write(frame(CLOSE, (1000).to_bytes(2, "big") + b"bye"))
            assert await wire.closed() == (1000, "")
            assert await wire.at_end()
            await eventually(lambda: server.quiet)

    async def test_the_client_closes_without_a_code(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.write(frame(CLOSE, b""))
            assert await wire.read() == (CLOSE, b"")
            assert await wire.at_end()

    async def test_the_client_is_lost(self, server: Server) -> None:
        async with welcomed(server.port) as wire:
            wire.subscribe("1", "room")
            await eventually(lambda: server.followers("room") == 1)
        await eventually(lambda: server.quiet)


class TestBroken:
    @pytest.mark.parametrize(
        ("sent", "code"),
        [
            (b"GET / HTTP/1.1\r\n\r\n", 1002),
            (b"\x81\x05hello", 1002),  # without a mask
            (frame(TEXT, b"x", first=0xC0), 1002),  # compressed, says the first reserved bit
            (frame(3, b"x"), 1002),  # no such kind
            (frame(PING, b"x", first=0), 1002),  # a control frame in fragments
            (frame(PING, b"x" * 126), 1002),
            (frame(0, b"x"), 1002),  # goes on with nothing
            (frame(TEXT, b"x", first=0) + frame(TEXT, b"y"), 1002),
            (frame(CLOSE, b"x"), 1002),
            (frame(CLOSE, (1005).to_bytes(2, "big")), 1002),
            (frame(CLOSE, (999).to_bytes(2, "big")), 1002),
            (frame(CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
            (frame(TEXT, b'{"type":"\xff"}'), 1007),
            (frame(TEXT, b"", size=LARGEST_MESSAGE + 1), 1009),
            (frame(TEXT, b"", size=2**63), 1009),
            (frame(TEXT, b"", size=2**64 - 1), 1009),
            (frame(TEXT, b"x" * 9, first=0) + frame(0, b"", size=LARGEST_MESSAGE - 8), 1009),
        ],
    )
    async def test_closes(self, server: Server, sent: bytes, code: int) -> None:
        async with welcomed(server.port) as wire, welcomed(server.port) as other:
            wire.write(sent)
            assert (await wire.closed())[0] == code
            assert await wire.at_end()
            other.say(_PING)
            assert await other.hear() == {"type": "pong"}

    async def test_ten_megabytes_are_not_kept(self, server: Server) -> None:
        """They are read, so that the client learns why, and forgotten."""
        async with welcomed(server.port) as wire:
            wire.write(frame(TEXT, b"", size=10 << 20))
            assert (await wire.closed())[0] == 1009
            for _ in range(10):
                wire.write(bytes(1 << 20))
                await wire.writer.drain()
            (socket,) = server.uvicorn.server_state.connections
            kept = socket._reader._rest
            assert kept is None or len(kept) < 100
            wire.writer.close()
            await eventually(lambda: server.open == 0)

    async def test_an_introduction_is_short(self, server: Server) -> None:
        async with opened(server.port) as wire:
            wire.write(frame(TEXT, b"", size=LARGEST_INTRODUCTION + 1))
            assert (await wire.closed())[0] == 1009

    async def test_a_flood_of_frames(self, server: Server) -> None:
        async with welcomed(server.port) as wire, welcomed(server.port) as other:
            wire.write(frame(PING, b"") * 5000)
            assert await wire.closed() == (4429, "Too many messages")
            other.say(_PING)
            assert await other.hear() == {"type": "pong"}

    async def test_who_does_not_hang_up_is_hung_up_on(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.02, farewell=0.1)
        async with serving(clean_redis_url, patience) as server, welcomed(server.port) as wire:
            wire.write(frame(3, b""))
            assert (await wire.closed())[0] == 1002
            await eventually(lambda: server.open == 0)


class TestHeartbeat:
    async def test_pinged_and_there(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.01, init=0.05, ping=0.1, pong=0.05)
        async with serving(clean_redis_url, patience) as server, welcomed(server.port) as wire:
            for _ in range(5):
                assert await wire.read() == (PING, b"")
                wire.write(frame(PONG, b""))
            assert server.open == 1

    async def test_pinged_and_gone(self, clean_redis_url: str) -> None:
        patience = Patience(turn=0.01, init=0.05, ping=0.1, pong=0.05)
        async with serving(clean_redis_url, patience) as server, welcomed(server.port) as wire:
            assert await wire.read() == (PING, b"")
            assert (await wire.closed())[0] == LOST
            await eventually(lambda: server.quiet)


class TestReader:
    def test_nothing_is_kept_between_messages(self) -> None:
        reader = frames.Reader(100)
        whole = frame(TEXT, b"hello")
        assert list(reader.feed(whole * 2 + whole[:3])) == [(TEXT, b"hello")] * 2
        assert list(reader.feed(whole[3:])) == [(TEXT, b"hello")]
        assert (reader._rest, reader._message) == (None, None)

    @pytest.mark.parametrize("cut", range(1, 40))
    def test_wherever_it_is_cut(self, cut: int) -> None:
        reader = frames.Reader(1000)
        data = (
            frame(TEXT, b"x" * 130, first=0)
            + frame(PING, b"p")
            + frame(0, b"y")
            + frame(BINARY, b"z")
        )
        pieces = [data[at : at + cut] for at in range(0, len(data), cut)]
        read = [found for piece in pieces for found in reader.feed(piece)]
        assert [found for found in read if found[0]] == [
            (PING, b"p"),
            (TEXT, b"x" * 130 + b"y"),
            (BINARY, b"z"),
        ]

    @given(st.lists(st.binary(max_size=40), max_size=20))
    def test_whatever_comes(self, pieces: list[bytes]) -> None:
        reader = frames.Reader(1000)
        with suppress(frames.Broken):
            for piece in pieces:
                for _ in reader.feed(piece):
                    pass

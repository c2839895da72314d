"""Sealing, storing, global ids, and what the logs don't say."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import structlog
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from app.core import logging as our_logging
from app.core.clock import now
from app.core.crypto import new_key, new_token, seal, token_hash, unseal
from app.core.errors import InvalidId
from app.core.ids import from_global, new_id, split_global, to_global
from app.core.resources import Resources


class TestSeal:
    @given(st.binary(max_size=200))
    def test_there_and_back(self, data: bytes) -> None:
        key = new_key()
        sealed = seal(key, data)
        assert unseal(key, sealed) == data
        assert len(sealed) == len(data) + 28
        assert seal(key, data) != sealed

    def test_another_key(self) -> None:
        with pytest.raises(InvalidTag):
            unseal(new_key(), seal(new_key(), b"words"))

    def test_changed_bytes(self) -> None:
        key = new_key()
        sealed = bytearray(seal(key, b"words"))
        sealed[-1] ^= 1
        with pytest.raises(InvalidTag):
            unseal(key, bytes(sealed))


class TestTokens:
    def test_are_long_and_never_the_same(self) -> None:
        assert len({new_token() for _ in range(100)}) == 100
        assert len(new_token()) == 43
        assert token_hash("a") == token_hash("a")
        assert token_hash("a") != token_hash("b")


class TestGlobalIds:
    @given(st.from_regex(r"[a-z]{2,6}", fullmatch=True), st.uuids())
    def test_there_and_back(self, prefix: str, key: UUID) -> None:
        assert split_global(to_global(prefix, key)) == (prefix, key)
        assert from_global(prefix, to_global(prefix, key)) == key

    @pytest.mark.parametrize(
        "value",
        ["", "usr", "usr_", "usr_1", "USR_{}", "usr_{}x", " usr_{}", "usr-{}", "usr_{}\n"],
    )
    def test_not_one(self, value: str) -> None:
        with pytest.raises(InvalidId):
            split_global(value.format(new_id()))

    def test_of_another_type(self) -> None:
        with pytest.raises(InvalidId):
            from_global("sts", to_global("usr", new_id()))

    def test_keys_are_in_the_order_of_time(self) -> None:
        keys = [new_id() for _ in range(1000)]
        assert keys == sorted(keys)
        assert {key.version for key in keys} == {7}


class TestObjects:
    async def test_life(self, resources: Resources) -> None:
        objects = resources.objects
        assert await objects.get("audio/1") is None
        await objects.put("audio/1", b"one")
        await objects.put("audio/1", b"two")
        assert await objects.get("audio/1") == b"two"
        await objects.delete("audio/1", "audio/2")
        assert await objects.get("audio/1") is None

    async def test_by_age_and_prefix(self, resources: Resources) -> None:
        objects = resources.objects
        for name in ("audio/1", "audio/2", "other/1"):
            await objects.put(name, b"x")
        before, after = now() - timedelta(minutes=1), now() + timedelta(minutes=1)
        assert [name async for name in objects.older_than("audio", before)] == []
        found = [name async for name in objects.older_than("audio", after)]
        assert sorted(found) == ["audio/1", "audio/2"]


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


class TestLogging:
    def test_redacted(self, capsys: pytest.CaptureFixture[str]) -> None:
        our_logging.configure("INFO", "json")
        with structlog.contextvars.bound_contextvars(request_id="r1"):
            our_logging.get_logger("test.redacted").info(
                "signed in", email="ana@example.com", password="secret", token="t", count=1
            )
        line = json.loads(capsys.readouterr().out)
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "signed in",
            "level": "info",
            "logger": "test.redacted",
            "request_id": "r1",
            "email": "[redacted]",
            "password": "[redacted]",
            "token": "[redacted]",
            "count": 1,
        }

    def test_the_standard_librarys_loggers_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        our_logging.configure("INFO", "json")
        logging.getLogger("somebody.else").warning("hello %s", "there")
        line = json.loads(capsys.readouterr().out)
        assert (line["event"], line["level"], line["logger"]) == (
            "hello there",
            "warning",
            "somebody.else",
        )

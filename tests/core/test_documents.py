"""Documents: read once, known by their text, or by the hash that a client sends with it."""

import gc
import time
import weakref
from typing import Any

import pytest
from redis.asyncio import Redis

from app.core.errors import BadRequest
from app.core.graph import documents as module
from app.core.graph.bounds import QueryTooComplex
from app.core.graph.documents import Documents, Refused, examine
from app.core.graph.trusted import PersistedQueryNotFound, TrustedStore, digest
from app.core.resources import Resources
from tests.core.conftest import Killable
from tests.core.documents import ME, SCHEMA, apq, many, nested


def _described(error: Refused) -> list[tuple[str, Any, Any]]:
    return [
        (one.message, one.formatted.get("locations"), one.extensions["code"])
        for one in error.errors
    ]


class TestRefused:
    def test_no_graphql(self) -> None:
        with pytest.raises(Refused) as caught:
            examine(SCHEMA, "{ me\n { name ")
        assert _described(caught.value) == [
            (
                "Syntax Error: Expected Name, found <EOF>.",
                [{"line": 2, "column": 9}],
                "GRAPHQL_PARSE_FAILED",
            )
        ]

    def test_not_of_this_schema(self) -> None:
        with pytest.raises(Refused) as caught:
            examine(SCHEMA, "{ me { nam } you }")
        assert _described(caught.value) == [
            (
                "Cannot query field 'nam' on type 'Person'. Did you mean 'name'?",
                [{"line": 1, "column": 8}],
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (
                "Cannot query field 'you' on type 'Query'.",
                [{"line": 1, "column": 14}],
                "GRAPHQL_VALIDATION_FAILED",
            ),
        ]

    def test_at_most_twenty(self) -> None:
        with pytest.raises(Refused) as caught:
            examine(SCHEMA, f"{{ me {{ {many(25, 'x#')} }} }}")
        assert [one.message for one in caught.value.errors] == [
            f"Cannot query field 'x{number}' on type 'Person'." for number in range(20)
        ]

    def test_a_long_message(self) -> None:
        with pytest.raises(Refused) as caught:
            examine(SCHEMA, f"{{ {'x' * 5000} }}")
        assert caught.value.errors[0].message == f"Cannot query field '{'x' * 480}…"

    @pytest.mark.parametrize("text", ["fragment A on Query { me { id } }", "type A { a: Int }"])
    def test_nothing_to_run(self, text: str) -> None:
        with pytest.raises(Refused):
            examine(SCHEMA, text)

    def test_a_cycle(self) -> None:
        text = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A me { id } }"
        with pytest.raises(Refused) as caught:
            examine(SCHEMA, text)
        assert caught.value.errors[0].message == "Cannot spread fragment 'A' within itself via 'B'."

    def test_what_no_text_should_hold(self) -> None:
        with pytest.raises(Refused) as caught:
            examine(SCHEMA, "{ me { name } } \ud800")
        assert caught.value.errors[0].message == "Syntax Error: Invalid character: U+D800."


class TestOperation:
    def test_the_only_one(self) -> None:
        for text, name in ((ME, None), (f"query A {ME}", "A")):
            document = examine(SCHEMA, text)
            assert document.operation(None) is document.operations[name]
            assert document.operation("") is document.operations[name]

    def test_by_name(self) -> None:
        document = examine(SCHEMA, f"query A {ME} query B {ME}")
        assert document.operation("B") is document.node.definitions[1]
        with pytest.raises(BadRequest) as unknown:
            document.operation("C")
        assert unknown.value.message == "Unknown operation named 'C'."
        with pytest.raises(BadRequest) as several:
            document.operation(None)
        assert several.value.message == (
            "Must provide operation name if query contains multiple operations."
        )


class TestRemembered:
    async def test_known_by_its_text(self, documents: Documents) -> None:
        assert documents.known(ME) is None
        document = await documents.of(ME, None)
        assert documents.known(ME) is document
        assert await documents.of(ME, {}) is document
        assert (document.text, document.extra, document.fragments) == (ME, {}, {})

    @pytest.mark.parametrize(("name", "limit"), [("_MOST_DOCUMENTS", 2), ("_MOST_TOKENS", 20)])
    async def test_the_last_used(
        self, documents: Documents, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
    ) -> None:
        monkeypatch.setattr(module, name, limit)
        texts = [f"query {name} {ME}" for name in "ABC"]
        await documents.of(texts[0], None)
        await documents.of(texts[1], None)
        assert documents.known(texts[0]) is not None
        await documents.of(texts[2], None)
        assert [documents.known(text) is not None for text in texts] == [True, False, True]
        assert len(documents._by_hash) == 2
        assert documents._tokens == 2 * 8

    async def test_refused_once(
        self, documents: Documents, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        examined: list[str] = []

        def counting(_: Any, text: str) -> Any:
            examined.append(text)
            return examine(SCHEMA, text)

        monkeypatch.setattr(module, "examine", counting)
        monkeypatch.setattr(module, "_MOST_REFUSALS", 2)
        texts = ["{ you }", "{ me", nested(20)]
        seen: list[str] = []
        # The first is the last used when the third takes the place of the second.
        for number in (0, 1, 0, 2, 0, 2):
            with pytest.raises((Refused, QueryTooComplex)) as caught:
                await documents.of(texts[number], None)
            seen.append(str(caught.value))
        assert examined == texts
        assert seen[0] == seen[2] == seen[4]
        assert seen[3] == seen[5]
        with pytest.raises(Refused):
            await documents.of(texts[1], None)
        assert examined == [*texts, texts[1]]

    async def test_a_refused_text_is_not_kept(self, documents: Documents) -> None:
        class Text(str):
            __slots__ = ("__weakref__",)

        for refused in ("{ me", "{ you }", nested(20)):
            text = Text(refused)
            kept = weakref.ref(text)
            for _ in range(2):
                with pytest.raises((Refused, QueryTooComplex)):
                    await documents.of(text, None)
            del text
            assert _collected(kept)


def _collected(reference: weakref.ref[Any]) -> bool:
    gc.collect()
    return reference() is None


class TestAutomatic:
    async def test_unknown_then_sent_then_known(
        self, documents: Documents, another: Documents
    ) -> None:
        with pytest.raises(PersistedQueryNotFound) as unknown:
            await documents.of(None, apq(ME))
        assert unknown.value.message == "PersistedQueryNotFound"
        assert unknown.value.extensions == {"code": "PERSISTED_QUERY_NOT_FOUND"}
        document = await documents.of(ME, apq(ME))
        assert await documents.of(None, apq(ME)) is document
        assert await documents.of("", apq(ME)) is document
        assert (await another.of(None, apq(ME))).text == ME
        assert another.known(ME) is not None

    async def test_kept_for_a_day_after_its_last_use(
        self, documents: Documents, another: Documents, resources: Resources
    ) -> None:
        document = await documents.of(ME, apq(ME))
        key = f"apq:{digest(ME).hex()}"
        assert 86_390 < await resources.redis.ttl(key) <= 86_400
        await resources.redis.expire(key, 100)
        await another.of(None, apq(ME))
        assert await resources.redis.ttl(key) > 86_390
        await resources.redis.delete(key)
        await documents.of(None, apq(ME))
        assert await resources.redis.exists(key) == 0
        document.keep_at = 0
        await documents.of(None, apq(ME))
        assert await resources.redis.exists(key) == 1

    async def test_another_hash(self, documents: Documents, resources: Resources) -> None:
        await documents.of(ME, None)
        with pytest.raises(BadRequest) as caught:
            await documents.of(ME, apq("{ me { id } }"))
        assert caught.value.message == "The hash that came with this query belongs to another one."
        assert await resources.redis.keys("apq:*") == []

    async def test_what_is_refused_is_not_kept(
        self, documents: Documents, resources: Resources
    ) -> None:
        for text in ("{ me", "{ you }", nested(20)):
            with pytest.raises((Refused, QueryTooComplex)):
                await documents.of(text, apq(text))
        assert await resources.redis.keys("apq:*") == []

    @pytest.mark.parametrize(
        "given",
        [
            1,
            {"version": 1},
            {"version": 2, "sha256Hash": "0" * 64},
            {"version": 1, "sha256Hash": "0" * 63},
            {"version": 1, "sha256Hash": "A" * 64},
            {"version": 1, "sha256Hash": 5},
        ],
    )
    async def test_malformed(self, documents: Documents, given: Any) -> None:
        with pytest.raises(BadRequest) as caught:
            await documents.of(ME, {"persistedQuery": given})
        assert caught.value.message == (
            "extensions.persistedQuery must have version 1, and as sha256Hash 64 hexadecimal"
            " digits in lower case."
        )

    async def test_neither_text_nor_hash(self, documents: Documents) -> None:
        for query, extensions in ((None, None), ("", {}), (None, {"tracing": True})):
            with pytest.raises(BadRequest) as caught:
                await documents.of(query, extensions)
            assert caught.value.message == (
                "The request has neither a query nor the id of a document."
            )

    async def test_without_redis(self, frail: Resources, valkey: Killable) -> None:
        documents = Documents(
            SCHEMA, TrustedStore(frail.database, frail.redis), only_registered=False
        )
        await valkey.kill()
        with pytest.raises(PersistedQueryNotFound):
            await documents.of(None, apq(ME))
        document = await documents.of(ME, apq(ME))
        assert await documents.of(None, apq(ME)) is document
        # It is tried again soon, but not at once.
        assert 0 < document.keep_at - time.monotonic() <= 10
        valkey.restart()
        document.keep_at = 0
        await documents.of(None, apq(ME))
        redis: Redis = frail.redis
        assert await redis.get(f"apq:{digest(ME).hex()}") == ME.encode()

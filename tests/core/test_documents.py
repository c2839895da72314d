"""Documents: bounded before they are validated, known by their hash, trusted by who registers."""

import gc
import hashlib
import json
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSyntaxError,
    Lexer,
    Source,
    TokenKind,
    build_schema,
    get_introspection_query,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.cli import documents as cli
from app.core.errors import BadRequest
from app.core.graph import documents as module
from app.core.graph import trusted
from app.core.graph.documents import Documents, QueryTooComplex, Refused, examine
from app.core.graph.trusted import (
    DocumentNotTrusted,
    PersistedQueryNotFound,
    TrustedDocument,
    TrustedStore,
    digest,
    document_id,
)
from app.core.resources import Resources
from app.core.settings import Settings
from app.core.startup import StartupError
from tests.core.conftest import Killable

SCHEMA = build_schema(
    """
    directive @mark(at: Int) repeatable on QUERY | FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        | FRAGMENT_DEFINITION
    type Query { me: Person, people(ids: [ID!], filter: Filter): [Person!]! }
    type Person { id: ID!, name: String, friend: Person }
    input Filter { any: [Filter!], name: String }
    """
)
ME = "{ me { name } }"


def _chain(count: int, spreads: int, last: str) -> str:
    """Fragments that each spread the next so many times."""
    inner = [f"...F{number} " * spreads for number in range(1, count)] + [last]
    parts = [f"fragment F{number} on Query {{ {text} }}" for number, text in enumerate(inner)]
    return "{ ...F0 } " + " ".join(parts)


def _nested(levels: int) -> str:
    return "{ me { " + "friend { " * (levels - 2) + "id" + " }" * levels


def _many(count: int, text: str) -> str:
    return " ".join(text.replace("#", str(number)) for number in range(count))


def _introspection(levels: int) -> str:
    inner = "ofType { " * (levels - 2) + "name" + " }" * (levels - 2)
    return f'{{ __type(name: "Person") {{ {inner} }} }}'


def _filter(levels: int) -> str:
    return "{ people(filter: " + "{any: [" * levels + "]}" * levels + ") { id } }"


# Of each bound: what has so many of it, what is too many, and what the client is told.
BOUNDS: dict[str, tuple[Callable[[int], str], int, str]] = {
    "bytes": (lambda n: ME + " " * (n - len(ME)), 65_536, "A document has at most 65,536 bytes"),
    "lines": (lambda n: ME + "\r\n" * (n - 1), 5000, "A document has at most 5,000 lines"),
    "tokens": (
        lambda n: f"{{ me {{ {_many(n - 10, 'id')} }} }} query a {{ b }}",
        4000,
        "A document has at most 4,000 tokens",
    ),
    "nesting": (
        lambda n: "{ people(ids: " + "[" * (n - 2) + "]" * (n - 2) + ") { id } }",
        100,
        "A document has at most 100 brackets within each other",
    ),
    "literals": (
        lambda n: f"{{ people(ids: [{_many(n - 1, '#')}]) {{ id }} }}",
        600,
        "A document has at most 600 tokens in lists and objects outside its variables",
    ),
    "operations": (
        lambda n: _many(n, "query Q# { me { id } }"),
        50,
        "A document has at most 50 operations",
    ),
    "fragments": (
        lambda n: _chain(n, 1, "me { id }"),
        100,
        "A document has at most 100 fragments",
    ),
    "depth": (_nested, 15, "An operation has at most 15 levels of fields"),
    "introspectionDepth": (
        _introspection,
        30,
        "An introspection has at most 30 levels of fields",
    ),
    "aliases": (
        lambda n: f"{{ me {{ {_many(n, 'a#: id')} }} }}",
        50,
        "An operation has at most 50 aliases",
    ),
    "directives": (
        lambda n: f"query @mark {{ me {{ id {_many(n - 1, '@mark(at: #)')} }} }}",
        50,
        "An operation has at most 50 directives",
    ),
    "rootFields": (
        lambda n: f"{{ {_many(n, 'me { id }')} }}",
        30,
        "An operation has at most 30 root fields",
    ),
}


def _outcome(text: str) -> QueryTooComplex | None:
    """What a text is told by the bounds; validation may refuse it besides."""
    try:
        examine(SCHEMA, text)
    except QueryTooComplex as error:
        return error
    except Refused:
        pass
    return None


class TestBounds:
    @pytest.mark.parametrize("name", BOUNDS)
    def test_each(self, name: str) -> None:
        make, limit, message = BOUNDS[name]
        within = _outcome(make(limit))
        assert within is None or within.extensions["bound"] == "comparisons"
        error = _outcome(make(limit + 1))
        assert error is not None
        assert error.message == f"{message}: this one has {limit + 1:,}."
        assert error.extensions == {
            "code": "QUERY_TOO_COMPLEX",
            "bound": name,
            "limit": limit,
            "asked": limit + 1,
        }

    @pytest.mark.parametrize(
        ("fragments", "bound"),
        [
            (f"on Person {{ {_many(17, 'a#: id')} }}", "aliases"),
            (f"on Person {{ id {_many(17, '@mark')} }}", "directives"),
            (f"on Person @mark {{ id {_many(16, '@mark')} }}", "directives"),
        ],
    )
    def test_fragments_count_as_often_as_they_are_spread(self, fragments: str, bound: str) -> None:
        text = "{ me { ...F friend { ...F friend { ...F } } } } fragment F " + fragments
        error = _outcome(text)
        assert error is not None
        assert (error.extensions["bound"], error.extensions["asked"]) == (bound, 51)
        assert _outcome(text.replace("friend { ...F }", "id")) is None

    def test_depth_through_fragments(self) -> None:
        inner = "friend { " * 6 + "id" + " }" * 6
        text = (
            f"{{ me {{ friend {{ ...A }} }} }}"
            f" fragment A on Person {{ ... {{ {inner.replace('id', '...B')} }} }}"
            f" fragment B on Person {{ {inner} }}"
        )
        assert _outcome(text) is None
        error = _outcome(text.replace("me { friend { ...A }", "me { friend { friend { ...A } }"))
        assert error is not None
        assert error.message == "An operation has at most 15 levels of fields: this one has 16."

    def test_root_fields_through_fragments(self) -> None:
        error = _outcome("{ ...A ... { ...A } me { id } } " + _a_on_query(15))
        assert error is not None
        assert error.message == "An operation has at most 30 root fields: this one has 31."
        assert _outcome("{ ...A ... { ...A } } " + _a_on_query(15)) is None

    def test_operations_count_apart(self) -> None:
        fields = _many(30, "a#: me { id }")
        assert _outcome(f"query A {{ {fields} }} query B {{ {fields} }}") is None

    def test_fragments_that_spread_each_other_without_end(self) -> None:
        error = _outcome(_chain(90, 17, "me { id }"))
        assert error is not None
        assert error.message == (
            "An operation has at most 30 root fields: this one has 1,000,000 or more."
        )
        assert error.extensions["asked"] == 1_000_000

    def test_fields_to_compare(self) -> None:
        error = _outcome(f"{{ me {{ {_many(900, 'friend { id }')} }} }}")
        assert error is not None
        assert error.message == (
            "A document has at most 20,000 comparisons of its fields to validate:"
            " this one has 20,001 or more."
        )

    def test_selections_are_no_literals(self) -> None:
        error = _outcome(f"{{ people(ids: [1]) {{ friend {{ {_many(700, 'id')} }} }} }}")
        assert error is not None
        assert error.extensions["bound"] == "comparisons"

    def test_comments_are_no_tokens(self) -> None:
        assert _outcome(ME + "\n# so many words" * 4000) is None

    @pytest.mark.parametrize("more", [False, True])
    def test_introspection_is_exempt(self, more: bool) -> None:
        text = get_introspection_query(
            specified_by_url=more,
            directive_is_repeatable=more,
            schema_description=more,
            input_value_deprecation=more,
            one_of=more,
        )
        assert examine(SCHEMA, text).operations.keys() == {"IntrospectionQuery"}

    def test_introspection_through_fragments(self) -> None:
        inner = "ofType { " * 14 + "name" + " }" * 14
        text = (
            f"{{ me {{ id }} ...A }} fragment A on Query {{ {_introspection(16)[2:-2]} }}"
            f" fragment B on __Type {{ {inner} }}"
        ).replace("name }", "...B }", 1)
        assert _outcome(text) is None
        error = _outcome(text.replace("...B", "ofType { ...B }"))
        assert error is not None
        assert error.message == "An introspection has at most 30 levels of fields: this one has 31."

    def test_directives_of_variables(self) -> None:
        error = _outcome(f"query ($a: ID {'@mark ' * 51}) {{ people(ids: [$a]) {{ id }} }}")
        assert error is not None
        assert error.message == "An operation has at most 50 directives: this one has 51."

    def test_introspection_hides_no_depth(self) -> None:
        hidden = _nested(16).replace("{ me", "{ __typename __schema { types { name } } me")
        error = _outcome(hidden)
        assert error is not None
        assert error.extensions["bound"] == "depth"


def _a_on_query(count: int) -> str:
    return f"fragment A on Query {{ {_many(count, 'me { id }')} }}"


MEGABYTE = 1_000_000
WORST: dict[str, Callable[[], str]] = {
    "10,000 aliases": lambda: f"{{ {_many(10_000, 'a#: me { id }')} }}",
    "1,000 fragments": lambda: _chain(1000, 1, "me { id }"),
    "5,000 levels": lambda: _nested(5000),
    "levels within the tokens": lambda: _nested(1300),
    "spreads without end": lambda: _chain(90, 17, "me @mark { id }"),
    "100,000 directives": lambda: f"{{ me {{ id {'@mark ' * 100_000} }} }}",
    "directives within the tokens": lambda: f"{{ me {{ id {'@mark ' * 1900} }} }}",
    "a long string": lambda: f'{{ people(ids: "{"x" * MEGABYTE}") {{ id }} }}',
    "quotes": lambda: '"' * 65_000,
    "braces": lambda: "{" * 65_000,
    "10,000 operations": lambda: _many(10_000, "query Q# { me { id } }"),
}


@pytest.mark.parametrize("name", WORST)
def test_a_refusal_takes_no_time(name: str) -> None:
    text = WORST[name]()
    seconds = []
    for _ in range(3):
        started = time.process_time()
        assert _outcome(text) is not None
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.05


_PIECES = [
    '"""',
    '\\"""',
    '"',
    "\\",
    "\n",
    "\r\n",
    "#",
    " ",
    ",",
    "...",
    "a1",
    "_",
    "-0",
    "12.5e+3",
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([*_PIECES, *"!$&():=@[]{|}é\x01."]), max_size=25).map("".join))
def test_tokens_are_those_of_the_parser(text: str) -> None:
    lexer, expected = Lexer(Source(text)), 0
    try:
        while lexer.advance().kind is not TokenKind.EOF:
            expected += 1
    except GraphQLSyntaxError:
        return
    assert len([token for token in module._TOKEN.findall(text) if token]) == expected


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
            examine(SCHEMA, f"{{ me {{ {_many(25, 'x#')} }} }}")
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


@pytest.fixture
def store(resources: Resources) -> TrustedStore:
    """What all processes share."""
    return TrustedStore(resources.database, resources.redis)


@pytest.fixture
def documents(store: TrustedStore) -> Documents:
    """What one process knows."""
    return Documents(SCHEMA, store, only_registered=False)


@pytest.fixture
def another(store: TrustedStore) -> Documents:
    """What another process knows."""
    return Documents(SCHEMA, store, only_registered=False)


@pytest.fixture
def strict(store: TrustedStore) -> Documents:
    """What a process of registered documents knows."""
    return Documents(SCHEMA, store, only_registered=True)


async def _register(resources: Resources, text: str, *hashes: bytes) -> None:
    async with resources.begin() as uow:
        rows = [TrustedDocument(hash=hash, text=text, client="web") for hash in hashes]
        assert await trusted.register(uow.session, rows) == len(rows)


def _apq(text: str, **more: Any) -> dict[str, Any]:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256, **more}}


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
        texts = ["{ you }", "{ me", _nested(20)]
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

        for refused in ("{ me", "{ you }", _nested(20)):
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
            await documents.of(None, _apq(ME))
        assert unknown.value.message == "PersistedQueryNotFound"
        assert unknown.value.extensions == {"code": "PERSISTED_QUERY_NOT_FOUND"}
        document = await documents.of(ME, _apq(ME))
        assert await documents.of(None, _apq(ME)) is document
        assert await documents.of("", _apq(ME)) is document
        assert (await another.of(None, _apq(ME))).text == ME
        assert another.known(ME) is not None

    async def test_kept_for_a_day_after_its_last_use(
        self, documents: Documents, another: Documents, resources: Resources
    ) -> None:
        document = await documents.of(ME, _apq(ME))
        key = f"apq:{digest(ME).hex()}"
        assert 86_390 < await resources.redis.ttl(key) <= 86_400
        await resources.redis.expire(key, 100)
        await another.of(None, _apq(ME))
        assert await resources.redis.ttl(key) > 86_390
        await resources.redis.delete(key)
        await documents.of(None, _apq(ME))
        assert await resources.redis.exists(key) == 0
        document.keep_at = 0
        await documents.of(None, _apq(ME))
        assert await resources.redis.exists(key) == 1

    async def test_another_hash(self, documents: Documents, resources: Resources) -> None:
        await documents.of(ME, None)
        with pytest.raises(BadRequest) as caught:
            await documents.of(ME, _apq("{ me { id } }"))
        assert caught.value.message == "The hash that came with this query belongs to another one."
        assert await resources.redis.keys("apq:*") == []

    async def test_what_is_refused_is_not_kept(
        self, documents: Documents, resources: Resources
    ) -> None:
        for text in ("{ me", "{ you }", _nested(20)):
            with pytest.raises((Refused, QueryTooComplex)):
                await documents.of(text, _apq(text))
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
            await documents.of(None, _apq(ME))
        document = await documents.of(ME, _apq(ME))
        assert await documents.of(None, _apq(ME)) is document
        # It is tried again soon, but not at once.
        assert 0 < document.keep_at - time.monotonic() <= 10
        valkey.restart()
        document.keep_at = 0
        await documents.of(None, _apq(ME))
        redis: Redis = frail.redis
        assert await redis.get(f"apq:{digest(ME).hex()}") == ME.encode()


class TestRegistered:
    @pytest.mark.parametrize(
        ("algorithm", "prefix"), [("sha256", "sha256:"), ("sha256", ""), ("sha1", ""), ("md5", "")]
    )
    async def test_by_its_id(
        self,
        documents: Documents,
        strict: Documents,
        resources: Resources,
        algorithm: str,
        prefix: str,
    ) -> None:
        id = hashlib.new(algorithm, ME.encode()).hexdigest()
        await _register(resources, ME, bytes.fromhex(id))
        for process in (documents, strict):
            document = await process.of(None, None, prefix + id)
            assert document.text == ME
            assert await process.of(None, None, prefix + id) is document

    async def test_by_its_text_or_its_automatic_hash(
        self, documents: Documents, strict: Documents, resources: Resources
    ) -> None:
        await _register(resources, ME, digest(ME))
        assert (await documents.of(None, _apq(ME))).text == ME
        document = await strict.of(None, _apq(ME))
        assert await strict.of(ME, None) is document
        assert strict.known(ME) is document

    @pytest.mark.parametrize("id", ["0" * 64, "sha256:" + "0" * 64, "0" * 63, "GetMe", "x:y"])
    async def test_unknown(self, documents: Documents, strict: Documents, id: str) -> None:
        with pytest.raises(PersistedQueryNotFound):
            await documents.of(None, None, id)
        with pytest.raises(DocumentNotTrusted):
            await strict.of(None, None, id)

    async def test_an_id_and_another_text(self, documents: Documents) -> None:
        for id in ("0" * 64, "GetMe"):
            with pytest.raises(BadRequest):
                await documents.of(ME, None, id)
        assert (await documents.of(ME, None, f"sha256:{digest(ME).hex()}")).text == ME

    @pytest.mark.parametrize("text", [ME, get_introspection_query(), "{ me", _nested(20)])
    async def test_nothing_else_runs(
        self, strict: Documents, resources: Resources, text: str
    ) -> None:
        await resources.redis.set(f"apq:{digest(text).hex()}", text)
        for query, extensions in ((text, None), (None, _apq(text)), (text, _apq(text))):
            with pytest.raises(DocumentNotTrusted) as caught:
                await strict.of(query, extensions)
        assert caught.value.message == (
            "This server runs registered documents only, and this one isn't."
        )
        assert caught.value.extensions == {"code": "DOCUMENT_NOT_TRUSTED"}

    async def test_what_was_forgotten_stops(self, strict: Documents, resources: Resources) -> None:
        await _register(resources, ME, digest(ME), digest(ME, 16))
        document = await strict.of(ME, None)
        document.trusted_until = 0
        assert strict.known(ME) is None
        assert await strict.of(None, None, digest(ME, 16).hex()) is document
        assert strict.known(ME) is document
        async with resources.begin() as uow:
            assert await trusted.forget(uow.session, digest(ME)) == 2
        document.trusted_until = 0
        for query, extensions in ((ME, None), (None, _apq(ME))):
            with pytest.raises(DocumentNotTrusted):
                await strict.of(query, extensions)

    async def test_one_that_the_schema_outgrew(
        self, strict: Documents, resources: Resources
    ) -> None:
        await _register(resources, "{ you }", digest("{ you }"))
        with pytest.raises(Refused):
            await strict.of("{ you }", None)

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"documentId": "a", "id": "b", "doc_id": "c"}, "a"),
            ({"documentId": "a", "query": ME}, "a"),
            ({"id": "b"}, "b"),
            ({"doc_id": "c", "id": "b"}, "c"),
            ({"id": 1, "query": None}, None),
            ({"id": "b", "query": ME}, None),
            ({"documentId": "", "query": ""}, None),
            ({}, None),
        ],
    )
    def test_where_the_id_stands(self, body: dict[str, Any], expected: str | None) -> None:
        assert document_id(body) == expected

    def test_an_id_that_is_none(self) -> None:
        with pytest.raises(BadRequest, match=r"^documentId must be a string\.$"):
            document_id({"documentId": 1})


class TestCommand:
    async def _registered(self, resources: Resources) -> set[tuple[bytes, str, str]]:
        async with resources.database.read() as session:
            rows = await trusted.registered(session)
        return {(row.hash, row.text, row.client) for row in rows}

    def _files(self, folder: Path, contents: Sequence[tuple[str, Any]]) -> list[Path]:
        for name, content in contents:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text)
        return [folder / name for name, _ in contents]

    async def test_every_kind_of_file(
        self,
        settings: Settings,
        resources: Resources,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        texts = [f"query {name} {ME}" for name in ("Plain", "Relay", "Codegen", "Apollo")]
        plain, relay, codegen, apollo = texts
        operation = {"id": digest(apollo).hex(), "name": "Apollo", "type": "query", "body": apollo}
        manifest = {"format": "apollo-persisted-query-manifest", "version": 1}
        files = self._files(
            tmp_path,
            [
                ("plain.graphql", plain),
                ("relay.json", {digest(relay, 16).hex(): relay}),
                ("codegen.json", {digest(codegen, 20).hex(): codegen}),
                ("apollo.json", {**manifest, "operations": [operation]}),
            ],
        )
        await cli.register(settings, SCHEMA, files, None)
        assert capsys.readouterr().out == (
            "Documents: 4; hashes that were not registered yet: 6.\n"
        )
        assert await self._registered(resources) == {
            (digest(plain), plain, "plain.graphql"),
            (digest(relay, 16), relay, "relay.json"),
            (digest(relay), relay, "relay.json"),
            (digest(codegen, 20), codegen, "codegen.json"),
            (digest(codegen), codegen, "codegen.json"),
            (digest(apollo), apollo, "apollo.json"),
        }
        await cli.register(settings, SCHEMA, files[:1], "web")
        assert capsys.readouterr().out == (
            "Documents: 1; hashes that were not registered yet: 0.\n"
        )

    async def test_all_or_nothing(
        self,
        settings: Settings,
        resources: Resources,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        bad = "{ me { nam } }"
        files = self._files(
            tmp_path,
            [
                ("good.graphql", ME),
                ("deep.graphql", _nested(16)),
                ("web.json", {digest(bad).hex(): bad, digest(bad, 16).hex(): ME, "Me": ME}),
            ],
        )
        with pytest.raises(StartupError) as caught:
            await cli.register(settings, SCHEMA, files, "web")
        assert str(caught.value) == (
            "Nothing was registered: every document must be one that may run."
        )
        deep = "An operation has at most 15 levels of fields: this one has 16."
        unknown = "Cannot query field 'nam' on type 'Person'. Did you mean 'name'?"
        wrong = "the id is no hash (SHA-256, SHA-1 or MD5) of the document."
        assert capsys.readouterr().out.splitlines() == [
            f"deep.graphql, its document: {deep}",
            f"web.json, {digest(bad).hex()}: {unknown}",
            f"web.json, {digest(bad, 16).hex()}: {wrong}",
            f"web.json, Me: {wrong}",
        ]
        assert await self._registered(resources) == set()

    @pytest.mark.parametrize(
        "content",
        [
            "[]",
            "{}",
            '{"a": 1}',
            '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
            '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [1]}',
        ],
    )
    async def test_no_manifest(self, settings: Settings, tmp_path: Path, content: str) -> None:
        files = self._files(tmp_path, [("web.json", content)])
        with pytest.raises(StartupError) as caught:
            await cli.register(settings, SCHEMA, files, None)
        assert str(caught.value) == (
            f"{files[0]} is no manifest: an object of hashes and documents, or Apollo's"
            ' "apollo-persisted-query-manifest" of version 1.'
        )

    async def test_no_json(self, settings: Settings, tmp_path: Path) -> None:
        files = self._files(tmp_path, [("web.json", "{")])
        with pytest.raises(StartupError, match=r"web\.json can't be read: Expecting property"):
            await cli.register(settings, SCHEMA, files, None)

    async def test_shown_and_forgotten(
        self, settings: Settings, resources: Resources, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await cli.show(settings)
        assert capsys.readouterr().out == "No document is registered.\n"
        text = "query Me {\n  me { name id friend { name id friend { name id } } }\n}"
        await _register(resources, text, digest(text), digest(text, 16))
        async with resources.database.read() as session:
            rows = await trusted.registered(session)
        await cli.show(settings)
        start = "query Me { me { name id friend { name id friend { name id } …"
        assert capsys.readouterr().out.splitlines() == [
            f"{row.hash.hex()}  {row.created_at:%Y-%m-%d %H:%M}  web  {start}" for row in rows
        ]
        await cli.forget(settings, digest(text, 16).hex())
        assert capsys.readouterr().out == (
            f"{digest(text, 16).hex()} is forgotten:"
            " servers of registered documents run it for a minute more at most.\n"
        )
        assert await self._registered(resources) == set()
        for id in (digest(text).hex(), "Me"):
            with pytest.raises(StartupError) as caught:
                await cli.forget(settings, id)
            assert str(caught.value) == f"There is no registered document {id}."

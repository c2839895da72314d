"""What a document may have at most, and that nobody waits for a refusal."""

import time
from collections.abc import Callable

import pytest
from graphql import (
    GraphQLSyntaxError,
    Lexer,
    Source,
    TokenKind,
    get_introspection_query,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.graph import bounds
from app.core.graph.bounds import QueryTooComplex
from app.core.graph.documents import Refused, examine
from tests.core.documents import ME, SCHEMA, many, nested


def _chain(count: int, spreads: int, last: str) -> str:
    """Fragments that each spread the next so many times."""
    inner = [f"...F{number} " * spreads for number in range(1, count)] + [last]
    parts = [f"fragment F{number} on Query {{ {text} }}" for number, text in enumerate(inner)]
    return "{ ...F0 } " + " ".join(parts)


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
        lambda n: f"{{ me {{ {many(n - 10, 'id')} }} }} query a {{ b }}",
        4000,
        "A document has at most 4,000 tokens",
    ),
    "nesting": (
        lambda n: "{ people(ids: " + "[" * (n - 2) + "]" * (n - 2) + ") { id } }",
        100,
        "A document has at most 100 brackets within each other",
    ),
    "literals": (
        lambda n: f"{{ people(ids: [{many(n - 1, '#')}]) {{ id }} }}",
        600,
        "A document has at most 600 tokens in lists and objects outside its variables",
    ),
    "operations": (
        lambda n: many(n, "query Q# { me { id } }"),
        50,
        "A document has at most 50 operations",
    ),
    "fragments": (
        lambda n: _chain(n, 1, "me { id }"),
        100,
        "A document has at most 100 fragments",
    ),
    "depth": (nested, 15, "An operation has at most 15 levels of fields"),
    "introspectionDepth": (
        _introspection,
        30,
        "An introspection has at most 30 levels of fields",
    ),
    "aliases": (
        lambda n: f"{{ me {{ {many(n, 'a#: id')} }} }}",
        50,
        "An operation has at most 50 aliases",
    ),
    "directives": (
        lambda n: f"query @mark {{ me {{ id {many(n - 1, '@mark(at: #)')} }} }}",
        50,
        "An operation has at most 50 directives",
    ),
    "rootFields": (
        lambda n: f"{{ {many(n, 'me { id }')} }}",
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
            (f"on Person {{ {many(17, 'a#: id')} }}", "aliases"),
            (f"on Person {{ id {many(17, '@mark')} }}", "directives"),
            (f"on Person @mark {{ id {many(16, '@mark')} }}", "directives"),
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
        fields = many(30, "a#: me { id }")
        assert _outcome(f"query A {{ {fields} }} query B {{ {fields} }}") is None

    def test_fragments_that_spread_each_other_without_end(self) -> None:
        error = _outcome(_chain(90, 17, "me { id }"))
        assert error is not None
        assert error.message == (
            "An operation has at most 30 root fields: this one has 1,000,000 or more."
        )
        assert error.extensions["asked"] == 1_000_000

    def test_fields_to_compare(self) -> None:
        error = _outcome(f"{{ me {{ {many(900, 'friend { id }')} }} }}")
        assert error is not None
        assert error.message == (
            "A document has at most 20,000 comparisons of its fields to validate:"
            " this one has 20,001 or more."
        )

    def test_selections_are_no_literals(self) -> None:
        error = _outcome(f"{{ people(ids: [1]) {{ friend {{ {many(700, 'id')} }} }} }}")
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
        hidden = nested(16).replace("{ me", "{ __typename __schema { types { name } } me")
        error = _outcome(hidden)
        assert error is not None
        assert error.extensions["bound"] == "depth"


def _a_on_query(count: int) -> str:
    return f"fragment A on Query {{ {many(count, 'me { id }')} }}"


MEGABYTE = 1_000_000
WORST: dict[str, Callable[[], str]] = {
    "10,000 aliases": lambda: f"{{ {many(10_000, 'a#: me { id }')} }}",
    "1,000 fragments": lambda: _chain(1000, 1, "me { id }"),
    "5,000 levels": lambda: nested(5000),
    "levels within the tokens": lambda: nested(1300),
    "spreads without end": lambda: _chain(90, 17, "me @mark { id }"),
    "100,000 directives": lambda: f"{{ me {{ id {'@mark ' * 100_000} }} }}",
    "directives within the tokens": lambda: f"{{ me {{ id {'@mark ' * 1900} }} }}",
    "a long string": lambda: f'{{ people(ids: "{"x" * MEGABYTE}") {{ id }} }}',
    "quotes": lambda: '"' * 65_000,
    "braces": lambda: "{" * 65_000,
    "10,000 operations": lambda: many(10_000, "query Q# { me { id } }"),
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
    assert len([token for token in bounds._TOKEN.findall(text) if token]) == expected

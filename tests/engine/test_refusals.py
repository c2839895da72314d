"""What makes no sense is refused with its code: before any SQL, at once, wherever it stands."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col

from app.accounts.models import AuthSession
from app.core.graph.executor import Executor
from app.core.ids import new_id, to_global
from app.core.resources import Resources
from tests.client import Api, Data
from tests.conftest import Counting
from tests.engine.lists import cursor_of
from tests.factories import make_person, writing

_SECONDS = 0.05
# What is found out by validation itself: as much of it as a document may need.
_LONGER = {"fields to compare"}
_COURSE, _USER, _CONVERSATION, _MESSAGE, _SESSION = (
    to_global(prefix, new_id()) for prefix in ("crs", "usr", "cnv", "msg", "sts")
)
_A_COURSE = cursor_of("courses", "2026-01-01T00:00:00+00:00", str(new_id()))
_A_SECTION = cursor_of("sections", 1, str(new_id()))


@dataclass(frozen=True)
class Refusal:
    """A request, the code that it is answered with, and where the error stands.

    Each `#` in the document is a number, so that no two requests are the same.
    """

    code: str
    document: str
    path: Sequence[str] | None = None
    variables: Data = field(default_factory=dict)


def _chain(count: int) -> str:
    fragments = " ".join(
        f"fragment F{number}#on Query {{ ...F{number + 1} }}" for number in range(count - 1)
    )
    last = f"fragment F{count - 1} on Query {{ viewer {{ email }} }}"
    return "query Q# { ...F0 } " + fragments.replace("#", " ") + " " + last


def _nested(levels: int) -> str:
    inner = "replyTo { " * levels + "id" + " }" * levels
    return f'query Q# {{ node(id: "{_MESSAGE}") {{ ... on Message {{ {inner} }} }} }}'


def _lists(first: int) -> str:
    size = f"(first: {first})"
    return (
        f"query Q# {{ courses{size} {{ nodes {{ sections{size} {{ nodes {{"
        f" lessons{size} {{ nodes {{ id }} }} }} }} }} }} }}"
    )


_SECTIONS = "courses { nodes { sections(%s) { nodes { id } } } }"
_INNER = ["courses", "nodes", "sections"]
_SEGMENTS = 'transcript(sessionId: "%s") { segments(search: %s) { totalCount } }'
_LEVELS = "courses(filter: { levels: $levels }) { totalCount }"
_TIMES = "studySessions(filter: { startsAfter: %s, startsBefore: %s }) { totalCount }"
_LATER, _SOONER = '"2026-01-02T00:00:00Z"', '"2026-01-01T00:00:00Z"'

REFUSALS = {
    "ten thousand aliases": Refusal(
        "QUERY_TOO_COMPLEX",
        "query Q# { " + " ".join(f"a{n}: viewer {{ email }}" for n in range(10_000)) + " }",
    ),
    "aliases within the bytes": Refusal(
        "QUERY_TOO_COMPLEX",
        "query Q# { viewer { " + " ".join(f"a{n}: email" for n in range(1200)) + " } }",
    ),
    "a thousand fragments": Refusal("QUERY_TOO_COMPLEX", _chain(1000)),
    "fragments within the tokens": Refusal("QUERY_TOO_COMPLEX", _chain(400)),
    "depth": Refusal("QUERY_TOO_COMPLEX", _nested(15)),
    "five thousand levels": Refusal("QUERY_TOO_COMPLEX", _nested(5000)),
    "root fields": Refusal("QUERY_TOO_COMPLEX", "query Q# { " + "viewer { email } " * 31 + "}"),
    "directives": Refusal(
        "QUERY_TOO_COMPLEX",
        "query Q# { viewer { " + "email @include(if: true) " * 51 + "} }",
    ),
    "fields to compare": Refusal(
        "QUERY_TOO_COMPLEX", "query Q# { viewer { " + "user { id } " * 900 + "} }"
    ),
    "cost": Refusal("COST_EXCEEDED", _lists(100)),
    "cost by variables": Refusal(
        "COST_EXCEEDED",
        _lists(100).replace("Q#", "Q#($n: Int)").replace("100", "$n"),
        variables={"n": 22},
    ),
    "a cursor of another list": Refusal(
        "INVALID_CURSOR",
        f'query Q# {{ studySessions(after: "{_A_COURSE}") {{ totalCount }} }}',
        ["studySessions"],
    ),
    "a cursor that was tampered with": Refusal(
        "INVALID_CURSOR",
        f'query Q# {{ courses(last: 1, before: "{_A_COURSE[:-4]}AAAA") {{ totalCount }} }}',
        ["courses"],
    ),
    "a cursor of another list, further in": Refusal(
        "INVALID_CURSOR",
        f"query Q# {{ {_SECTIONS} }}" % f'after: "{_A_COURSE}"',
        _INNER,
    ),
    "a cursor that was tampered with, further in": Refusal(
        "INVALID_CURSOR",
        f"query Q#($at: String) {{ {_SECTIONS} }}" % "after: $at",
        _INNER,
        {"at": _A_SECTION[:-4] + "AAAA"},
    ),
    "an id of another type": Refusal(
        "INVALID_ID", f'query Q# {{ course(id: "{_USER}") {{ id }} }}', ["course"]
    ),
    "no id": Refusal(
        "INVALID_ID",
        "query Q#($id: ID!) { course(id: $id) { id } }",
        ["course"],
        {"id": "crs_" + "x" * 10_000},
    ),
    "an id with an upper-case letter": Refusal(
        "INVALID_ID", f'query Q# {{ course(id: "{_COURSE.upper()}") {{ id }} }}', ["course"]
    ),
    "an id of no type": Refusal(
        "INVALID_ID",
        "query Q#($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ["nodes"],
        {"ids": [_COURSE, "xyz" + _COURSE[3:]]},
    ),
    "an id of a type that is no node": Refusal(
        "INVALID_ID", f'query Q# {{ node(id: "adc{_COURSE[3:]}") {{ id }} }}', ["node"]
    ),
    "an id of another type in a filter": Refusal(
        "INVALID_ID",
        f'query Q# {{ courses(filter: {{ instructorId: "{_COURSE}" }}) {{ totalCount }} }}',
        ["courses"],
    ),
    "a page that is too long": Refusal(
        "BAD_REQUEST", "query Q# { courses(first: 101) { totalCount } }", ["courses"]
    ),
    "a page that is too long, further in": Refusal(
        "BAD_REQUEST", f"query Q# {{ {_SECTIONS} }}" % "first: 101", _INNER
    ),
    "a page of nothing, further in": Refusal(
        "BAD_REQUEST", f"query Q#($n: Int) {{ {_SECTIONS} }}" % "last: $n", _INNER, {"n": 0}
    ),
    "too many ids": Refusal(
        "BAD_REQUEST",
        "query Q#($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        ["nodes"],
        {"ids": [_COURSE] * 101},
    ),
    "a time after the one before": Refusal(
        "BAD_REQUEST", f"query Q# {{ {_TIMES % (_LATER, _SOONER)} }}", ["studySessions"]
    ),
    "a time before itself": Refusal(
        "BAD_REQUEST",
        f"query Q#($at: DateTime) {{ {_TIMES % ('$at', '$at')} }}",
        ["studySessions"],
        {"at": "2026-01-01T00:00:00Z"},
    ),
    "around, and from the end": Refusal(
        "BAD_REQUEST",
        f'query Q# {{ messages(conversationId: "{_CONVERSATION}", around: "{_MESSAGE}", last: 5)'
        " { totalCount } }",
        ["messages"],
    ),
    "U+0000": Refusal(
        "BAD_REQUEST",
        "query Q#($text: String) { courses(filter: { search: $text }) { totalCount } }",
        ["courses"],
        {"text": "a\0b"},
    ),
    "U+0000 in the document": Refusal(
        "BAD_REQUEST",
        'query Q# { courses(filter: { topic: "\\u0000" }) { totalCount } }',
        ["courses"],
    ),
    "U+0000 further in": Refusal(
        "BAD_REQUEST",
        f"query Q#($text: String) {{ {_SEGMENTS % (_SESSION, '$text')} }}",
        ["transcript", "segments"],
        {"text": "\0"},
    ),
    "a text for a number": Refusal(
        "BAD_USER_INPUT",
        "query Q#($n: Int) { courses(first: $n) { totalCount } }",
        variables={"n": "5"},
    ),
    "a number beyond 32 bits": Refusal(
        "BAD_USER_INPUT",
        f"query Q#($n: Int) {{ {_SECTIONS} }}" % "first: $n",
        variables={"n": 2**31},
    ),
    "no value for one that is needed": Refusal(
        "BAD_USER_INPUT", "query Q#($id: ID!) { course(id: $id) { id } }"
    ),
    "an unknown word": Refusal(
        "BAD_USER_INPUT",
        f"query Q#($levels: [CourseLevel!]) {{ {_LEVELS} }}",
        variables={"levels": ["BEGINNER", "WIZARD"]},
    ),
    "a null in a list": Refusal(
        "BAD_USER_INPUT",
        f"query Q#($levels: [CourseLevel!]) {{ {_LEVELS} }}",
        variables={"levels": [None]},
    ),
    "an unknown field of a filter": Refusal(
        "BAD_USER_INPUT",
        "query Q#($filter: CourseFilter) { courses(filter: $filter) { totalCount } }",
        variables={"filter": {"mine": False, "yours": True}},
    ),
    "no time": Refusal(
        "BAD_USER_INPUT",
        f"query Q#($at: DateTime) {{ {_TIMES % ('$at', 'null')} }}",
        variables={"at": "tomorrow"},
    ),
    "ten thousand wrong values": Refusal(
        "BAD_USER_INPUT",
        "query Q#($ids: [ID!]!) { nodes(ids: $ids) { id } }",
        variables={"ids": [None] * 10_000},
    ),
}


class TestBadInput:
    @pytest.mark.parametrize("name", REFUSALS)
    async def test_refused_before_any_sql(
        self, api: Api, resources: Resources, statements: Counting, name: str
    ) -> None:
        ana = await make_person(resources)
        assert (await api.execute("{ viewer { email } }", as_=ana)).ok()
        refusal = REFUSALS[name]
        seconds = []
        for number in range(3):
            text = refusal.document.replace("#", str(number))
            with statements(api.resources) as seen:
                started = time.process_time()
                answer = await api.execute(text, refusal.variables, as_=ana)
                seconds.append(time.process_time() - started)
            assert seen == []
            assert (answer.status, set(answer.codes)) == (200, {refusal.code})
            assert set(answer.response.json()) == {"errors"}
            if refusal.path is not None:
                assert [error["path"] for error in answer.errors] == [refusal.path]
        # The first may import something.
        assert name in _LONGER or min(seconds[1:]) < _SECONDS

    async def test_what_is_accepted_is_sent(
        self, api: Api, resources: Resources, statements: Counting
    ) -> None:
        ana = await make_person(resources)
        for _ in range(2):
            with statements(api.resources) as seen:
                (await api.execute(f"{{ {_SECTIONS} }}" % "first: 5", as_=ana)).ok()
        assert len(seen) == 1

    async def test_all_that_is_wrong_at_once(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        document = (
            f'{{ course(id: "{_USER}") {{ sections(first: 0) {{ totalCount }} }}'
            ' mine: courses(after: "x") { totalCount } }'
        )
        answer = await api.execute(document, as_=ana)
        assert {(error["extensions"]["code"], *error["path"]) for error in answer.errors} == {
            ("INVALID_ID", "course"),
            ("BAD_REQUEST", "course", "sections"),
            ("INVALID_CURSOR", "mine"),
        }

    async def test_at_most_twenty_errors(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        fields = " ".join(f"a{number}: courses(first: 0) {{ totalCount }}" for number in range(25))
        answer = await api.execute(f"{{ {fields} }}", as_=ana)
        assert [error["path"] for error in answer.errors] == [[f"a{n}"] for n in range(20)]

    async def test_what_isnt_selected_isnt_asked(self, api: Api, resources: Resources) -> None:
        ana = await make_person(resources)
        document = "{ viewer { email } courses(first: 0) @skip(if: true) { totalCount } }"
        answer = await api.execute(document, as_=ana)
        assert answer.ok() == {"viewer": {"email": ana.user.email}}


class TestRights:
    async def test_without_a_statement_they_are_asked_for(
        self, api: Api, resources: Resources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where the compiled execution fails, it hasn't said that the session is still live."""
        ana = await make_person(resources)
        document = "{ viewer { email } }"

        def broken(*_: Any) -> None:
            raise RuntimeError

        # Only what is compiled has a plan to be ready.
        monkeypatch.setattr(Executor, "ready", broken)
        answer = await api.execute(document, as_=ana)
        assert answer.ok() == {"viewer": {"email": ana.user.email}}
        async with writing(resources) as session:
            ended = delete(AuthSession).where(col(AuthSession.id) == ana.viewer.auth_session_id)
            await session.execute(ended)
        assert (await api.execute(document, as_=ana)).ok() == {"viewer": None}

"""Keyset pages: every row once, whichever way one walks, in both executions."""

import base64
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import now
from app.core.errors import BadRequest, InvalidCursor
from app.core.graph.read.pages import Order, PageArguments
from app.core.ids import to_global
from app.core.resources import Resources
from app.courses.models import Course, CourseLevel
from app.messaging.models import Conversation, ConversationKind, ConversationMember
from tests.client import Api
from tests.engine.executions import serving
from tests.engine.lists import (
    EACH,
    EXECUTIONS,
    LISTS,
    PAGE,
    PAGE_VARIABLES,
    Execution,
    Reader,
    Setting,
    course_row,
    cursor_of,
    fill,
)
from tests.factories import make_person, writing


@pytest.fixture
async def setting(resources: Resources) -> AsyncIterator[Setting]:
    """Both executions, with a conversation and a course without anything in them."""
    person = await make_person(resources, role="instructor")
    conversation = Conversation(kind=ConversationKind.ROOM)
    course = Course(title="Botany", slug="botany", level=CourseLevel.BEGINNER)
    course.instructor_id = person.key
    async with writing(resources) as session:
        session.add(conversation, course)
        await session.flush()
        session.add(ConversationMember(conversation_id=conversation.id, user_id=person.key))
    with serving(resources):
        yield Setting(resources, person, conversation, course)


def _whole(expected: Sequence[str], start: int, end: int, cursors: Sequence[str]) -> dict[str, Any]:
    """A page with all that can be asked of it, but for sides that it can't know of."""
    ids = expected[start:end]
    return {
        "totalCount": len(expected),
        "pageInfo": {
            "hasNextPage": end < len(expected),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
        "edges": [
            {"cursor": cursor, "node": {"id": id}} for cursor, id in zip(cursors, ids, strict=True)
        ],
        "nodes": [{"id": id} for id in ids],
    }


_slowly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EXECUTIONS
@EACH
class TestWalk:
    @_slowly
    @given(data=st.data(), size=st.integers(1, 5))
    async def test_there_and_back(
        self, setting: Setting, name: str, execution: Execution, data: st.DataObject, size: int
    ) -> None:
        listed = LISTS[name]
        expected = await fill(setting, listed, data.draw(listed.rows(most=12)))
        reader = Reader(setting, listed, execution, size)
        forward: list[str] = []
        async for page in reader.pages(backward=False):
            cursors = [edge["cursor"] for edge in page["edges"]]
            start, end = len(forward), min(len(forward) + size, len(expected))
            assert page == _whole(expected, start, end, cursors)
            forward += cursors
        assert len(set(forward)) == len(expected)
        backward: list[str] = []
        async for page in reader.pages(backward=True):
            cursors = [edge["cursor"] for edge in page["edges"]]
            end = len(expected) - len(backward)
            assert page == _whole(expected, max(0, end - size), end, cursors)
            backward = [*cursors, *backward]
        assert backward == forward
        if forward:
            await self._beyond_the_ends(reader, expected, forward)

    async def _beyond_the_ends(
        self, reader: Reader, expected: list[str], cursors: list[str]
    ) -> None:
        size = len(expected)
        assert await reader.page(cursors[-1]) == _whole(expected, size, size, [])
        assert await reader.page(cursors[0], backward=True) == _whole(expected, 0, 0, [])

    @_slowly
    @given(data=st.data(), size=st.integers(1, 3), backward=st.booleans())
    async def test_while_rows_are_inserted(
        self,
        setting: Setting,
        name: str,
        execution: Execution,
        data: st.DataObject,
        size: int,
        backward: bool,
    ) -> None:
        listed = LISTS[name]
        places = data.draw(listed.rows(most=16))
        half = len(places) // 2
        before = await fill(setting, listed, places[:half])
        added = places[half:]
        seen: list[str] = []
        async for page in Reader(setting, listed, execution, size).pages(backward=backward):
            ids = [node["id"] for node in page["nodes"]]
            seen = [*ids, *seen] if backward else [*seen, *ids]
            if added:
                place, shown = added.pop()
                async with writing(setting.resources) as session:
                    session.add(listed.row(setting, place, seen=shown))
        assert len(seen) == len(set(seen))
        assert [id for id in seen if id in before] == before

    @_slowly
    @given(
        data=st.data(),
        size=st.integers(1, 5),
        backward=st.booleans(),
        parts=st.sets(
            st.sampled_from(
                [
                    "totalCount",
                    "nodes.id",
                    "edges.cursor",
                    "edges.node",
                    "pageInfo.hasNextPage",
                    "pageInfo.hasPreviousPage",
                    "pageInfo.startCursor",
                    "pageInfo.endCursor",
                ]
            ),
            min_size=1,
        ),
    )
    async def test_each_part_alone(
        self,
        setting: Setting,
        name: str,
        execution: Execution,
        data: st.DataObject,
        size: int,
        backward: bool,
        parts: set[str],
    ) -> None:
        listed = LISTS[name]
        await fill(setting, listed, data.draw(listed.rows(most=8)))
        whole = await Reader(setting, listed, execution).page(None)
        cursors = [None, *[edge["cursor"] for edge in whole["edges"]]]
        cursor = data.draw(st.sampled_from(cursors))
        reader = Reader(setting, listed, execution, size)
        page = await reader.page(cursor, backward=backward)
        asked = " ".join(_SELECTIONS.get(part, part) for part in sorted(parts))
        found = await reader.page(cursor, backward=backward, parts=asked)
        assert found == _narrowed(page, parts)


_SELECTIONS = {"nodes.id": "nodes { id }", "edges.cursor": "edges { cursor }"} | {
    "edges.node": "edges { node { id } }",
    **{
        f"pageInfo.{name}": f"pageInfo {{ {name} }}"
        for name in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")
    },
}


def _narrowed(page: dict[str, Any], parts: set[str]) -> dict[str, Any]:
    """What is left of a page if only some of its parts are asked for."""
    found: dict[str, Any] = {}
    for part in parts:
        above, _, name = part.partition(".")
        value = page[above]
        if isinstance(value, list):
            lines = found.setdefault(above, [{} for _ in value])
            for line, given_line in zip(lines, value, strict=True):
                line[name] = given_line[name]
        elif isinstance(value, dict):
            found.setdefault(above, {})[name] = value[name]
        else:
            found[above] = value
    return found


_ORDER = Order("courses", ("published_at", "id"), descending=True)
_KEY = "0190a0b0-0000-7000-8000-000000000000"
_GOOD = cursor_of("courses", "2026-01-01T00:00:00+00:00", _KEY)
_BAD = {
    "nothing": "",
    "no base64": "%%%",
    "one character": "x",
    "no ASCII": "é",
    "a lone surrogate": "\ud800",
    "no UTF-8": base64.urlsafe_b64encode(b"\xff").decode(),
    "no JSON": base64.urlsafe_b64encode(b'["courses"').decode(),
    "an empty list": cursor_of(),
    "a number": base64.urlsafe_b64encode(b"1").decode(),
    "an object": base64.urlsafe_b64encode(b"{}").decode(),
    "deep": base64.urlsafe_b64encode(b"[" * 5000).decode(),
    "too little": cursor_of("courses", "2026-01-01T00:00:00+00:00"),
    "too much": cursor_of("courses", "2026-01-01T00:00:00+00:00", _KEY, 1),
    "no time": cursor_of("courses", "soon", _KEY),
    "another print of the time": cursor_of("courses", "2026-01-01T00:00:00.0+00:00", _KEY),
    "a time without a zone": cursor_of("courses", "2026-01-01T00:00:00", _KEY),
    "a time in another zone": cursor_of("courses", "2026-01-01T01:00:00+01:00", _KEY),
    "seconds since 1970": cursor_of("courses", 1767225600, _KEY),
    "an infinite time": cursor_of("courses", "infinity", _KEY),
    "no key": cursor_of("courses", "2026-01-01T00:00:00+00:00", "x"),
    "another print of the key": cursor_of("courses", "2026-01-01T00:00:00+00:00", _KEY.upper()),
    "another list's": cursor_of("coursesMade", "2026-01-01T00:00:00+00:00", _KEY),
    "no list's": cursor_of(None, "2026-01-01T00:00:00+00:00", _KEY),
    "spaces": _GOOD + " ",
    "padding": _GOOD + "====",
    "a line break": _GOOD[:8] + "\n" + _GOOD[8:],
    "U+0000": _GOOD + "\0",
    "the middle of one": _GOOD[4:],
}
_NULL_CURSOR = cursor_of("courses", None, _KEY)
# `Course.published_at` may be null, and so the adapter of its annotation takes it.


class TestCursors:
    def test_a_good_one(self) -> None:
        published = datetime(2026, 1, 1, tzinfo=UTC)
        assert _ORDER.values(_GOOD, Course) == [published, UUID(_KEY)]
        assert _ORDER.cursor([published, UUID(_KEY)]) == _GOOD

    @pytest.mark.parametrize("which", [*_BAD, "null"])
    def test_a_bad_one(self, which: str) -> None:
        with pytest.raises(InvalidCursor):
            _ORDER.values(_BAD.get(which, _NULL_CURSOR), Course)

    @EXECUTIONS
    async def test_refused(self, setting: Setting, execution: Execution) -> None:
        document = "query ($at: String) { courses(after: $at) { totalCount } }"
        good = await execution(document, {"at": _GOOD}, setting.person)
        assert good["data"] == {"courses": {"totalCount": 0}}
        for which, cursor in _BAD.items():
            if which in ("a lone surrogate", "U+0000"):  # which no text of a request has
                continue
            for place in ("after: $at", "last: 1, before: $at"):
                asked = document.replace("after: $at", place)
                answer = await execution(asked, {"at": cursor}, setting.person)
                [error] = answer["errors"]
                assert (error["extensions"], error["path"]) == (
                    {"code": "INVALID_CURSOR"},
                    ["courses"],
                ), which
                assert "data" not in answer

    @EXECUTIONS
    async def test_of_another_list(self, setting: Setting, execution: Execution) -> None:
        cursors = {}
        for name, listed in LISTS.items():
            place = {"courses by title": "a", "messages": 1, "sections of a course": 1}.get(
                name, datetime(2026, 1, 1, tzinfo=UTC)
            )
            await fill(setting, listed, [(place, True)])
            page = await Reader(setting, listed, execution).page(None)
            cursors[name] = page["pageInfo"]["endCursor"]
        for (name, listed), (other, cursor) in [
            (one, another) for one in LISTS.items() for another in cursors.items()
        ]:
            variables = {"after": cursor} | ({"of": listed.of(setting)} if listed.of else {})
            answer = await execution(listed.document(), variables, setting.person)
            codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
            assert codes == ([] if name == other else ["INVALID_CURSOR"]), (name, other)


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"first": 0}, "A page has 1 to 100 items; 0 were asked for."),
            ({"first": 101}, "A page has 1 to 100 items; 101 were asked for."),
            ({"first": 2**31 - 1}, "A page has 1 to 100 items; 2147483647 were asked for."),
            ({"last": -1}, "A page has 1 to 100 items; -1 were asked for."),
            ({"last": 0}, "A page has 1 to 100 items; 0 were asked for."),
            ({"last": 101}, "A page has 1 to 100 items; 101 were asked for."),
            ({"first": 1, "last": 1}, "Ask for the first or the last of a list, not for both."),
            ({"first": 1, "before": "x"}, "'before' goes with 'last'."),
            ({"before": "x"}, "'before' goes with 'last'."),
            ({"last": 1, "after": "x"}, "'after' goes with 'first'."),
        ],
    )
    async def test_refused(
        self, api: Api, resources: Resources, arguments: dict[str, Any], message: str
    ) -> None:
        ana = await make_person(resources)
        document = f"query ({PAGE_VARIABLES}) {{ studySessions({PAGE}) {{ nodes {{ id }} }} }}"
        answer = await api.execute(document, arguments, as_=ana)
        assert answer.response.json() == {
            "errors": [
                {
                    "message": message,
                    "locations": [{"line": 1, "column": document.index("studySessions") + 1}],
                    "path": ["studySessions"],
                    "extensions": {"code": "BAD_REQUEST"},
                }
            ]
        }
        with pytest.raises(BadRequest):
            PageArguments(**arguments)

    @pytest.mark.parametrize("given", [{}, {"first": None}, {"first": None, "last": None}])
    async def test_twenty_by_default(
        self, api: Api, resources: Resources, given: dict[str, Any]
    ) -> None:
        """A null is no argument, and above all no page without an end."""
        ana = await make_person(resources)
        rows = [
            course_row(None, now() - timedelta(days=day), seen=True)  # type: ignore[arg-type]
            for day in range(21)
        ]
        async with writing(resources) as session:
            session.add(*rows)
        document = f"query ({PAGE_VARIABLES}) {{ courses({PAGE}) {{ nodes {{ id }} }} }}"
        found = (await api.execute(document, given, as_=ana)).ok()["courses"]["nodes"]
        assert [node["id"] for node in found] == [to_global("crs", row.id) for row in rows[:20]]

"""Keyset pages: every row once, whichever way one walks."""

import base64
import json
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import select

from app.core.errors import BadRequest, InvalidCursor
from app.core.pagination import Keyset, Page, PageArguments
from app.core.resources import Resources
from app.messaging.models import Conversation, ConversationKind
from tests.client import Api
from tests.factories import make_person, writing

_TITLES = st.lists(st.sampled_from(["", "a", "b", "ä", 'q"']), max_size=12)


async def _fill(resources: Resources, titles: Sequence[str]) -> list[Conversation]:
    rows = [Conversation(kind=ConversationKind.ROOM, title=title) for title in titles]
    async with writing(resources) as session:
        await session.execute(delete(Conversation))
        session.add(*rows)
    return rows


def _keyset(ascending: bool) -> Keyset[Conversation]:
    return Keyset("test", Conversation, "title", ascending=ascending)


async def _page(
    resources: Resources, keyset: Keyset[Conversation], arguments: PageArguments
) -> Page[Conversation]:
    async with resources.database.read() as session:
        return await keyset.page(session, select(Conversation), arguments)


_slowly = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class TestWalk:
    @_slowly
    @given(titles=_TITLES, size=st.integers(1, 5), ascending=st.booleans())
    async def test_forward_and_backward(
        self, resources: Resources, titles: list[str], size: int, ascending: bool
    ) -> None:
        rows = await _fill(resources, titles)
        rows.sort(key=lambda row: (row.title.encode(), row.id), reverse=not ascending)
        expected = [row.id for row in rows]
        keyset = _keyset(ascending)

        seen, after, more = [], None, True
        while more:
            page = await _page(resources, keyset, PageArguments(first=size, after=after))
            seen += [row.id for row in page.items]
            assert page.has_previous == (after is not None)
            more, after = page.has_next, page.cursors[-1] if page.cursors else None
        assert seen == expected

        seen, before, more = [], None, True
        while more:
            page = await _page(resources, keyset, PageArguments(last=size, before=before))
            seen = [*[row.id for row in page.items], *seen]
            assert page.has_next == (before is not None)
            more, before = page.has_previous, page.cursors[0] if page.cursors else None
        assert seen == expected
        async with resources.database.read() as session:
            assert await page.count(session) == len(rows)

    @_slowly
    @given(titles=_TITLES, added=_TITLES, size=st.integers(1, 3), ascending=st.booleans())
    async def test_while_rows_are_inserted(
        self,
        resources: Resources,
        titles: list[str],
        added: list[str],
        size: int,
        ascending: bool,
    ) -> None:
        before = {row.id for row in await _fill(resources, titles)}
        seen, after, more = [], None, True
        while more:
            page = await _page(
                resources, _keyset(ascending), PageArguments(first=size, after=after)
            )
            seen += [row.id for row in page.items]
            more, after = page.has_next, page.cursors[-1] if page.cursors else None
            if added:
                async with writing(resources) as session:
                    session.add(Conversation(kind=ConversationKind.ROOM, title=added.pop()))
        assert len(seen) == len(set(seen))
        assert before <= set(seen)


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


class TestArguments:
    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "%%%",
            "é",
            base64.urlsafe_b64encode(b"[]").decode(),
            base64.urlsafe_b64encode(b"1").decode(),
            base64.urlsafe_b64encode(b"{}").decode(),
            _cursor("test", "a"),
            _cursor("test", "a", "not a key"),
            _cursor("other", "a", "00000000-0000-7000-8000-000000000000"),
        ],
    )
    async def test_bad_cursor(self, resources: Resources, cursor: str) -> None:
        with pytest.raises(InvalidCursor):
            await _page(resources, _keyset(True), PageArguments(after=cursor))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"first": 0}, "A page has 1 to 100 items; 0 were asked for."),
            ({"first": 101}, "A page has 1 to 100 items; 101 were asked for."),
            ({"last": -1}, "A page has 1 to 100 items; -1 were asked for."),
            (
                {"first": 1, "last": 1},
                "Ask for the first or the last of a list, not for both.",
            ),
            ({"first": 1, "before": "x"}, "'before' goes with 'last'."),
            ({"last": 1, "after": "x"}, "'after' goes with 'first'."),
        ],
    )
    async def test_refused(
        self, api: Api, resources: Resources, arguments: dict[str, object], message: str
    ) -> None:
        ana = await make_person(resources)
        document = """query ($first: Int, $last: Int, $after: String, $before: String) {
            studySessions(first: $first, last: $last, after: $after, before: $before) {
              nodes { id } } }"""
        answer = await api.execute(document, arguments, as_=ana)
        assert [(error["message"], error["extensions"]) for error in answer.errors] == [
            (message, {"code": "BAD_REQUEST"})
        ]
        with pytest.raises(BadRequest):
            PageArguments(**arguments)  # type: ignore[arg-type]

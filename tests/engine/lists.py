"""Lists of the schema for the tests of pages: how rows get into them, how they are read."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import strategies as st
from sqlalchemy import delete

from app.core.clock import now
from app.core.ids import new_id, to_global
from app.core.partitions import first_key
from app.core.resources import Resources
from app.courses.models import Course, CourseLevel, CourseStatus, Section
from app.messaging.models import Conversation, Message
from app.sessions.models import SessionKind, StudySession
from tests.engine.executions import compiled, ordinary
from tests.factories import Person, writing

PAGE = "first: $first, after: $after, last: $last, before: $before"
PAGE_VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
ALL = """totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id } }
    nodes { id }"""

_numbers = count(1)


@dataclass(frozen=True)
class Setting:
    """What the lists belong to, and who reads them."""

    resources: Resources
    person: Person
    conversation: Conversation
    course: Course


def course_row(_: Setting, place: Any, *, seen: bool) -> Course:
    """At a time, or under a title."""
    titled = isinstance(place, str)
    return Course(
        title=place if titled else "Mosses",
        slug=f"course-{next(_numbers)}",
        level=CourseLevel.BEGINNER,
        status=CourseStatus.PUBLISHED if seen else CourseStatus.DRAFT,
        public=True,
        published_at=now() if titled else place,
    )


def _session(setting: Setting, place: Any, *, seen: bool) -> StudySession:
    return StudySession(
        host_id=setting.person.key,
        kind=SessionKind.GROUP,
        name="Leaves",
        scheduled_start=place,
        max_participants=5,
        video_room=str(new_id()),
        public=seen,
        conversation_id=setting.conversation.id,
    )


def _message(setting: Setting, place: Any, *, seen: bool) -> Message:
    """A key says when it was sent; the partitions of the next twelve months are there."""
    first = first_key((now() + timedelta(days=40)).date()).int
    return Message(
        id=UUID(int=first + (place << 16)),
        conversation_id=setting.conversation.id,
        sender_id=setting.person.key,
        body="Hello",
        deleted_at=None if seen else now(),
    )


def _section(setting: Setting, place: Any, *, seen: bool) -> Section | Course:
    if not seen:
        return course_row(setting, now(), seen=False)
    return Section(course_id=setting.course.id, title="Roots", position=place)


_TIMES = st.sampled_from(
    [
        datetime.min.replace(tzinfo=UTC),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 120_000, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ]
)
_TITLES = st.sampled_from(
    ["", "a", "b", "A", "ä", 'q"', "\\", "\x01\b\t\x7f/", "\u2028", "😀", "%s"]
)
_PLACES = st.integers(0, 1000)


@dataclass(frozen=True)
class Listed:
    """A list of the schema: where it stands, what is a row of it, and in which order."""

    field: str
    table: type[Any]
    prefix: str
    row: Callable[..., Any]
    places: st.SearchStrategy[Any]
    columns: tuple[str, ...] = ("id",)
    descending: bool = False
    of: Callable[[Setting], str] | None = None
    above: str = ""

    def document(self, parts: str = ALL) -> str:
        """A query for one page."""
        of = "$of: ID!, " if self.of else ""
        field = f"list: {self.field.replace('#', PAGE)} {{ {parts} }}"
        inner = f"above: {self.above} {{ {field} }}" if self.above else field
        return f"query ({of}{PAGE_VARIABLES}) {{ {inner} }}"

    def rows(self, *, most: int) -> st.SearchStrategy[list[Any]]:
        """Places of rows, each with whether the row is seen; the same place again where it can."""
        unique: Any = (lambda row: row[0]) if self.places is _PLACES else None
        rows = st.tuples(self.places, st.sampled_from([True, True, True, False]))
        return st.lists(rows, max_size=most, unique_by=unique)

    def place(self, row: Any) -> tuple[Any, ...]:
        """What a row is sorted by."""
        values = [getattr(row, name) for name in self.columns]
        return tuple(each.encode() if isinstance(each, str) else each for each in values)


def _the_conversation(setting: Setting) -> str:
    return to_global("cnv", setting.conversation.id)


def _the_course(setting: Setting) -> str:
    return to_global("crs", setting.course.id)


LISTS = {
    "courses": Listed(
        "courses(#)", Course, "crs", course_row, _TIMES, ("published_at", "id"), descending=True
    ),
    "courses by title": Listed(
        "courses(sort: TITLE, #)", Course, "crs", course_row, _TITLES, ("title", "id")
    ),
    "studySessions": Listed(
        "studySessions(#)",
        StudySession,
        "sts",
        _session,
        _TIMES,
        ("scheduled_start", "id"),
        descending=True,
    ),
    "messages": Listed(
        "messages(conversationId: $of, #)",
        Message,
        "msg",
        _message,
        _PLACES,
        of=_the_conversation,
    ),
    "sections of a course": Listed(
        "sections(#)",
        Section,
        "sec",
        _section,
        _PLACES,
        ("position", "id"),
        of=_the_course,
        above="course(id: $of)",
    ),
}

Execution = Callable[[str, dict[str, Any], Person], Awaitable[dict[str, Any]]]


async def _ordinary(document: str, variables: dict[str, Any], person: Person) -> dict[str, Any]:
    answer: dict[str, Any] = orjson.loads(await ordinary(document, variables, None, person))
    return answer


async def _compiled(document: str, variables: dict[str, Any], person: Person) -> dict[str, Any]:
    text, was_compiled = await compiled(document, variables, None, person)
    answer: dict[str, Any] = orjson.loads(text)
    assert was_compiled or answer.get("errors")
    return answer


EXECUTIONS = pytest.mark.parametrize("execution", [_ordinary, _compiled])
EACH = pytest.mark.parametrize("name", LISTS)


@dataclass(frozen=True)
class Reader:
    """Reads one list in one execution, as many rows at a time as `size` says."""

    setting: Setting
    listed: Listed
    execution: Execution
    size: int = 20

    async def page(
        self, cursor: str | None, *, backward: bool = False, parts: str = ALL
    ) -> dict[str, Any]:
        """The page after a cursor, or before it."""
        names = ("last", "before") if backward else ("first", "after")
        variables: dict[str, Any] = dict(zip(names, (self.size, cursor), strict=True))
        if self.listed.of is not None:
            variables["of"] = self.listed.of(self.setting)
        answer = await self.execution(self.listed.document(parts), variables, self.setting.person)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        found: dict[str, Any] = data.get("above", data)["list"]
        return found

    async def pages(self, *, backward: bool) -> AsyncIterator[dict[str, Any]]:
        """Every page, as long as there is one more."""
        cursor, more = None, True
        while more:
            page = await self.page(cursor, backward=backward)
            yield page
            info = page["pageInfo"]
            more = info["hasPreviousPage" if backward else "hasNextPage"]
            cursor = info["startCursor" if backward else "endCursor"]


async def fill(setting: Setting, listed: Listed, places: Sequence[tuple[Any, bool]]) -> list[str]:
    """Put rows in, instead of those before; the ids of those that are seen, in their order."""
    rows = [(listed.row(setting, place, seen=seen), seen) for place, seen in places]
    async with writing(setting.resources) as session:
        await session.execute(delete(listed.table).where(listed.table.id != setting.course.id))
        session.add(*[row for row, _ in rows])
    expected = [row for row, seen in rows if seen]
    expected.sort(key=listed.place, reverse=listed.descending)
    return [to_global(listed.prefix, row.id) for row in expected]


def cursor_of(*parts: object) -> str:
    """A cursor that says this, whether or not any list would."""
    text = json.dumps(parts, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode()

"""A schema of the tests' own over existing tables, with what the real one doesn't have yet."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
from graphql import OperationType
from sqlalchemy import ColumnElement, Text, case, cast, func, null, true
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.types import Double
from sqlmodel import col
from starlette.requests import Request
from strawberry.schema.config import StrawberryConfig

from app.accounts.models import AccountStatus
from app.accounts.models import User as PersonRow
from app.accounts.service.sessions import rights_of
from app.accounts.store.sessions import rights_version
from app.core.access import ANYONE
from app.core.authentication import Authenticator
from app.core.graph.connections import Connection
from app.core.graph.context import Context
from app.core.graph.executor import Asked
from app.core.graph.node import Node
from app.core.graph.read.declare import (
    Rows,
    browse,
    by_id,
    column,
    computed,
    edge,
    find,
    gather,
    items,
    one,
    pages,
    reads,
)
from app.core.graph.read.ordinary import install
from app.core.graph.read.pages import Order
from app.core.graph.scalars import SCALARS
from app.core.graph.schema import Schema
from app.core.resources import Resources
from app.core.viewer import Asker
from app.courses import models
from app.courses.models import CourseLevel
from app.sessions.models import StudySession
from tests.engine.executions import EitherExecutor


@strawberry.interface
class Titled:
    """What has a title."""

    title: str = column("Its title.")


@reads(PersonRow, visible=lambda _, row: row.status == AccountStatus.ACTIVE, description="One.")
class Person(Node):
    """Seen while the account is active."""

    prefix = "usr"

    name: str = column("A name.", "username")


def _word(_: Asker, row: Any) -> ColumnElement[str]:
    value: ColumnElement[str] = row.c.word
    return value


@reads(None, key="", description="A word.")
class Word:
    """Of a title."""

    text: str = computed(_word, "The word.")


def _words(_: Asker, __: Any, ___: Any) -> Rows:
    return Rows(true(), Order("words", ("ordinality",)))


def _words_of(book: Any) -> Any:
    found = func.regexp_split_to_table(book.title, " ")
    return found.table_valued("word", with_ordinality="ordinality").render_derived()


def _number(_: Asker, book: Any) -> ColumnElement[float]:
    return cast(book.title, Double)


def _moment(_: Asker, book: Any) -> ColumnElement[datetime]:
    return cast(book.title, TIMESTAMP(timezone=True))


def _levels(_: Asker, book: Any) -> Any:
    names = ARRAY(Text)
    return case(
        (book.code.is_(None), None),
        else_=func.string_to_array(book.code, ",", type_=names),
    )


def _target(_: Asker, book: Any) -> ColumnElement[Any]:
    return case((book.title != "secret", book.target_level), else_=null())


def _chapters(_: Asker, chapter: Any, book: Any) -> Rows:
    return Rows(chapter.course_id == book.id, Order("chapters", ("position", "id")))


def _at(
    _: Asker,
    chapter: Any,
    book: Any,
    *,
    position: Annotated[int, strawberry.argument(description="Where.")],
) -> ColumnElement[bool]:
    found: ColumnElement[bool] = (chapter.course_id == book.id) & (chapter.position == position)
    return found


@reads(models.Section, description="A part.")
class Chapter(Node, Titled):
    """Of a book."""

    prefix = "sec"

    text: str | None = column("What it says.", "description")
    position: int = column("Its place.")
    book: "Book" = edge("course_id", "Its book.")


@reads(models.Course, description="A book.")
class Book(Node, Titled):
    """With all kinds of fields."""

    prefix = "crs"

    text: str = column("What it says.", "description")
    weeks: int | None = column("How long.", "timeline_weeks")
    hours: int | None = column("How long.", "estimated_hours")
    target: CourseLevel | None = column("Where to.", "target_level")
    told_target: CourseLevel | None = computed(_target, "Where to, unless it is a secret.")
    published: datetime | None = column("When.", "published_at")
    category: str | None = column("Of which kind.")
    writer: Person = edge("instructor_id", "Who wrote it.")
    maybe_writer: Person | None = edge("instructor_id", "Who wrote it.")
    words: list[Word] = items(_words, "Of its title.", most=5, rows_of=_words_of)
    number: float | None = computed(_number, "Its title as a number.")
    needed_number: float = computed(_number, "Its title as a number.")
    moment: datetime | None = computed(_moment, "Its title as a time.")
    needed_moment: datetime = computed(_moment, "Its title as a time.")
    levels: list[CourseLevel] | None = computed(_levels, "Its code as levels.")
    needed_levels: list[CourseLevel] = computed(_levels, "Its code as levels.")
    chapter: Chapter | None = one(_at, "The part there.")
    needed_chapter: Chapter = one(_at, "The part there.")
    chapters: Connection[Chapter] = pages(_chapters, "Its parts.")


@reads(StudySession, description="Texts.")
class Texts(Node):
    """Two lists of them."""

    prefix = "sts"

    full: list[str] = column("Each is there.", "topics")
    loose: list[str | None] = column("Each may be missing.", "topics")


def _wide() -> Any:
    given = {f"f{number}": column("A title.", "title") for number in range(250)}
    made = type("Wide", (), {**given, "__annotations__": dict.fromkeys(given, str)})
    return reads(models.Course, description="Many fields.")(made)


Wide = _wide()
Either = Annotated[Book | Chapter, strawberry.union("Either", description="One of two.")]

_Id = Annotated[strawberry.ID, strawberry.argument(description="Which.")]
_Ids = Annotated[list[strawberry.ID], strawberry.argument(description="Which.")]


def _any(*, id: _Id) -> None:
    """Any."""


def _all(*, ids: _Ids) -> None:
    """All."""


def _by_weeks(_: Asker, __: Any) -> Rows:
    return Rows(true(), Order("weeks", ("estimated_hours", "id"), descending=True))


def _by_title(_: Asker, __: Any) -> Rows:
    return Rows(true(), Order("titles", ("title", "id")))


def _titled(
    _: Asker, book: Any, *, title: Annotated[str, strawberry.argument(description="Whose.")]
) -> ColumnElement[bool]:
    return col(book.title) == title


def _every(_: Asker, __: Any) -> Rows:
    return Rows(true(), Order("every"))


@strawberry.type
class Query:
    """All of it."""

    node: Node | None = by_id(_any, ANYONE, "Any.")
    either: Either | None = by_id(_any, ANYONE, "Any of two.")
    eithers: list[Either | None] = by_id(_all, ANYONE, "Any of two.", many=True)
    titled: list[Titled | None] = by_id(_all, ANYONE, "With a title.", many=True)
    sure: list[Either] = by_id(_all, ANYONE, "Any of two, there.", many=True)
    book: Book | None = find(_titled, ANYONE, "By its title.")
    needed: Book = find(_titled, ANYONE, "By its title.")
    wide: Wide | None = find(_titled, ANYONE, "By its title.")
    books: Connection[Book] = browse(_by_weeks, ANYONE, "The longest first.")
    titles: Connection[Book] = browse(_by_title, ANYONE, "By title.")
    texts: list[Texts] = gather(_every, ANYONE, "All.", most=10)


shelf = Schema(
    query=Query,
    types=[Person],
    config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
)
install(shelf.reading)


class Shelf:
    """Both executions of the schema."""

    def __init__(self, resources: Resources) -> None:
        authenticator = Authenticator(resources.tokens, rights_of, rights_version())
        self._resources = resources
        self._executor = EitherExecutor(shelf.reading, resources, authenticator)

    async def ask(self, document: str, variables: dict[str, Any]) -> tuple[bytes, bytes, bool]:
        """Both answers, and whether the second one was compiled."""
        bodies = []
        executor = self._executor
        for compiles in (False, True):
            executor.compiles, executor.was_compiled = compiles, False
            request = Request({"type": "http", "headers": [], "method": "POST", "path": "/"})
            context = Context(self._resources, executor, request)
            asked = Asked(document, variables)
            answered = await executor.execute(asked, context, {OperationType.QUERY})
            if answered.cost is not None:
                answered.cost = answered.cost._replace(left=0)
            bodies.append(answered.body())
        return bodies[0], bodies[1], executor.was_compiled

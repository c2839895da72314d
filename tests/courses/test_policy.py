"""Who sees which course, section and lesson."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, text, true
from sqlalchemy.dialects.postgresql import dialect
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.roles import SYSTEM_ROLES
from app.core.resources import Resources
from app.core.viewer import Asker
from app.courses.models import Course, CourseStatus, Lesson, LessonStatus, Section
from app.courses.policy import listed, shown, visible, visible_lesson, visible_section
from tests.factories import Person, make_course, make_person, writing

_VIEWER: ColumnElement[UUID] = bindparam("viewer", type_=Uuid())


@dataclass(frozen=True)
class Nobody:
    """Nobody is signed in."""

    user_id: None = None
    auth_session_id: None = None
    signed_in: bool = False

    def may(self, _: str) -> bool:
        return False


@dataclass(frozen=True)
class Term:
    """A person of whom the statement knows the key only when it runs."""

    person: Person
    user_id: ColumnElement[UUID] = _VIEWER
    auth_session_id: None = None
    signed_in: bool = True

    def may(self, permission: str) -> bool:
        return self.person.viewer.may(permission)


# What is seen: whose course it is, its status, whether it is public, and what of it.
_AUTHORS = ("ida", "ivo", "eve", "nobody")
_STATES = list(product(CourseStatus, (True, False)))
_LESSONS = ("published lesson", "draft lesson")
_PARTS = ("course", "section", *_LESSONS)

_EVERYTHING = {(author, *state, part) for author, state, part in product(_AUTHORS, _STATES, _PARTS)}
_CATALOGUE = {
    (author, CourseStatus.PUBLISHED, True, part)
    for author, part in product(_AUTHORS, ("course", "section", "published lesson"))
}
_OF_IDA = {each for each in _EVERYTHING if each[0] == "ida"}
_EXPECTED = {
    "nobody": _CATALOGUE,
    "student": _CATALOGUE,
    "instructor": _CATALOGUE,
    "moderator": _CATALOGUE,
    "ida": _CATALOGUE | _OF_IDA,
    # Who may no longer write courses teaches none.
    "eve": _CATALOGUE,
    "staff": _EVERYTHING,
    "admin": _EVERYTHING,
    "super_admin": _EVERYTHING,
}


async def _askers(resources: Resources, ida: Person, eve: Person) -> dict[str, list[Asker]]:
    """Each kind of viewer, by value and as a term of the statement."""
    askers: dict[str, list[Asker]] = {"nobody": [Nobody()]}
    for name, person in (("ida", ida), ("eve", eve)):
        askers[name] = [person.viewer, Term(person)]
    for role in SYSTEM_ROLES:
        person = await make_person(resources, role=role)
        askers[role] = [person.viewer, Term(person)]
    return askers


async def _every_course(
    resources: Resources, ida: Person, eve: Person
) -> dict[UUID, tuple[Any, ...]]:
    """A course of each author in each state with each part; what each row is."""
    ivo = await make_person(resources, role="instructor")
    names: dict[UUID, tuple[Any, ...]] = {}
    for author, person in zip(_AUTHORS, (ida, ivo, eve, None), strict=True):
        for status, public in _STATES:
            made = await make_course(
                resources,
                person,
                status=status,
                public=public,
                lessons=[[LessonStatus.PUBLISHED, LessonStatus.DRAFT]],
            )
            rows = [made.row, *made.sections, *made.lessons]
            for part, row in zip(_PARTS, rows, strict=True):
                names[row.id] = (author, status, public, part)
    return names


async def _keys(
    resources: Resources, asker: Asker, table: Any, condition: ColumnElement[bool]
) -> list[UUID]:
    statement = select(table.id).where(condition)
    if isinstance(asker, Term):
        statement = statement.params(viewer=asker.person.key)
    async with resources.database.read() as reading:
        return await reading.all(statement)


_CONDITIONS: list[tuple[type[Any], Callable[[Asker, Any], ColumnElement[bool]]]] = [
    (Course, visible),
    (Section, visible_section),
    (Lesson, visible_lesson),
]


class TestVisible:
    async def test_everybody_and_everything(self, resources: Resources) -> None:
        ida = await make_person(resources, role="instructor")
        eve = await make_person(resources)
        names = await _every_course(resources, ida, eve)
        assert set(names.values()) == _EVERYTHING
        for who, askers in (await _askers(resources, ida, eve)).items():
            for asker, aliasing in product(askers, (False, True)):
                keys: list[UUID] = []
                for plain, condition in _CONDITIONS:
                    table = aliased(plain) if aliasing else plain
                    keys += await _keys(resources, asker, table, condition(asker, table))
                assert len(keys) == len(set(keys))
                assert {names[key] for key in keys} == _EXPECTED[who], (who, asker, aliasing)

    async def test_lessons_of_sections_that_are_seen(self, resources: Resources) -> None:
        """What a section's lessons are asked adds up to what a lesson alone is asked."""
        ida = await make_person(resources, role="instructor")
        eve = await make_person(resources)
        names = await _every_course(resources, ida, eve)
        for who, askers in (await _askers(resources, ida, eve)).items():
            for asker in askers:
                sections = select(Section.id).where(visible_section(asker))
                both = and_(col(Lesson.section_id).in_(sections), shown(asker))
                found = {names[key] for key in await _keys(resources, asker, Lesson, both)}
                assert found == {each for each in _EXPECTED[who] if each[-1] in _LESSONS}, who

    async def test_beside_other_tables(self, resources: Resources) -> None:
        """A row is judged by its own course, whatever else is selected."""
        eve = (await make_person(resources)).viewer
        seen = await make_course(resources, None)
        hidden = await make_course(resources, None, public=False)
        all_three = (
            select(Course.id, Section.id, Lesson.id)
            .join_from(Course, Section, true())
            .join(Lesson, true())
            .where(visible_section(eve), visible_lesson(eve))
        )
        async with resources.database.read() as reading:
            rows = await reading.rows(all_three)
        parts = (seen.sections[0].id, seen.lessons[0].id)
        assert {tuple(row) for row in rows} == {(seen.key, *parts), (hidden.key, *parts)}


class TestListed:
    async def test_comes_from_the_catalogues_index(self, resources: Resources) -> None:
        statement = (
            select(Course.id)
            .where(listed())
            .order_by(col(Course.published_at).desc(), col(Course.id).desc())
        )
        compiled = statement.compile(dialect=dialect())
        assert compiled.params == {}
        async with writing(resources) as session:
            # Whatever is known of the table, which may be nothing.
            for way in ("seqscan", "bitmapscan", "sort"):
                await session.execute(text(f"SET LOCAL enable_{way} = off"))
            plan = await session.execute(text(f"EXPLAIN (COSTS OFF) {compiled}"))
            lines = [row[0] for row in plan]
        assert lines == [
            "Index Only Scan using ix_course_catalogue on course",
            "  Index Cond: (published_at IS NOT NULL)",
        ]

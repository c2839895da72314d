"""A whole course, read in as many statements as there are kinds of parts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import (
    CodingTest,
    Course,
    Exercise,
    Lesson,
    QuizOption,
    QuizQuestion,
    Section,
)

Parts = Mapping[UUID, Sequence[Any]]

_BELOW: tuple[tuple[type[Any], str, type[Any]], ...] = (
    (Section, "course_id", Course),
    (Lesson, "section_id", Section),
    (Exercise, "lesson_id", Lesson),
    (QuizQuestion, "exercise_id", Exercise),
    (QuizOption, "question_id", QuizQuestion),
    (CodingTest, "exercise_id", Exercise),
)


async def taught(session: ReadSession, viewer: Viewer, key: UUID) -> Course | None:
    """A course that the viewer teaches."""
    return await session.first(select(Course).where(Course.id == key, policy.teaches(viewer)))


async def parts(session: ReadSession, course_id: UUID) -> Mapping[type[Any], Parts]:
    """Of each kind of part: those of each parent by its key, in their order."""
    keys: dict[type[Any], Any] = {Course: [course_id]}
    found: dict[type[Any], Parts] = {}
    for table, parent, above in _BELOW:
        within = col(getattr(table, parent)).in_(keys[above])
        rows = await session.all(select(table).where(within).order_by(table.position, table.id))
        keys[table] = select(table.id).where(within)
        by_parent: dict[UUID, list[Any]] = defaultdict(list)
        for row in rows:
            by_parent[getattr(row, parent)].append(row)
        found[table] = by_parent
    return found

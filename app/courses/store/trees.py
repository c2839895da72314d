"""SQL of what stands in an order below a parent: sections, lessons, exercises.

The course is held meanwhile (`courses.hold_course`), and positions are checked at the commit.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.courses.models import Exercise, Lesson, Section

Ordered = Section | Lesson | Exercise

# The column that says what it stands below.
PARENTS: dict[type[Ordered], str] = {
    Section: "course_id",
    Lesson: "section_id",
    Exercise: "lesson_id",
}


def _below(table: type[Ordered], parent: UUID) -> Any:
    return getattr(table, PARENTS[table]) == parent


async def size(session: ReadSession, table: type[Ordered], parent: UUID) -> int:
    """How many stand below a parent: the next one's position."""
    return await session.value(select(func.count()).where(_below(table, parent)))


async def keys(session: ReadSession, table: type[Ordered], parent: UUID) -> list[UUID]:
    """What stands below a parent, in its order."""
    return await session.all(
        select(table.id).where(_below(table, parent)).order_by(col(table.position))
    )


async def close_gap(
    session: WriteSession, table: type[Ordered], parent: UUID, position: int
) -> None:
    """Move up what stood behind a place that is free now."""
    await session.execute(
        update(table)
        .where(_below(table, parent), col(table.position) > position)
        .values(position=table.position - 1)
        .execution_options(synchronize_session=False)
    )


async def reorder(
    session: WriteSession, table: type[Ordered], parent: UUID, order: Sequence[UUID]
) -> None:
    """Put all that stands below a parent into this order, which has each of them once."""
    given = (
        func.unnest(bindparam("order", list(order), type_=ARRAY(Uuid)))
        .table_valued("id", with_ordinality="place", name="given")
        .render_derived()
    )
    await session.execute(
        update(table)
        .where(_below(table, parent), col(table.id) == given.c.id)
        .values(position=given.c.place - 1)
        .execution_options(synchronize_session=False)
    )


async def sum_minutes(session: WriteSession, lesson_id: UUID) -> None:
    """A lesson takes as long as its exercises."""
    total = select(func.coalesce(func.sum(Exercise.estimated_minutes), 0)).where(
        Exercise.lesson_id == lesson_id
    )
    await session.execute(
        update(Lesson)
        .where(col(Lesson.id) == lesson_id)
        .values(estimated_minutes=total.scalar_subquery())
        .execution_options(synchronize_session=False)
    )

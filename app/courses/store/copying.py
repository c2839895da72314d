"""A course's copy, made by the database in one statement however long the course is."""

from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, func, insert, literal, select

from app.core.db import WriteSession
from app.courses.models import CodingTest, Exercise, Lesson, QuizOption, QuizQuestion, Section
from app.courses.models import Course as _Course

# What is in a course, each below what it belongs to.
_TREE: tuple[tuple[type[Any], str, type[Any]], ...] = (
    (Section, "course_id", _Course),
    (Lesson, "section_id", Section),
    (Exercise, "lesson_id", Lesson),
    (QuizQuestion, "exercise_id", Exercise),
    (QuizOption, "question_id", QuizQuestion),
    (CodingTest, "exercise_id", Exercise),
)
# The copy's own.
_OWN = ("id", "created_at", "updated_at")


async def copy_contents(session: WriteSession, source: UUID, target: UUID) -> None:
    """Put copies of all that is in a course into another one."""
    # Old keys beside new ones, by table.
    maps: dict[type[Any], Any] = {
        _Course: select(
            literal(source, Uuid()).label("old"), literal(target, Uuid()).label("new")
        ).cte("map_course")
    }
    copies = []
    for table, parent, above in _TREE:
        known = maps[above]
        # A key is made once for each row, for what makes another one each time isn't run twice.
        maps[table] = mapped = (
            select(
                table.id.label("old"),
                func.uuidv7(type_=Uuid()).label("new"),
                known.c.new.label("parent"),
            )
            .join(known, known.c.old == getattr(table, parent))
            .cte(f"map_{table.__tablename__}")
        )
        names = [each.name for each in table.__table__.columns if each.name not in (*_OWN, parent)]
        rows = select(mapped.c.new, mapped.c.parent, *[getattr(table, each) for each in names])
        rows = rows.join(mapped, mapped.c.old == table.id)
        made = insert(table).from_select(["id", parent, *names], rows, include_defaults=False)
        copies.append(made.cte(f"copied_{table.__tablename__}"))
    await session.execute(select(literal(1)).add_cte(*copies))

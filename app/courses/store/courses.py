"""SQL of courses as a whole: holding one, its name in addresses, what it lacks."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    cast,
    delete,
    exists,
    func,
    literal,
    union_all,
)
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import (
    AssignmentSubmission,
    CodingMode,
    CodingSubmission,
    CodingTest,
    Course,
    Exercise,
    ExerciseKind,
    ExerciseProgress,
    Lesson,
    LessonStatus,
    QuizQuestion,
    Section,
)

Part = Course | Section | Lesson | Exercise
T = TypeVar("T", Course, Section, Lesson, Exercise)

_VISIBLE: dict[type[Part], Any] = {
    Course: policy.visible,
    Section: policy.visible_section,
    Lesson: policy.visible_lesson,
    Exercise: policy.visible_exercise,
}
# Where learners' work on exercises is, and whose it is.
_WORK: tuple[tuple[Any, Any], ...] = (
    (ExerciseProgress, col(ExerciseProgress.user_id)),
    (CodingSubmission, col(CodingSubmission.user_id)),
    (AssignmentSubmission, col(AssignmentSubmission.student_id)),
)

# So many of what a course lacks are told at once.
MOST_LACKS = 50


def _course_id(part: type[Part], key: UUID) -> Any:
    """The key of the course that a part belongs to."""
    if part is Course:
        return literal(key)
    if part is Section:
        return select(Section.course_id).where(Section.id == key).scalar_subquery()
    found = select(Section.course_id).join(Lesson, col(Lesson.section_id) == Section.id)
    if part is Exercise:
        found = found.join(Exercise, col(Exercise.lesson_id) == Lesson.id)
        return found.where(Exercise.id == key).scalar_subquery()
    return found.where(Lesson.id == key).scalar_subquery()


async def hold_course(
    session: WriteSession, viewer: Viewer, part: type[Part], key: UUID
) -> tuple[Course, bool] | None:
    """The course of a part that the viewer sees, held, and whether they teach it.

    All that changes a course or what is in it holds the course until the end of the transaction:
    so positions stay dense whatever comes at the same moment.
    """
    seen: ColumnElement[bool] = exists(
        select(part.id).where(part.id == key, _VISIBLE[part](viewer))
    )
    if part is Course:
        seen = policy.visible(viewer)
    found = await session.rows(
        select(Course, policy.teaches(viewer))
        .where(Course.id == _course_id(part, key), seen)
        .with_for_update(of=Course)
    )
    return (found[0][0], found[0][1]) if found else None


async def part(session: ReadSession, table: type[T], key: UUID) -> T | None:
    """A part of a course that is held, as it is now."""
    return await session.first(select(table).where(table.id == key))


async def delete_part(session: WriteSession, table: type[Part], key: UUID) -> bool:
    """Delete a course or a part of one with all in it; False if something still refers to it, or
    others than its author have worked on it.
    """
    if await _is_worked_on(session, table, key):
        return False
    try:
        await session.execute(delete(table).where(col(table.id) == key))
    except IntegrityError:
        return False
    return True


async def _is_worked_on(session: WriteSession, part: type[Part], key: UUID) -> bool:
    """The exercises are held, so that nobody begins before the transaction ends."""
    below = (
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(col(part.id) == key)
    )
    await session.execute(below.with_for_update(of=Exercise))
    for table, who in _WORK:
        others = below.join(table, table.exercise_id == Exercise.id).where(
            who.is_distinct_from(Course.instructor_id)
        )
        if await session.first(others.limit(1)) is not None:
            return True
    return False


async def free_slug(session: WriteSession, wanted: str) -> str:
    """A name in addresses as it is, or the first one with a number after it that nothing has."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(wanted, 0))))
    number = cast(func.nullif(func.substring(Course.slug, len(wanted) + 2), ""), Integer)
    taken = await session.rows(
        select(Course.slug, number.label("number")).where(
            col(Course.slug).op("~")(f"^{wanted}(-[1-9][0-9]{{0,8}})?$")
        )
    )
    numbers = {row.number or 1 for row in taken}
    if 1 not in numbers:
        return wanted
    free = next(each for each in range(2, len(numbers) + 2) if each not in numbers)
    return f"{wanted}-{free}"


async def is_slug_free(session: WriteSession) -> bool:
    """Send what is pending; False if its name in addresses is taken: the transaction is over."""
    try:
        await session.flush()
    except IntegrityError:
        return False
    return True


async def sizes(session: ReadSession, course_id: UUID) -> tuple[int, int, int]:
    """How many sections, lessons and published lessons a course has."""
    lesson = col(Lesson.id)
    [row] = await session.rows(
        select(
            func.count(func.distinct(Section.id)),
            func.count(lesson),
            func.count(lesson).filter(col(Lesson.status) == LessonStatus.PUBLISHED),
        )
        .select_from(Section)
        .join(Lesson, col(Lesson.section_id) == Section.id, isouter=True)
        .where(Section.course_id == course_id)
    )
    return row[0], row[1], row[2]


async def lacks(session: ReadSession, course_id: UUID) -> Sequence[tuple[str, str]]:
    """What published lessons of a course lack: the title of each, and what it is without."""
    published = (
        select(
            Lesson.id, Lesson.title, col(Section.position).label("section"), col(Lesson.position)
        )
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id, Lesson.status == LessonStatus.PUBLISHED)
        .cte("published")
    )

    def without(table: Any, *conditions: Any) -> Any:
        return (
            select(Exercise.title, literal(table.__tablename__), published.c.section,
                   published.c.position)
            .join(published, published.c.id == Exercise.lesson_id)
            .where(*conditions, ~exists(select(table.id).where(table.exercise_id == Exercise.id)))
        )  # fmt: skip

    empty = select(
        published.c.title, literal("exercise"), published.c.section, published.c.position
    ).where(~exists(select(Exercise.id).where(Exercise.lesson_id == published.c.id)))
    every = union_all(
        empty,
        without(QuizQuestion, Exercise.kind == ExerciseKind.QUIZ),
        without(
            CodingTest,
            Exercise.kind == ExerciseKind.CODING,
            Exercise.mode == CodingMode.CHALLENGE,
        ),
    ).subquery()
    title, lacked, section, position = every.c
    found = await session.rows(
        select(title, lacked).order_by(section, position, title).limit(MOST_LACKS)
    )
    return [(row[0], row[1]) for row in found]

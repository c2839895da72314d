"""SQL of what learners have done.

All that one learner does at the same moment comes one after the other (`hold_learner`): so the
last of two exercises completes their lesson, and attempts are counted.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.clock import now
from app.core.db import ReadSession, WriteSession
from app.core.ids import new_id
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.models import (
    Course,
    CourseProgress,
    Exercise,
    ExerciseProgress,
    Lesson,
    LessonProgress,
    LessonStatus,
    Section,
)


async def hold_learner(session: WriteSession, user_id: UUID) -> None:
    """Let nobody else write what this learner does until the end of the transaction."""
    key = func.hashtextextended(f"learning:{user_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def hold_exercise(session: WriteSession, viewer: Viewer, key: UUID) -> Exercise | None:
    """An exercise that is open to the viewer; nobody changes its course until the end."""
    await _keep_course(session, Exercise.id == key)
    seen = select(Exercise).where(Exercise.id == key, policy.visible_exercise(viewer))
    return await session.first(seen)


async def hold_lesson(session: WriteSession, viewer: Viewer, key: UUID) -> Lesson | None:
    """The same of a lesson."""
    await _keep_course(session, Lesson.id == key)
    seen = select(Lesson).where(
        Lesson.id == key, policy.visible_lesson(viewer), policy.opened(viewer)
    )
    return await session.first(seen)


async def _keep_course(session: WriteSession, part: Any) -> None:
    """Wait for who changes a course, and let them wait.

    Another statement has to read what is in it, for this one knows what was before the wait.
    """
    await session.execute(
        select(Course.id)
        .join(Section, col(Section.course_id) == Course.id)
        .join(Lesson, col(Lesson.section_id) == Section.id)
        .join(Exercise, col(Exercise.lesson_id) == Lesson.id, isouter=True)
        .where(part)
        .limit(1)
        .with_for_update(read=True, key_share=True, of=Course)
    )


async def reach(
    session: WriteSession, user_id: UUID, exercise_id: UUID, watched: int, scrolled: int
) -> tuple[int, int]:
    """Go on to a place, in seconds and percent, never back: the places reached now."""
    given = insert(ExerciseProgress).values(
        id=new_id(),
        user_id=user_id,
        exercise_id=exercise_id,
        watched_seconds=watched,
        scroll_percent=scrolled,
    )
    had, new = ExerciseProgress, given.excluded
    reached = given.on_conflict_do_update(
        index_elements=["user_id", "exercise_id"],
        set_={
            "watched_seconds": func.greatest(had.watched_seconds, new.watched_seconds),
            "scroll_percent": func.greatest(had.scroll_percent, new.scroll_percent),
            "updated_at": now(),
        },
    ).returning(col(had.watched_seconds), col(had.scroll_percent))
    row: Any = (await session.execute(reached)).one()
    return row[0], row[1]


async def progress(
    session: ReadSession, user_id: UUID, exercise_id: UUID
) -> ExerciseProgress | None:
    """How far a learner is with an exercise; None if they haven't begun."""
    return await session.first(
        select(ExerciseProgress).where(
            ExerciseProgress.user_id == user_id, ExerciseProgress.exercise_id == exercise_id
        )
    )


async def complete_exercise(session: WriteSession, user_id: UUID, exercise_id: UUID) -> bool:
    """Say that a learner is done with it; False if they were."""
    time = now()
    done = insert(ExerciseProgress).values(
        id=new_id(),
        user_id=user_id,
        exercise_id=exercise_id,
        watched_seconds=0,
        scroll_percent=0,
        completed_at=time,
    )
    once = done.on_conflict_do_update(
        index_elements=["user_id", "exercise_id"],
        set_={"completed_at": time, "updated_at": time},
        where=col(ExerciseProgress.completed_at).is_(None),
    )
    return await session.changed(once) == 1


async def complete_lesson(session: WriteSession, user_id: UUID, lesson_id: UUID) -> bool:
    """Say that a learner is done with it; False if they were."""
    done = insert(LessonProgress).values(id=new_id(), user_id=user_id, lesson_id=lesson_id)
    return await session.changed(done.on_conflict_do_nothing()) == 1


async def complete_course(session: WriteSession, user_id: UUID, course_id: UUID) -> bool:
    """Say that a learner is done with it; False if they were."""
    done = insert(CourseProgress).values(id=new_id(), user_id=user_id, course_id=course_id)
    return await session.changed(done.on_conflict_do_nothing()) == 1


async def missing(
    session: ReadSession, user_id: UUID, lesson_id: UUID, *, most: int
) -> Sequence[str]:
    """The titles of the exercises of a lesson that a learner isn't done with, in their order."""
    done = _exists(
        ExerciseProgress,
        col(ExerciseProgress.user_id) == user_id,
        col(ExerciseProgress.exercise_id) == Exercise.id,
        col(ExerciseProgress.completed_at).is_not(None),
    )
    return await session.all(
        select(Exercise.title)
        .where(Exercise.lesson_id == lesson_id, ~done)
        .order_by(col(Exercise.position))
        .limit(most)
    )


async def place(session: ReadSession, lesson_id: UUID) -> tuple[UUID, LessonStatus]:
    """The course of a lesson, and the lesson's status."""
    [row] = await session.rows(
        select(Section.course_id, Lesson.status)
        .join(Lesson, col(Lesson.section_id) == Section.id)
        .where(Lesson.id == lesson_id)
    )
    return row[0], row[1]


async def has_learned(session: ReadSession, user_id: UUID, course_id: UUID) -> bool:
    """Whether a learner is done with every published lesson of a course, of which there are."""
    done = _exists(
        LessonProgress,
        col(LessonProgress.user_id) == user_id,
        col(LessonProgress.lesson_id) == Lesson.id,
    )
    [row] = await session.rows(
        select(func.coalesce(func.bool_and(done), False))
        .select_from(Lesson)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id, Lesson.status == LessonStatus.PUBLISHED)
    )
    return bool(row[0])


def _exists(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(table.id).where(and_(*conditions)).correlate_except(table))

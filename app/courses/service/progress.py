"""How far learners are: what they watched and read, and what they are done with.

Whatever makes an exercise complete calls `complete`, and so does what follows from it.
"""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.core.errors import InvalidInput, InvalidInputs, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import NotComplete
from app.courses.events import CourseLearned, ExerciseCompleted, LessonCompleted
from app.courses.models import Exercise, ExerciseKind, LessonStatus
from app.courses.store import progress as store

# So many of the exercises that a lesson still wants are told at once.
MOST_MISSING = 50

_REST = {
    ExerciseKind.VIDEO: "Watch at least {} percent of this video first.",
    ExerciseKind.MATERIAL: "Read at least {} percent of this first.",
    ExerciseKind.QUIZ: "Pass this quiz first.",
    ExerciseKind.ASSIGNMENT: "Hand in your work first.",
    ExerciseKind.CODING: "Finish this program first.",
}


class ProgressData(BaseModel):
    """Where in an exercise a learner is: seconds of a video, or percent of what is read."""

    watched_seconds: Annotated[int, Field(ge=0)] | None = None
    scroll_percent: Annotated[int, Field(ge=0)] | None = None


async def held(uow: UnitOfWork, viewer: Viewer, key: UUID) -> Exercise:
    """An exercise that is open to the viewer, for them to work on; `NotFound` otherwise."""
    await store.hold_learner(uow.session, viewer.user_id)
    exercise = await store.hold_exercise(uow.session, viewer, key)
    if exercise is None:
        raise NotFound(field=("input", "exerciseId"))
    return exercise


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: ProgressData) -> None:
    """Go on in a video or a text, at most to its end, and never back.

    Who has come as far as it asks for is done with it.
    """
    exercise = await held(uow, viewer, key)
    _check_kind(exercise, data)
    watched = min(data.watched_seconds or 0, exercise.duration_seconds or 0)
    scrolled = min(data.scroll_percent or 0, 100)
    reached = await store.reach(uow.session, viewer.user_id, key, watched, scrolled)
    if _is_enough(exercise, *reached):
        await complete(uow, viewer.user_id, exercise)


async def complete_exercise(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Say that the viewer is done with an exercise; `NotComplete` while they aren't."""
    exercise = await held(uow, viewer, key)
    found = await store.progress(uow.session, viewer.user_id, key)
    done = found is not None and (
        found.completed_at is not None
        or _is_enough(exercise, found.watched_seconds, found.scroll_percent)
    )
    if not done:
        raise NotComplete(_REST[exercise.kind].format(exercise.required_percent))
    await complete(uow, viewer.user_id, exercise)


async def complete_lesson(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Say that the viewer is done with a lesson; `NotComplete` for each exercise that is left."""
    await store.hold_learner(uow.session, viewer.user_id)
    lesson = await store.hold_lesson(uow.session, viewer, key)
    if lesson is None:
        raise NotFound(field=("input", "lessonId"))
    if lesson.status is not LessonStatus.PUBLISHED:
        raise NotComplete("This lesson is a draft.")
    missing = await store.missing(uow.session, viewer.user_id, key, most=MOST_MISSING)
    if missing:
        said = [NotComplete(f'The exercise "{title}" isn\'t complete.') for title in missing]
        raise InvalidInputs(said)
    course_id, _ = await store.place(uow.session, key)
    await _finish_lesson(uow, viewer.user_id, course_id, key)


async def begin(uow: UnitOfWork, user_id: UUID, exercise: Exercise) -> None:
    """A learner works on an exercise now, whatever comes of it."""
    await store.reach(uow.session, user_id, exercise.id, 0, 0)


async def complete(uow: UnitOfWork, user_id: UUID, exercise: Exercise) -> None:
    """A learner is done with an exercise, and so perhaps with its lesson and its course.

    Each is said and told once, however often this is called, and by however many at once. Who
    calls it has made sure that the exercise is open to the learner, and what it asks for done.
    """
    await store.hold_learner(uow.session, user_id)
    lesson_id = exercise.lesson_id
    course_id, status = await store.place(uow.session, lesson_id)
    if await store.complete_exercise(uow.session, user_id, exercise.id):
        uow.publish(
            ExerciseCompleted(
                user_id=user_id, course_id=course_id, lesson_id=lesson_id, exercise_id=exercise.id
            )
        )
    # A draft, which those who teach can try, is no part of the course yet.
    published = status is LessonStatus.PUBLISHED
    if published and not await store.missing(uow.session, user_id, lesson_id, most=1):
        await _finish_lesson(uow, user_id, course_id, lesson_id)


async def _finish_lesson(uow: UnitOfWork, user_id: UUID, course_id: UUID, lesson_id: UUID) -> None:
    if await store.complete_lesson(uow.session, user_id, lesson_id):
        uow.publish(LessonCompleted(user_id=user_id, course_id=course_id, lesson_id=lesson_id))
    if not await store.has_learned(uow.session, user_id, course_id):
        return
    if await store.complete_course(uow.session, user_id, course_id):
        uow.publish(CourseLearned(user_id=user_id, course_id=course_id))


def _check_kind(exercise: Exercise, data: ProgressData) -> None:
    """`InvalidInput` unless a video got seconds, and a text percent, and nothing else."""
    if exercise.kind not in (ExerciseKind.VIDEO, ExerciseKind.MATERIAL):
        said = "This exercise is neither a video nor something to read."
        raise InvalidInput(said, field=("input", "exerciseId"))
    needed = exercise.kind is ExerciseKind.VIDEO
    if (data.watched_seconds is not None) is not needed:
        said = "A video needs this, and nothing else has it."
        raise InvalidInput(said, field=("input", "watchedSeconds"))
    if (data.scroll_percent is None) is not needed:
        said = "What is read needs this, and nothing else has it."
        raise InvalidInput(said, field=("input", "scrollPercent"))


def _is_enough(exercise: Exercise, watched: int, scrolled: int) -> bool:
    """Whether so many seconds, or so much percent, are what a video or a text asks for."""
    if exercise.kind is ExerciseKind.VIDEO:
        assert exercise.duration_seconds is not None
        assert exercise.required_percent is not None
        return 100 * watched >= exercise.required_percent * exercise.duration_seconds
    if exercise.kind is ExerciseKind.MATERIAL:
        assert exercise.required_percent is not None
        return scrolled >= exercise.required_percent
    return False

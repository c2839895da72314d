"""Root mutations of learners: what they watch and read, and what they are done with."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses.mutations.inputs import errors, maybe
from app.courses.service import progress as service
from app.courses.types import Exercise, Lesson


def _exercise_id() -> Any:
    return strawberry.field(description="The exercise.")


@strawberry.input(description="Where in a video or a text one is.")
class ExerciseProgressUpdateInput:
    """One of the two, as the exercise is."""

    exercise_id: strawberry.ID = _exercise_id()
    watched_seconds: int | None = maybe(
        "Of a video: how much of it was watched, in seconds; more than it has is all of it."
    )
    scroll_percent: int | None = maybe(
        "Of something to read: how far it was read, in percent; more than 100 is all of it."
    )


@strawberry.input(description="Which exercise.")
class ExerciseCompleteInput:
    """By its id."""

    exercise_id: strawberry.ID = _exercise_id()


@strawberry.input(description="Which lesson.")
class LessonCompleteInput:
    """By its id."""

    lesson_id: strawberry.ID = strawberry.field(description="The lesson.")


@strawberry.type
class _DonePayload:
    exercise: Exercise | None = edge(
        "exercise_key", "The exercise: `viewerProgress` says how far the viewer is."
    )
    exercise_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `exerciseProgressUpdate`.")
class ExerciseProgressUpdatePayload(_DonePayload):
    """The exercise."""


@strawberry.type(description="The answer to `exerciseComplete`.")
class ExerciseCompletePayload(_DonePayload):
    """The exercise."""


@strawberry.type(description="The answer to `lessonComplete`.")
class LessonCompletePayload:
    """The lesson."""

    lesson: Lesson | None = edge(
        "lesson_key", "The lesson: `viewerProgress` says how far the viewer is."
    )
    lesson_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type
class LearningMutation:
    """Learn."""

    @mutation(SIGNED_IN)
    async def exercise_progress_update(
        self, info: Info, input: ExerciseProgressUpdateInput
    ) -> ExerciseProgressUpdatePayload:
        """Go on in a video or a text that is open to you. Progress never goes back.

        Once it is as much as the exercise asks for, the exercise is complete, and so may be its
        lesson and its course.
        """
        data = to_data(service.ProgressData, input)
        key = from_global(Exercise.prefix, input.exercise_id)
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, key, data)
        return ExerciseProgressUpdatePayload(exercise_key=key)

    @mutation(SIGNED_IN)
    async def exercise_complete(
        self, info: Info, input: ExerciseCompleteInput
    ) -> ExerciseCompletePayload:
        """Complete an exercise that is open to you, once what it asks for is done.

        That is: enough was watched or read, the quiz is passed, the work handed in, or the
        program finished. The last of a lesson completes the lesson.
        """
        key = from_global(Exercise.prefix, input.exercise_id)
        async with info.context.begin() as uow:
            await service.complete_exercise(uow, info.context.me, key)
        return ExerciseCompletePayload(exercise_key=key)

    @mutation(SIGNED_IN)
    async def lesson_complete(
        self, info: Info, input: LessonCompleteInput
    ) -> LessonCompletePayload:
        """Complete a lesson that is open to you, once all its exercises are complete.

        While some aren't, there is an error for each of the first 50. The last lesson of a
        course completes the course.
        """
        key = from_global(Lesson.prefix, input.lesson_id)
        async with info.context.begin() as uow:
            await service.complete_lesson(uow, info.context.me, key)
        return LessonCompletePayload(lesson_key=key)

"""Root mutations of exercises: one input for each kind of what is in them."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.courses import models
from app.courses.models import (
    CodingCompletion,
    CodingLanguage,
    CodingMode,
    CodingOutput,
    QuestionKind,
    SubmissionKind,
)
from app.courses.mutations.inputs import AUTHOR, errors, maybe, nested
from app.courses.service import exercises as service
from app.courses.service import trees
from app.courses.types import Exercise, Lesson


def _needed(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.input(description="A video to watch.")
class VideoContentInput:
    """Done once enough of it was watched."""

    url: str = _needed("Where it is, by HTTP or HTTPS.")
    captions_url: str | None = maybe("Where its captions are, as WebVTT.")
    duration_seconds: int = _needed("How long it is, in seconds: 1 to 86,400.")
    required_percent: int | None = maybe(
        "How much of it has to be watched, in percent; 90 at first."
    )


@strawberry.input(description="Something to read.")
class MaterialContentInput:
    """Done once enough of it was read."""

    body: str = _needed("The text, as Markdown, at most 200,000 characters.")
    source_url: str | None = maybe("Where there is more of it.")
    required_percent: int | None = maybe("How far one has to scroll, in percent; 90 at first.")


@strawberry.input(description="An answer to choose.")
class QuizOptionInput:
    """Of a question."""

    text: str = _needed("What it says, 1 to 500 characters.")
    correct: bool | None = maybe("Whether it is right; false at first.")


@strawberry.input(description="A question of a quiz.")
class QuizQuestionInput:
    """With its answers, which only those who teach the course see."""

    kind: QuestionKind = _needed("How it is answered.")
    text: str = _needed("What it asks, as Markdown.")
    points: int | None = maybe("What a right answer gives: 0 to 10,000, 1 at first.")
    options: list[QuizOptionInput] | None = maybe("2 to 10, for a question to choose an answer of.")
    accepted_answers: list[str] | None = maybe(
        "The texts that are right, in any case: 1 to 50, for a question for a text.",
    )
    explanation: str | None = maybe("Why the answer is right.")


@strawberry.input(description="Questions with right answers.")
class QuizContentInput:
    """The server counts the points."""

    instructions: str | None = maybe("What to know before, as Markdown.")
    passing_percent: int | None = maybe(
        "How much of the points it takes to pass; 60 percent at first."
    )
    attempts: int | None = maybe("How often it may be tried: 1 to 100; without end at first.")
    time_limit_seconds: int | None = maybe("How long a try may take: 10 to 86,400.")
    shuffled: bool | None = maybe("Whether questions and options are shown in any order.")
    questions: list[QuizQuestionInput] | None = maybe("What it asks: at most 40.")


@strawberry.input(description="Work to hand in.")
class AssignmentContentInput:
    """Graded by who teaches."""

    instructions: str = _needed("What is to be done, as Markdown.")
    accepts: list[SubmissionKind] = _needed("As what it can be handed in.")
    max_points: int | None = maybe("The best grade: 1 to 10,000, 100 at first.")
    model_answer: str | None = maybe("A good answer, which only those who teach the course see.")


@strawberry.input(description="What a program is tried with.")
class CodingTestInput:
    """Hidden ones are for those who teach the course."""

    name: str = _needed("What it is called, 1 to 255 characters.")
    input: str = _needed("What is evaluated.")
    expected_output: str = _needed("What has to come of it.")
    hidden: bool | None = maybe("Whether learners don't see it; false at first.")
    points: int | None = maybe("What passing it gives: 0 to 10,000, 1 at first.")


@strawberry.input(description="A program to write.")
class CodingContentInput:
    """The server runs it against its tests."""

    mode: CodingMode | None = maybe("What it is for; a challenge at first.")
    language: CodingLanguage | None = maybe("What it is written in.")
    instructions: str = _needed("What is to be done, as Markdown.")
    starter_code: str | None = maybe("What one begins with.")
    solution_code: str | None = maybe(
        "A program that passes, which only those who teach the course see."
    )
    packages: list[str] | None = maybe("The packages that it may import, at most 20.")
    hints: list[str] | None = maybe("Help, one piece after the other, at most 50.")
    run_limit_seconds: int | None = maybe("How long a run may take: 1 to 60, 30 at first.")
    output: CodingOutput | None = maybe("How its output is shown; as text at first.")
    completion: CodingCompletion | None = maybe("When it is done; once all tests pass at first.")
    tests: list[CodingTestInput] | None = maybe("What it is tried with: at most 50.")


@strawberry.input(one_of=True, description="What an exercise is: one of the five.")
class ExerciseContentInput:
    """The kind of an exercise is that of its content."""

    video: VideoContentInput | None = maybe("A video to watch.")
    material: MaterialContentInput | None = maybe("Something to read.")
    quiz: QuizContentInput | None = maybe("Questions with right answers.")
    assignment: AssignmentContentInput | None = maybe("Work to hand in.")
    coding: CodingContentInput | None = maybe("A program to write.")


@strawberry.input(description="An exercise to add.")
class ExerciseCreateInput:
    """At the end of a lesson."""

    lesson_id: strawberry.ID = _needed("The lesson.")
    title: str = _needed("What it is called, 1 to 255 characters.")
    description: str | None = maybe("What it is about.")
    estimated_minutes: int | None = maybe(
        "How long it takes, in minutes; the lesson takes as long."
    )
    content: ExerciseContentInput = _needed("What it is.")


@strawberry.input(description="What is to be another way in an exercise. What isn't given stays.")
class ExerciseUpdateInput:
    """Its place is changed by `exercisesReorder`."""

    id: strawberry.ID = _needed("The exercise.")
    title: str | None = maybe("What it is called, 1 to 255 characters.")
    description: str | None = maybe("What it is about.")
    estimated_minutes: int | None = maybe(
        "How long it takes, in minutes; the lesson takes as long."
    )
    content: ExerciseContentInput | None = maybe(
        "All of what it is, of the same kind: what isn't given of it takes its default."
    )


@strawberry.input(description="Which exercise.")
class ExerciseDeleteInput:
    """By its id."""

    id: strawberry.ID = _needed("The exercise.")


@strawberry.type
class _ExercisePayload:
    exercise: Exercise | None = edge("exercise_key", "The exercise.")
    exercise_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `exerciseCreate`.")
class ExerciseCreatePayload(_ExercisePayload):
    """The exercise."""


@strawberry.type(description="The answer to `exerciseUpdate`.")
class ExerciseUpdatePayload(_ExercisePayload):
    """The exercise."""


@strawberry.type(description="The answer to `exerciseDelete`.")
class ExerciseDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the exercise that is gone."
    )
    errors: list[UserError] = errors()


@strawberry.type
class ExerciseMutation:
    """Write exercises."""

    @mutation(AUTHOR)
    async def exercise_create(
        self, info: Info, input: ExerciseCreateInput
    ) -> ExerciseCreatePayload:
        """Add an exercise at the end of a lesson of a course that you teach."""
        data = to_data(service.ExerciseData, input, content=nested(input.content))
        key = from_global(Lesson.prefix, input.lesson_id)
        async with info.context.begin() as uow:
            exercise = await service.create(uow, info.context.me, key, data)
        return ExerciseCreatePayload(exercise_key=exercise.id)

    @mutation(AUTHOR)
    async def exercise_update(
        self, info: Info, input: ExerciseUpdateInput
    ) -> ExerciseUpdatePayload:
        """Change an exercise of a course that you teach. It stays of its kind."""
        given = input.content is not strawberry.UNSET
        more = {"content": nested(input.content)} if given else {}
        data = to_data(service.ExerciseChanges, input, **more)
        key = from_global(Exercise.prefix, input.id)
        async with info.context.begin() as uow:
            await service.update(uow, info.context.me, key, data)
        return ExerciseUpdatePayload(exercise_key=key)

    @mutation(AUTHOR)
    async def exercise_delete(
        self, info: Info, input: ExerciseDeleteInput
    ) -> ExerciseDeletePayload:
        """Delete an exercise; those behind it move up."""
        key = from_global(Exercise.prefix, input.id)
        async with info.context.begin() as uow:
            await trees.delete(uow, info.context.me, models.Exercise, key)
        return ExerciseDeletePayload(deleted_id=input.id)

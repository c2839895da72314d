"""Exercises with what is in them."""

from collections.abc import Iterator
from uuid import UUID

from pydantic import BaseModel

from app.core.db import WriteSession
from app.core.tables import Table
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.courses.errors import ExerciseKindFixed
from app.courses.models import CodingTest, Exercise, Lesson, QuizOption, QuizQuestion
from app.courses.service.contents import ContentData, Minutes, Text, Title
from app.courses.service.holding import changed, held
from app.courses.service.trees import next_position, standing
from app.courses.store import exercises as store
from app.courses.store import trees


class ExerciseData(BaseModel):
    """An exercise."""

    title: Title
    description: Text | None = None
    estimated_minutes: Minutes = 0
    content: ContentData


class ExerciseChanges(ExerciseData):
    """What is to be another way; what isn't given stays. `content` replaces all of it."""

    title: Title = ""
    content: ContentData | None = None  # type: ignore[assignment]


async def create(uow: UnitOfWork, viewer: Viewer, lesson_id: UUID, data: ExerciseData) -> Exercise:
    """An exercise at the end of a lesson."""
    course = await held(uow, viewer, Lesson, lesson_id, field="lessonId")
    await standing(uow, Lesson, lesson_id, field="lessonId")
    exercise = Exercise(
        lesson_id=lesson_id,
        position=await next_position(uow, Exercise, lesson_id),
        kind=data.content.kind,
        **data.model_dump(exclude={"content"}),
        **data.content.columns(),
    )
    uow.session.add(exercise)
    await uow.session.flush()
    await add_content(uow.session, exercise, data.content)
    await trees.sum_minutes(uow.session, lesson_id)
    await changed(uow, course)
    return exercise


async def update(uow: UnitOfWork, viewer: Viewer, key: UUID, data: ExerciseChanges) -> Exercise:
    """Change what is given. An exercise stays of its kind."""
    course = await held(uow, viewer, Exercise, key)
    exercise = await standing(uow, Exercise, key)
    for name, value in data.model_dump(exclude_unset=True, exclude={"content"}).items():
        setattr(exercise, name, value)
    if data.content is not None:
        if data.content.kind is not exercise.kind:
            raise ExerciseKindFixed(field=("input", "content"))
        for name, value in data.content.columns().items():
            setattr(exercise, name, value)
        await store.empty(uow.session, key)
        await add_content(uow.session, exercise, data.content)
    await uow.session.flush()
    await trees.sum_minutes(uow.session, exercise.lesson_id)
    await changed(uow, course)
    return exercise


async def add_content(session: WriteSession, exercise: Exercise, content: ContentData) -> None:
    """Give an exercise that has none its questions or tests."""
    await session.insert(rows_of(exercise, content))


def rows_of(exercise: Exercise, content: ContentData) -> Iterator[Table]:
    """The rows of an exercise's questions, options and tests."""
    for place, each in enumerate(content.quiz.questions if content.quiz is not None else []):
        question = QuizQuestion(
            exercise_id=exercise.id, position=place, **each.model_dump(exclude={"options"})
        )
        yield question
        for number, option in enumerate(each.options):
            yield QuizOption(question_id=question.id, position=number, **option.model_dump())
    for place, test in enumerate(content.coding.tests if content.coding is not None else []):
        yield CodingTest(exercise_id=exercise.id, position=place, **test.model_dump())

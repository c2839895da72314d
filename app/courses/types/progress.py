"""What the schema shows of how far learners are."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Integer, and_, case, func, literal_column
from sqlmodel import col, select

from app.accounts.types import User
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, column, computed, edge, pages, reads, whole
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.courses import models, policy
from app.courses.models import ExerciseKind, LessonStatus
from app.courses.models.learning import CourseLearning, LessonLearning, SectionLearning

if TYPE_CHECKING:
    from app.courses.types.courses import Course, Lesson, Section

Exercise, Lesson_, Section_ = models.Exercise, models.Lesson, models.Section
Done, LessonDone = models.ExerciseProgress, models.LessonProgress

_NOTHING: ColumnElement[int] = literal_column("0", Integer())
_ALL: ColumnElement[int] = literal_column("100", Integer())

# What of a course, a section or a lesson is asked about: which lessons, of which learner.
Scope = Callable[[Any], ColumnElement[bool]]


def _of_course(pair: type[CourseLearning]) -> ColumnElement[bool]:
    sections = select(Section_.id).where(Section_.course_id == pair.id)
    return col(Lesson_.section_id).in_(sections.correlate(pair))


def _of_section(pair: type[SectionLearning]) -> ColumnElement[bool]:
    return col(Lesson_.section_id) == pair.id


def _of_lesson(pair: type[LessonLearning]) -> ColumnElement[bool]:
    return col(Lesson_.id) == pair.id


def _lessons(scope: Scope, *values: Any) -> Callable[[Any], Any]:
    """Values over the published lessons of a pair, each once, with what is done of it."""

    def made(pair: Any) -> Any:
        done = and_(col(LessonDone.lesson_id) == Lesson_.id, LessonDone.user_id == pair.user_id)
        return (
            select(*values)
            .select_from(Lesson_)
            .join(LessonDone, done, isouter=True)
            .where(scope(pair), col(Lesson_.status) == LessonStatus.PUBLISHED)
            .correlate_except(Lesson_, LessonDone, Section_)
        )

    return made


def _exercises(scope: Scope, *values: Any) -> Callable[[Any], Any]:
    """Values over their exercises, with what is done of them; a lesson without any has a row."""

    def made(pair: Any) -> Any:
        done = and_(col(Done.exercise_id) == Exercise.id, Done.user_id == pair.user_id)
        finished = and_(col(LessonDone.lesson_id) == Lesson_.id, LessonDone.user_id == pair.user_id)
        return (
            select(*values)
            .select_from(Lesson_)
            .join(Exercise, col(Exercise.lesson_id) == Lesson_.id, isouter=True)
            .join(Done, done, isouter=True)
            .join(LessonDone, finished, isouter=True)
            .where(scope(pair), col(Lesson_.status) == LessonStatus.PUBLISHED)
            .correlate_except(Lesson_, Exercise, Done, LessonDone, Section_)
        )

    return made


_EXERCISE_DONE = col(Done.completed_at).is_not(None)
# A lesson without exercises is one thing to do.
_STEP_DONE = case(
    (col(Exercise.id).is_(None), col(LessonDone.id).is_not(None)), else_=_EXERCISE_DONE
)


def _number(over: Any, scope: Scope, value: Any) -> Any:
    """A field of a whole number over the lessons or exercises of a pair."""
    # Inside of the statement, where an aggregate that stands there twice is made once.
    rows = over(scope, whole(value))
    return lambda _, pair: rows(pair).scalar_subquery()


def _total_lessons(scope: Scope) -> Any:
    return computed(_number(_lessons, scope, func.count()), "How many published lessons there are.")


def _completed_lessons(scope: Scope) -> Any:
    return computed(
        _number(_lessons, scope, func.count(col(LessonDone.id))),
        "How many of them the learner has completed. They stay so if exercises are added.",
    )


def _total_exercises(scope: Scope) -> Any:
    return computed(
        _number(_exercises, scope, func.count(col(Exercise.id))),
        "How many exercises they have.",
    )


def _completed_exercises(scope: Scope) -> Any:
    return computed(
        _number(_exercises, scope, func.count().filter(_EXERCISE_DONE)),
        "How many of them the learner has completed.",
    )


def _total_minutes(scope: Scope) -> Any:
    total = func.coalesce(func.sum(Lesson_.estimated_minutes), _NOTHING)
    return computed(_number(_lessons, scope, total), "How long all of it takes, in minutes.")


def _completed_minutes(scope: Scope) -> Any:
    minutes = case(
        (col(Exercise.id).is_(None), Lesson_.estimated_minutes), else_=Exercise.estimated_minutes
    )
    done = func.coalesce(func.sum(minutes).filter(_STEP_DONE), _NOTHING)
    return computed(
        _number(_exercises, scope, done),
        "How long what the learner has completed of it takes, in minutes, as estimated.",
    )


def _percent(scope: Scope) -> Any:
    done = func.count().filter(_STEP_DONE)
    share = func.coalesce(_ALL * done // func.nullif(func.count(), _NOTHING), _NOTHING)
    return computed(
        _number(_exercises, scope, share),
        "How much of it the learner has completed, in percent, rounded down: of all exercises,"
        " and of lessons that have none.",
    )


def _last_activity(scope: Scope) -> Any:
    rows = _exercises(scope, func.max(func.greatest(Done.updated_at, col(LessonDone.created_at))))
    return computed(
        lambda _, pair: rows(pair).scalar_subquery(),
        "When the learner last did something of it; null if they haven't begun.",
    )


def _lessons_below(_: Asker, lesson: type[LessonLearning], section: type[SectionLearning]) -> Rows:
    return Rows(
        and_(col(lesson.user_id) == section.user_id, col(lesson.section_id) == section.id),
        Order("lessonProgress", ("position", "id")),
    )


def _sections_below(_: Asker, section: type[SectionLearning], course: type[CourseLearning]) -> Rows:
    return Rows(
        and_(col(section.user_id) == course.user_id, col(section.course_id) == course.id),
        Order("sectionProgress", ("position", "id")),
    )


def _share(_: Asker, progress: type[models.ExerciseProgress]) -> ColumnElement[int]:
    """In percent, at most 100: a video may have become shorter."""
    exercise = models.Exercise
    reached = case(
        (
            col(exercise.kind) == ExerciseKind.VIDEO,
            func.least(_ALL, _ALL * col(progress.watched_seconds) // exercise.duration_seconds),
        ),
        (col(exercise.kind) == ExerciseKind.MATERIAL, progress.scroll_percent),
        else_=case((col(progress.completed_at).is_not(None), _ALL), else_=_NOTHING),
    )
    found = select(reached).where(exercise.id == progress.exercise_id).correlate(progress)
    return whole(found.scalar_subquery())


def _of_kind(kind: ExerciseKind, name: str) -> Any:
    def value(_: Asker, progress: type[models.ExerciseProgress]) -> ColumnElement[int]:
        exercise = models.Exercise
        found = select(getattr(progress, name)).where(
            exercise.id == progress.exercise_id, exercise.kind == kind
        )
        return whole(found.correlate(progress).scalar_subquery())

    return value


@reads(
    models.ExerciseProgress,
    description="How far somebody is with an exercise. Nothing of it ever goes back.",
)
class ExerciseProgress:
    """Of a video or a text, where they have come; of every exercise, whether they are done."""

    watched_seconds: int | None = computed(
        _of_kind(ExerciseKind.VIDEO, "watched_seconds"),
        "Of a video: how much was watched, in seconds.",
    )
    scroll_percent: int | None = computed(
        _of_kind(ExerciseKind.MATERIAL, "scroll_percent"),
        "Of something to read: how far it was read, in percent.",
    )
    percent: int = computed(
        _share,
        "How much of it was watched or read, in percent; of other exercises, 100 once they are"
        " complete and 0 before.",
    )
    completed_at: datetime | None = column("When it was completed; null if it isn't.")
    started_at: datetime = column("When it was begun.", "created_at")
    updated_at: datetime = column("When something was last done of it.")


@reads(LessonLearning, beside=("user_id",), description="How far somebody is with a lesson.")
class LessonProgress:
    """Also of one that they haven't begun. Drafts don't count."""

    lesson: Annotated["Lesson", strawberry.lazy("app.courses.types.courses")] | None = edge(
        "id", "The lesson."
    )
    completed_at: datetime | None = column(
        "When it was completed; null if it isn't. It stays so if exercises are added."
    )
    total_exercises: int = _total_exercises(_of_lesson)
    completed_exercises: int = _completed_exercises(_of_lesson)
    total_minutes: int = _total_minutes(_of_lesson)
    completed_minutes: int = _completed_minutes(_of_lesson)
    percent: int = _percent(_of_lesson)
    last_activity_at: datetime | None = _last_activity(_of_lesson)


@reads(SectionLearning, beside=("user_id",), description="How far somebody is with a section.")
class SectionProgress:
    """The sum of its lessons."""

    section: Annotated["Section", strawberry.lazy("app.courses.types.courses")] | None = edge(
        "id", "The section."
    )
    total_lessons: int = _total_lessons(_of_section)
    completed_lessons: int = _completed_lessons(_of_section)
    total_exercises: int = _total_exercises(_of_section)
    completed_exercises: int = _completed_exercises(_of_section)
    total_minutes: int = _total_minutes(_of_section)
    completed_minutes: int = _completed_minutes(_of_section)
    percent: int = _percent(_of_section)
    last_activity_at: datetime | None = _last_activity(_of_section)
    lessons: Connection[LessonProgress] = pages(
        _lessons_below, "Its published lessons, in their order."
    )


@reads(
    CourseLearning,
    visible=policy.visible_learning,
    beside=("user_id",),
    description="How far somebody is with a course.",
)
class CourseProgress:
    """The sum of its sections, whether or not they have begun."""

    course: Annotated["Course", strawberry.lazy("app.courses.types.courses")] | None = edge(
        "id", "The course."
    )
    learner: User | None = edge("user_id", "Whose progress it is.")
    completed_at: datetime | None = column(
        "When every lesson was completed; null if they aren't. It stays so if lessons are added."
    )
    total_lessons: int = _total_lessons(_of_course)
    completed_lessons: int = _completed_lessons(_of_course)
    total_exercises: int = _total_exercises(_of_course)
    completed_exercises: int = _completed_exercises(_of_course)
    total_minutes: int = _total_minutes(_of_course)
    completed_minutes: int = _completed_minutes(_of_course)
    percent: int = _percent(_of_course)
    last_activity_at: datetime | None = _last_activity(_of_course)
    sections: Connection[SectionProgress] = pages(_sections_below, "Its sections, in their order.")

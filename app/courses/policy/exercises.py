"""Who sees exercises, and who their answers and hidden tests. Conditions for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, true
from sqlmodel import col, select

from app.core.viewer import Asker
from app.courses.models import (
    CodingTest,
    Course,
    Exercise,
    Lesson,
    QuizOption,
    QuizQuestion,
    Section,
)
from app.courses.policy.courses import instructs, opened, visible_lesson


def instructs_lesson(viewer: Asker, lesson_id: Any) -> ColumnElement[bool]:
    """Whether the viewer teaches the course of a lesson, or leads a cohort of it."""
    # Who teaches all or none needs no look at the rows.
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    return exists(
        select(Lesson.id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Lesson.id == lesson_id, instructs(viewer))
        .correlate_except(Lesson, Section, Course)
    )


def instructs_exercise(viewer: Asker, exercise_id: Any) -> ColumnElement[bool]:
    """The same of an exercise: its answers and hidden tests are theirs."""
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    return exists(
        select(Exercise.id)
        .where(Exercise.id == exercise_id, instructs_lesson(viewer, Exercise.lesson_id))
        .correlate_except(Exercise)
    )


def instructs_question(viewer: Asker, question_id: Any) -> ColumnElement[bool]:
    """The same of a quiz's question."""
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    return exists(
        select(QuizQuestion.id)
        .where(QuizQuestion.id == question_id, instructs_exercise(viewer, QuizQuestion.exercise_id))
        .correlate_except(QuizQuestion)
    )


def visible_exercise(viewer: Asker, exercise: type[Exercise] = Exercise) -> ColumnElement[bool]:
    """Exercises of lessons that the viewer sees, and that are open to them."""
    return exists(
        select(Lesson.id)
        .where(Lesson.id == exercise.lesson_id, visible_lesson(viewer), opened(viewer))
        .correlate(exercise)
    )


def _of_exercise(viewer: Asker, table: Any) -> ColumnElement[bool]:
    return exists(
        select(Exercise.id)
        .where(Exercise.id == table.exercise_id, visible_exercise(viewer))
        .correlate(table)
    )


def visible_question(
    viewer: Asker, question: type[QuizQuestion] = QuizQuestion
) -> ColumnElement[bool]:
    """Questions of quizzes that the viewer sees."""
    return _of_exercise(viewer, question)


def visible_option(viewer: Asker, option: type[QuizOption] = QuizOption) -> ColumnElement[bool]:
    """Options of questions that the viewer sees."""
    return exists(
        select(QuizQuestion.id)
        .where(QuizQuestion.id == option.question_id, visible_question(viewer))
        .correlate(option)
    )


def shown_test(viewer: Asker, test: type[CodingTest] = CodingTest) -> ColumnElement[bool]:
    """Open tests, and hidden ones where the viewer teaches."""
    return or_(~col(test.hidden), instructs_exercise(viewer, test.exercise_id))


def visible_test(viewer: Asker, test: type[CodingTest] = CodingTest) -> ColumnElement[bool]:
    """Tests of exercises that the viewer sees, but for hidden ones where they don't teach."""
    return and_(_of_exercise(viewer, test), shown_test(viewer, test))

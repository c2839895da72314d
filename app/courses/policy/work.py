"""Who sees what learners have done. Conditions for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.core.viewer import Asker
from app.courses.models import (
    AssignmentSubmission,
    CodingSubmission,
    CodingTestResult,
    Cohort,
    CohortMember,
    Course,
    Exercise,
    Lesson,
    QuizAttempt,
    Section,
)
from app.courses.models.learning import CourseLearning
from app.courses.policy.courses import teaches, visible
from app.courses.policy.exercises import instructs_exercise


def studies_under(viewer: Asker, user_id: Any, course: type[Course]) -> ColumnElement[bool]:
    """Whether somebody is a student of the viewer's in a course.

    Those are the members of its cohorts, to who teaches the course; of a cohort, to who leads it;
    and to who teaches a personal course, the learner whom it was made for. Who takes a free
    course of the catalogue by themselves is nobody's student.
    """
    if not (viewer.may("course.manage") or viewer.may("course.create")):
        return false()
    taught = teaches(viewer, course)
    member = exists(
        select(CohortMember.id)
        .join(Cohort, col(Cohort.id) == CohortMember.cohort_id)
        .where(
            col(CohortMember.user_id) == user_id,
            Cohort.course_id == course.id,
            or_(taught, col(Cohort.instructor_id) == viewer.user_id),
        )
        .correlate_except(CohortMember, Cohort)
    )
    return or_(member, and_(taught, col(course.learner_id) == user_id))


def visible_learning(
    viewer: Asker, pair: type[CourseLearning] = CourseLearning
) -> ColumnElement[bool]:
    """How far the viewer is with courses that they see, and how far their students are."""
    if not viewer.signed_in:
        return false()
    own = and_(col(pair.user_id) == viewer.user_id, visible(viewer))
    return exists(
        select(Course.id)
        .where(Course.id == pair.id, or_(own, studies_under(viewer, pair.user_id, Course)))
        .correlate(pair)
    )


def visible_attempt(viewer: Asker, attempt: type[QuizAttempt] = QuizAttempt) -> ColumnElement[bool]:
    """The viewer's own tries at quizzes, and those of their students."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(attempt.user_id) == viewer.user_id
    of_student = exists(
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Exercise.id == attempt.exercise_id, studies_under(viewer, attempt.user_id, Course))
        .correlate(attempt)
    )
    return or_(own, of_student)


def shows_answers(viewer: Asker, attempt: type[QuizAttempt]) -> ColumnElement[bool]:
    """Whether the right answers are shown with a try that the viewer sees.

    They are to who teaches the quiz; to a learner, once they have passed it or can't try it
    again, so that nobody answers with them.
    """
    other: type[QuizAttempt] = aliased(QuizAttempt)
    theirs = and_(
        col(other.user_id) == attempt.user_id, col(other.exercise_id) == attempt.exercise_id
    )
    passed = exists(select(other.id).where(theirs, col(other.passed)).correlate(attempt))
    over = or_(col(other.submitted_at).is_not(None), col(other.due_at) <= func.now())
    used = select(func.count()).select_from(other).where(theirs, over).correlate(attempt)
    spent = exists(
        select(Exercise.id)
        .where(
            Exercise.id == attempt.exercise_id,
            col(Exercise.attempts) <= used.scalar_subquery(),
        )
        .correlate(attempt)
    )
    return or_(passed, spent, instructs_exercise(viewer, attempt.exercise_id))


def instructs_work(viewer: Asker, work: Any, student_id: Any) -> ColumnElement[bool]:
    """Whether the viewer teaches the course of a student's work on an exercise, or leads a cohort
    of it that the student is in.

    Who leads another cohort of the same course has no part in it.
    """
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    led = exists(
        select(Cohort.id)
        .join(CohortMember, col(CohortMember.cohort_id) == Cohort.id)
        .where(
            Cohort.course_id == Course.id,
            col(Cohort.instructor_id) == viewer.user_id,
            CohortMember.user_id == student_id,
        )
        .correlate(Course, work)
    )
    return exists(
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Exercise.id == work.exercise_id, or_(teaches(viewer), led))
        .correlate(work)
    )


def visible_submission(
    viewer: Asker, submission: type[AssignmentSubmission] = AssignmentSubmission
) -> ColumnElement[bool]:
    """The viewer's own, and those that they grade."""
    own: ColumnElement[bool] = col(submission.student_id) == viewer.user_id
    return or_(own, instructs_work(viewer, submission, submission.student_id))


def of_course(submission: type[AssignmentSubmission], course_id: Any) -> ColumnElement[bool]:
    """Whether something was handed in on an assignment of a course."""
    return exists(
        select(Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Exercise.id == submission.exercise_id, Section.course_id == course_id)
        .correlate(submission)
    )


def visible_program(
    viewer: Asker, program: type[CodingSubmission] = CodingSubmission
) -> ColumnElement[bool]:
    """The viewer's own, and those that they may help with."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(program.user_id) == viewer.user_id
    return or_(own, instructs_work(viewer, program, program.user_id))


def visible_result(
    viewer: Asker, result: type[CodingTestResult] = CodingTestResult
) -> ColumnElement[bool]:
    """How tests of programs that the viewer sees ended."""
    return exists(
        select(CodingSubmission.id)
        .where(CodingSubmission.id == result.submission_id, visible_program(viewer))
        .correlate(result)
    )


def told_result(
    viewer: Asker, result: type[CodingTestResult] = CodingTestResult
) -> ColumnElement[bool]:
    """Whether the viewer learns more than that it passed: of a hidden test, who teaches does."""
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return ~col(result.hidden)
    taught = exists(
        select(CodingSubmission.id)
        .where(
            CodingSubmission.id == result.submission_id,
            instructs_exercise(viewer, CodingSubmission.exercise_id),
        )
        .correlate(result)
    )
    return or_(~col(result.hidden), taught)


def practised(viewer: Asker, row: Any) -> ColumnElement[bool]:
    """Practice, progress and records: they are for the one alone whose they are."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(row.user_id) == viewer.user_id
    return own

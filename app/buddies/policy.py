"""Who is on a course, and who sees what of study buddies. Conditions for whoever asks."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, union
from sqlmodel import col, select

from app.accounts import policy as accounts
from app.buddies.models import Buddy, BuddyAssignment, BuddyRequest, BuddyRequestStatus
from app.core.viewer import Asker
from app.courses import policy as courses
from app.courses.models import (
    Cohort,
    CohortMember,
    Course,
    CourseProgress,
    CourseStatus,
    Exercise,
    ExerciseProgress,
    Lesson,
    LessonProgress,
    Section,
)


def _members(course_id: Any) -> Select[Any]:
    """Who learns a course in a cohort."""
    return (
        select(CohortMember.user_id)
        .join(Cohort, col(Cohort.id) == CohortMember.cohort_id)
        .where(col(Cohort.course_id) == course_id)
        .correlate_except(CohortMember, Cohort)
    )


def _working(course_id: Any) -> tuple[Select[Any], Select[Any]]:
    """Who has completed a lesson of a course, and who has begun an exercise of it."""
    lessons = (
        select(LessonProgress.user_id)
        .join(Lesson, col(Lesson.id) == LessonProgress.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(col(Section.course_id) == course_id)
        .correlate_except(LessonProgress, Lesson, Section)
    )
    exercises = (
        select(ExerciseProgress.user_id)
        .join(Exercise, col(Exercise.id) == ExerciseProgress.exercise_id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(col(Section.course_id) == course_id)
        .correlate_except(ExerciseProgress, Exercise, Lesson, Section)
    )
    return lessons, exercises


def learners(course_id: Any) -> Any:
    """The keys of all who learn a course in a cohort or have begun it, finished or not."""
    return union(_members(course_id), *_working(course_id))


def finished(user_id: Any, course_id: Any) -> ColumnElement[bool]:
    """Whether somebody has completed a course."""
    return exists(
        select(CourseProgress.id)
        .where(col(CourseProgress.user_id) == user_id, col(CourseProgress.course_id) == course_id)
        .correlate_except(CourseProgress)
    )


def taught(course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses that several people can be on: published ones."""
    published: ColumnElement[bool] = col(course.status) == CourseStatus.PUBLISHED
    return published


def on_course(user_id: Any, course: type[Course] = Course) -> ColumnElement[bool]:
    """Whether somebody is on a course: in a cohort of it, or, of the catalogue's, at work on it;
    while it is taught, and until they have completed it.
    """
    lessons, exercises = _working(course.id)
    working = or_(
        exists(lessons.where(col(LessonProgress.user_id) == user_id)),
        exists(exercises.where(col(ExerciseProgress.user_id) == user_id)),
    )
    member = exists(_members(course.id).where(col(CohortMember.user_id) == user_id))
    return and_(
        taught(course),
        or_(member, and_(courses.listed(course), working)),
        ~finished(user_id, course.id),
    )


def visible_context(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses that the viewer is on."""
    return on_course(viewer.user_id, course)


def _apart(viewer: Asker, one: Any, two: Any) -> ColumnElement[bool]:
    """Whether the viewer is one of two people, with no block between them."""
    other = case((one == viewer.user_id, two), else_=one)
    return and_(or_(one == viewer.user_id, two == viewer.user_id), ~accounts.blocked(viewer, other))


def visible_request(
    viewer: Asker, request: type[BuddyRequest] = BuddyRequest
) -> ColumnElement[bool]:
    """Those that the viewer has made or got."""
    return _apart(viewer, col(request.requester_id), col(request.requested_id))


def visible_buddy(viewer: Asker, buddy: type[Buddy] = Buddy) -> ColumnElement[bool]:
    """The viewer's own, as long as they are buddies."""
    own = _apart(viewer, col(buddy.first_id), col(buddy.second_id))
    return and_(col(buddy.ended_at).is_(None), own)


def visible_assignment(
    viewer: Asker, assignment: type[BuddyAssignment] = BuddyAssignment
) -> ColumnElement[bool]:
    """Those that the viewer shares or shared, also with somebody who isn't a buddy any more."""
    return exists(
        select(Buddy.id)
        .where(
            Buddy.id == assignment.buddy_id,
            _apart(viewer, col(Buddy.first_id), col(Buddy.second_id)),
        )
        .correlate(assignment)
    )


def overdue(request: type[BuddyRequest] = BuddyRequest) -> ColumnElement[bool]:
    """Open requests whose time is over, whether or not that is written down."""
    return and_(
        col(request.status) == BuddyRequestStatus.PENDING, col(request.expires_at) <= func.now()
    )


def status(request: type[BuddyRequest] = BuddyRequest) -> ColumnElement[BuddyRequestStatus]:
    """What became of a request by now."""
    known: Any = col(request.status)
    return case((overdue(request), literal(BuddyRequestStatus.EXPIRED, known.type)), else_=known)

"""Who sees and who opens courses, sections and lessons. Conditions for whoever asks."""

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, or_, true
from sqlmodel import col, select

from app.core.viewer import Asker
from app.courses.models import (
    Cohort,
    CohortLesson,
    CohortMember,
    Course,
    CourseStatus,
    Lesson,
    LessonStatus,
    Section,
)


def listed(course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses of the catalogue, which anyone sees.

    A page of these alone comes from the catalogue's indexes in its order; one of all that a
    viewer sees has to be sorted.
    """
    # No parameter: the plan of a prepared statement has to know that an index's condition holds.
    published: ColumnElement[CourseStatus] = literal_column(f"'{CourseStatus.PUBLISHED.name}'")
    # What has no date has no place in the catalogue's order.
    dated = col(course.published_at).is_not(None)
    return and_(col(course.public), col(course.status) == published, dated)


def teaches(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """The viewer's own courses, or all to a manager: they see what isn't finished.

    Who may not, or no longer, write courses teaches none. So all who only learn share answers.
    """
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    own: ColumnElement[bool] = col(course.instructor_id) == viewer.user_id
    return own


def instructs(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Those that the viewer teaches, and those of cohorts that they lead.

    They see answers, which nobody sees who only learns.
    """
    if viewer.may("course.manage"):
        return true()
    if not viewer.may("course.create"):
        return false()
    led = exists(
        select(Cohort.id)
        .where(Cohort.course_id == course.id, col(Cohort.instructor_id) == viewer.user_id)
        .correlate(course)
    )
    return or_(teaches(viewer, course), led)


def learns(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses made for the viewer alone, and those of cohorts that they are in."""
    if not viewer.signed_in:
        return false()
    own: ColumnElement[bool] = col(course.learner_id) == viewer.user_id
    return or_(own, _in_cohort(viewer, course))


def _in_cohort(viewer: Asker, course: type[Course]) -> ColumnElement[bool]:
    return exists(
        select(CohortMember.id)
        .join(Cohort, col(Cohort.id) == CohortMember.cohort_id)
        .where(col(CohortMember.user_id) == viewer.user_id, Cohort.course_id == course.id)
        .correlate(course)
    )


def visible(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses of the catalogue, and those that the viewer teaches or learns."""
    return or_(listed(course), instructs(viewer, course), learns(viewer, course))


def visible_section(viewer: Asker, section: type[Section] = Section) -> ColumnElement[bool]:
    """Sections of courses that the viewer sees."""
    return exists(
        select(Course.id).where(Course.id == section.course_id, visible(viewer)).correlate(section)
    )


def shown(viewer: Asker, lesson: type[Lesson] = Lesson) -> ColumnElement[bool]:
    """Published lessons, and drafts where the viewer teaches.

    This is all that is left to ask of the lessons of a section that the viewer sees.
    """
    theirs = exists(
        select(Section.id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(Section.id == lesson.section_id, teaches(viewer))
        .correlate(lesson)
    )
    return or_(col(lesson.status) == LessonStatus.PUBLISHED, theirs)


def visible_lesson(viewer: Asker, lesson: type[Lesson] = Lesson) -> ColumnElement[bool]:
    """Lessons of courses that the viewer sees; drafts only where they teach."""
    seen = exists(
        select(Section.id)
        .where(Section.id == lesson.section_id, visible_section(viewer))
        .correlate(lesson)
    )
    return and_(seen, shown(viewer, lesson))


def opened(viewer: Asker, lesson: type[Lesson] = Lesson) -> ColumnElement[bool]:
    """Whether the viewer may do what is in a lesson that they see: the syllabus is for anyone.

    Who instructs may, and the learner of a personal course. Members of a cohort go at its pace:
    they may do what is unlocked to them. Free courses of the catalogue are open to everybody
    else who is signed in.
    """
    if not viewer.signed_in:
        return false()
    unlocked = exists(
        select(CohortLesson.id)
        .join(CohortMember, col(CohortMember.cohort_id) == CohortLesson.cohort_id)
        .where(CohortLesson.lesson_id == lesson.id, col(CohortMember.user_id) == viewer.user_id)
        .correlate(lesson)
    )
    free = and_(listed(), col(Course.price_amount).is_(None), ~_in_cohort(viewer, Course))
    of_course = exists(
        select(Section.id)
        .join(Course, col(Course.id) == Section.course_id)
        .where(
            Section.id == lesson.section_id,
            or_(instructs(viewer), col(Course.learner_id) == viewer.user_id, free),
        )
        .correlate(lesson)
    )
    return or_(unlocked, of_course)

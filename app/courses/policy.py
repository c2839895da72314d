"""Who sees what of courses. Conditions on a table or an alias of it, for whoever asks."""

from sqlalchemy import ColumnElement, and_, exists, false, literal_column, or_, true
from sqlmodel import col, select

from app.core.viewer import Asker
from app.courses.models import Course, CourseStatus, Lesson, LessonStatus, Section


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


def visible(viewer: Asker, course: type[Course] = Course) -> ColumnElement[bool]:
    """Courses of the catalogue, and those that the viewer teaches."""
    return or_(listed(course), teaches(viewer, course))


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

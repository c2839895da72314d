"""What happens to courses."""

from uuid import UUID

from app.core.events import PersistedEvent


def course_stream(course_id: UUID) -> str:
    """Everything that happens to a course."""
    return f"course:{course_id}"


class _CourseEvent(PersistedEvent):
    course_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return course_stream(self.course_id)


class CourseCreated(_CourseEvent):
    """There is a new course: written, or a copy of another one."""

    kind = "course.created"
    copied_from: UUID | None = None


class CourseChanged(_CourseEvent):
    """The course, or something in it, is another now."""

    kind = "course.changed"


class CoursePublished(_CourseEvent):
    """It is taught from now on."""

    kind = "course.published"


class CourseArchived(_CourseEvent):
    """It is no longer offered."""

    kind = "course.archived"


class CourseDeleted(_CourseEvent):
    """It is gone."""

    kind = "course.deleted"

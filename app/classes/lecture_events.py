"""What happens to lectures."""

from uuid import UUID

from app.core.events import PersistedEvent


def lecture_stream(lecture_id: UUID) -> str:
    """Everything that happens to a lecture."""
    return f"lecture:{lecture_id}"


class _LectureEvent(PersistedEvent):
    lecture_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return lecture_stream(self.lecture_id)


class LectureCreated(_LectureEvent):
    """There is a new lecture."""

    kind = "lecture.created"


class LectureChanged(_LectureEvent):
    """The lecture is another now."""

    kind = "lecture.changed"


class LectureCancelled(_LectureEvent):
    """It doesn't take place."""

    kind = "lecture.cancelled"


class LectureEnrolled(_LectureEvent):
    """Somebody has a seat."""

    kind = "lecture.enrolled"
    user_id: UUID

"""What happens in classes."""

from uuid import UUID

from app.core.events import PersistedEvent

_CLASS = "class:"


def class_stream(class_id: UUID | str) -> str:
    """Everything that happens in a class."""
    return f"{_CLASS}{class_id}"


class _ClassEvent(PersistedEvent):
    class_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return class_stream(self.class_id)


class ClassCreated(_ClassEvent):
    """There is a new class: a draft."""

    kind = "class.created"
    # The group class that it continues, if it does.
    continued_from: UUID | None = None


class ClassChanged(_ClassEvent):
    """Something that is said of the class is another now, its instructor perhaps."""

    kind = "class.changed"


class ClassOpened(_ClassEvent):
    """Students can be enrolled."""

    kind = "class.opened"


class ClassStarted(_ClassEvent):
    """Its meetings begin."""

    kind = "class.started"


class ClassCompleted(_ClassEvent):
    """All its meetings were held."""

    kind = "class.completed"


class ClassCancelled(_ClassEvent):
    """It doesn't take place any more."""

    kind = "class.cancelled"


class _EnrollmentEvent(_ClassEvent):
    enrollment_id: UUID
    user_id: UUID


class StudentEnrolled(_EnrollmentEvent):
    """Somebody is in the class from now on, or again."""

    kind = "class.student_enrolled"


class StudentWithdrawn(_EnrollmentEvent):
    """Somebody isn't in the class any more."""

    kind = "class.student_withdrawn"


class StudentCompleted(_EnrollmentEvent):
    """Somebody was in the class to its end."""

    kind = "class.student_completed"


class EnrollmentPaid(_EnrollmentEvent):
    """A payment for somebody's place was verified, or given back."""

    kind = "class.enrollment_paid"


class LessonUnlocked(_ClassEvent):
    """A lesson is open to the class."""

    kind = "class.lesson_unlocked"
    lesson_id: UUID
    # The row that opens it.
    unlock_id: UUID


class AttendanceTaken(_ClassEvent):
    """Who came to a meeting was written down."""

    kind = "class.attendance_taken"
    meeting_number: int
    attendance_ids: list[UUID]


class AttendanceEdited(_ClassEvent):
    """What was written down of somebody was corrected."""

    kind = "class.attendance_edited"
    attendance_id: UUID


class CreditsAdjusted(_ClassEvent):
    """Somebody was given credits, or some were taken from them, by hand."""

    kind = "class.credits_adjusted"
    enrollment_id: UUID
    credit_entry_id: UUID


class AnnouncementPublished(_ClassEvent):
    """The class's members are told something."""

    kind = "class.announcement_published"
    announcement_id: UUID


class AnnouncementChanged(_ClassEvent):
    """What the members were told reads another way now."""

    kind = "class.announcement_changed"
    announcement_id: UUID


class AnnouncementDeleted(_ClassEvent):
    """What the members were told is taken back."""

    kind = "class.announcement_deleted"
    announcement_id: UUID

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

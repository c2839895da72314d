"""What may go wrong with classes."""

from app.core.errors import DomainError


class TooFewCredits(DomainError):
    """A balance never goes below zero."""

    code = "TOO_FEW_CREDITS"
    message = "There aren't that many credits left."


class NotClassInstructor(DomainError):
    """Somebody else teaches the class."""

    code = "NOT_CLASS_INSTRUCTOR"
    message = "Only the instructor of this class may do this."


class ClassWrongState(DomainError):
    """The class's status doesn't allow this step."""

    code = "CLASS_WRONG_STATE"


class ClassIncomplete(DomainError):
    """Something that this step needs is missing in the class."""

    code = "CLASS_INCOMPLETE"


class ClassFull(DomainError):
    """Every seat of the class is taken."""

    code = "CLASS_FULL"
    message = "Every seat of this class is taken."


class PackageFixed(DomainError):
    """The number of meetings can't be changed like this any more."""

    code = "PACKAGE_FIXED"


class EnrollmentClosed(DomainError):
    """The deadline for enrollment is over."""

    code = "ENROLLMENT_CLOSED"
    message = "The deadline for enrollment is over."


class AlreadyEnrolled(DomainError):
    """The student is in the class, or was to its end."""

    code = "ALREADY_ENROLLED"
    message = "This student is in the class already."


class NotEnrolled(DomainError):
    """The student isn't in the class any more."""

    code = "NOT_ENROLLED"
    message = "This student isn't in the class any more."


class AlreadyContinued(DomainError):
    """The student has a private class that continues this one."""

    code = "ALREADY_CONTINUED"
    message = "This student has a private class that continues this one."


class LessonsAhead(DomainError):
    """More lessons would be unlocked than meetings were held."""

    code = "LESSONS_AHEAD"
    message = "A class can't have more lessons unlocked than meetings held."


class ClassNotActive(DomainError):
    """The class isn't in a state in which this can be done."""

    code = "CLASS_NOT_ACTIVE"
    message = "This class isn't active."


class MeetingOutOfOrder(DomainError):
    """Meetings are held one after the other, as many as the class's package has."""

    code = "MEETING_OUT_OF_ORDER"


class AlreadyTaken(DomainError):
    """The attendance of this meeting was taken: edit it instead."""

    code = "ALREADY_TAKEN"
    message = "The attendance of this meeting was taken already: edit it instead."


class EnrollmentNotActive(DomainError):
    """Somebody who has left the class, or finished it."""

    code = "ENROLLMENT_NOT_ACTIVE"
    message = "They aren't in this class any more."


class OwnCredits(DomainError):
    """Nobody gives credits to themselves."""

    code = "OWN_CREDITS"
    message = "Somebody else has to adjust your own credits."


class AnnouncementSent(DomainError):
    """What was sent can't be sent at another time."""

    code = "ANNOUNCEMENT_SENT"
    message = "This announcement was sent already."


class LectureWrongState(DomainError):
    """The lecture was cancelled, or has begun."""

    code = "LECTURE_WRONG_STATE"


class LectureFull(DomainError):
    """Every seat is taken."""

    code = "LECTURE_FULL"
    message = "Every seat is taken."

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

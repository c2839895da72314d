"""What may go wrong with study buddies."""

from app.core.errors import DomainError


class BuddyRequestOpen(DomainError):
    """The viewer has asked this person already, and waits for the answer."""

    code = "BUDDY_REQUEST_OPEN"
    message = "You have asked this person already: wait for the answer."


class BuddyRequestTooSoon(DomainError):
    """Who was asked has said no to the viewer lately."""

    code = "BUDDY_REQUEST_TOO_SOON"
    message = "This person has said no lately: ask again later."


class BuddyRequestWrongState(DomainError):
    """The request was answered, taken back, or has expired."""

    code = "BUDDY_REQUEST_WRONG_STATE"


class BuddyExists(DomainError):
    """The two are buddies already."""

    code = "BUDDY_EXISTS"
    message = "You are buddies already."


class BuddyOneself(DomainError):
    """Nobody is their own buddy."""

    code = "BUDDY_ONESELF"
    message = "You can't be your own buddy."


class BuddyLimitReached(DomainError):
    """One of the two has as many buddies as they want."""

    code = "BUDDY_LIMIT_REACHED"


class NotOnCourse(DomainError):
    """Buddies have to be on the same active course."""

    code = "NOT_ON_COURSE"


class BuddyAssignmentWrongState(DomainError):
    """The assignment's status doesn't allow this step."""

    code = "BUDDY_ASSIGNMENT_WRONG_STATE"

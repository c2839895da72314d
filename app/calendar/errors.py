"""What may go wrong with the calendar."""

from app.core.errors import DomainError


class RecurrenceRefused(DomainError):
    """A recurrence that isn't one, or that this program doesn't follow."""

    code = "RECURRENCE_REFUSED"


class EventWrongScope(DomainError):
    """What can't be changed in a part of a series."""

    code = "EVENT_WRONG_SCOPE"


class EventLimitReached(DomainError):
    """There are as many events, or occurrences unlike the others, as there can be."""

    code = "EVENT_LIMIT_REACHED"


class EventWithoutGuests(DomainError):
    """Only the events of classes and pods have guests: who is in them."""

    code = "EVENT_WITHOUT_GUESTS"
    message = "Only those who are in the class or the pod of an event say whether they come."


class EventFull(DomainError):
    """As many come as there is room for."""

    code = "EVENT_FULL"
    message = "As many come already as there is room for."


class EventOver(DomainError):
    """It has taken place, its class is cancelled, or its pod is archived."""

    code = "EVENT_OVER"
    message = "This event doesn't take place any more."

"""What happens to events of the calendar."""

from datetime import date, datetime
from uuid import UUID

from app.core.events import PersistedEvent


class _CalendarEvent(PersistedEvent):
    event_id: UUID

    @property
    def stream(self) -> str:
        """The stream of this one event."""
        return f"calendar-event:{self.event_id}"


class EventCreated(_CalendarEvent):
    """There is a new event, or a series was split and this is what follows."""

    kind = "calendar.event_created"


class EventChanged(_CalendarEvent):
    """Something of it, or of an occurrence, is another way now."""

    kind = "calendar.event_changed"


class EventDeleted(_CalendarEvent):
    """It is gone."""

    kind = "calendar.event_deleted"


class EventAnswered(_CalendarEvent):
    """Somebody said whether they come."""

    kind = "calendar.event_answered"
    user_id: UUID


class EventReminderDue(_CalendarEvent):
    """An occurrence begins in so many minutes."""

    kind = "calendar.reminder_due"
    # The day that tells the occurrence.
    day: date
    begins: datetime
    minutes: int

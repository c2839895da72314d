"""What happens to notifications."""

from uuid import UUID

from app.core.events import PersistedEvent

NOTIFICATIONS = "notifications:"


def notifications_stream(user_id: UUID | str) -> str:
    """What one user is told."""
    return f"{NOTIFICATIONS}{user_id}"


class NotificationAdded(PersistedEvent):
    """There is a new notification."""

    kind = "notification.added"
    user_id: UUID
    notification_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return notifications_stream(self.user_id)

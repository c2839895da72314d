"""Who sees which notifications, and which reach whom unless they say otherwise."""

from typing import Final

from sqlalchemy import ColumnElement, and_
from sqlmodel import col

from app.core.viewer import Asker
from app.notifications.models import Notification, NotificationChannel, NotificationType

_SECURITY: Final = frozenset(
    (
        NotificationType.NEW_DEVICE,
        NotificationType.PASSWORD_CHANGED,
        NotificationType.PASSWORD_RESET,
        NotificationType.TWO_FACTOR_CHANGED,
        NotificationType.EMAIL_CHANGED,
        NotificationType.PHONE_CHANGED,
        NotificationType.ACCOUNT_LINKED,
        NotificationType.API_TOKEN_CREATED,
        NotificationType.ROLES_CHANGED,
    )
)


def visible(viewer: Asker, notification: type[Notification] = Notification) -> ColumnElement[bool]:
    """One's own, as far as one wants them listed."""
    return and_(col(notification.user_id) == viewer.user_id, col(notification.listed))


def unread(notification: type[Notification] = Notification) -> ColumnElement[bool]:
    """What is listed and was not read yet."""
    return and_(col(notification.listed), col(notification.read_at).is_(None))


def is_required(type: NotificationType, channel: NotificationChannel) -> bool:
    """Whether a user can't do without: who took an account over must not silence what tells it."""
    return type in _SECURITY and channel is not NotificationChannel.SMS


def is_usual(type: NotificationType, channel: NotificationChannel) -> bool:
    """Whether a type reaches those by a channel who never said anything about it."""
    return channel is NotificationChannel.IN_APP or is_required(type, channel)

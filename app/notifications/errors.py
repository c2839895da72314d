"""Expected failures of notifications."""

from app.core.errors import DomainError


class NotificationRequired(DomainError):
    """Notices about an account's security reach its owner in any case."""

    code = "NOTIFICATION_REQUIRED"
    message = "Notices about your account's security can't be switched off in this channel."

"""Expected failures of AI."""

from app.core.errors import DomainError


class QuotaUsedUp(DomainError):
    """No request is left today."""

    code = "AI_QUOTA_USED_UP"
    message = "Your AI requests of today are used up: more tomorrow (UTC)."

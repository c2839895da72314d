"""Expected failures of privacy."""

from app.core.errors import DomainError


class FreshSignInNeeded(DomainError):
    """The account has no password, and the sign-in is too long ago to stand for one."""

    code = "FRESH_SIGN_IN_NEEDED"
    message = "This account has no password: sign in again, and repeat this within ten minutes."


class InvalidDeletionToken(DomainError):
    """Unknown, used, or too late."""

    code = "INVALID_DELETION_TOKEN"
    message = "This token doesn't call off a deletion, or no longer."

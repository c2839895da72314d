"""Expected failures of accounts."""

from app.core.errors import DomainError


class UsernameTaken(DomainError):
    """Another account has this username."""

    code = "USERNAME_TAKEN"
    message = "This username is taken."


class EmailTaken(DomainError):
    """Another account has this address."""

    code = "EMAIL_TAKEN"
    message = "An account with this e-mail address exists."


class WeakPassword(DomainError):
    """A password that breaks a rule."""

    code = "WEAK_PASSWORD"


class WrongCredentials(DomainError):
    """Unknown user or wrong password: the two are told apart by nobody."""

    code = "WRONG_CREDENTIALS"
    message = "The login or the password is wrong."


class AccountLocked(DomainError):
    """Too many failures in a row; `lockout_end` says until when."""

    code = "ACCOUNT_LOCKED"
    message = "Too many failed attempts: signing in is locked for a while."


class AccountInactive(DomainError):
    """The password is right and the account is suspended or deactivated."""

    code = "ACCOUNT_INACTIVE"
    message = "This account is not active. Write to support if that is a mistake."


class InvalidRefreshToken(DomainError):
    """Unknown, expired or already used."""

    code = "INVALID_REFRESH_TOKEN"
    message = "This refresh token is no longer valid: sign in again."


class CsrfFailed(DomainError):
    """A refresh by cookie without the header that proves whose page sent it."""

    code = "CSRF_FAILED"
    message = "Send the value of the cookie lyceum_csrf as the header X-CSRF-Token."

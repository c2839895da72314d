"""What happens to accounts."""

from uuid import UUID

from app.core.events import PersistedEvent
from app.core.jobs import Job


def account_stream(user_id: UUID) -> str:
    """What concerns one user's account."""
    return f"account:{user_id}"


class _AccountEvent(PersistedEvent):
    user_id: UUID

    @property
    def stream(self) -> str:
        """The stream that it belongs to."""
        return account_stream(self.user_id)


class UserRegistered(_AccountEvent):
    """There is a new account."""

    kind = "account.registered"


class SignedIn(_AccountEvent):
    """A device signed in."""

    kind = "account.signed_in"
    auth_session_id: UUID


class AuthSessionEnded(_AccountEvent):
    """A device is signed out: its sockets close."""

    kind = "account.auth_session_ended"
    auth_session_id: UUID


class ConsentChanged(_AccountEvent):
    """The user agreed to something, or no longer does."""

    kind = "account.consent_changed"
    purpose: str
    granted: bool


class UserBlocked(_AccountEvent):
    """The user wants nothing to do with another one, who isn't told.

    It ends no subscription: those who are blocked go on reading what they read before.
    """

    kind = "account.user_blocked"
    blocked_id: UUID


class UserUnblocked(_AccountEvent):
    """The user has taken a block back."""

    kind = "account.user_unblocked"
    blocked_id: UUID


class EmailVerified(_AccountEvent):
    """The user showed that the e-mail address is theirs."""

    kind = "account.email_verified"


class PhoneVerified(_AccountEvent):
    """The user showed that the number is theirs."""

    kind = "account.phone_verified"


class PasswordChanged(_AccountEvent):
    """The user changed the password, knowing the old one."""

    kind = "account.password_changed"


class PasswordReset(_AccountEvent):
    """The password was replaced by means of a letter; every device is signed out."""

    kind = "account.password_reset"


class TwoFactorChanged(_AccountEvent):
    """Two-factor sign-in was switched on or off."""

    kind = "account.two_factor_changed"
    enabled: bool


class SendChallenge(Job):
    """Make a challenge's code and send it.

    There is one for every challenge that was asked for, also where no account is: who asks
    can't tell by the time it takes.
    """

    name = "accounts.send_challenge"
    challenge_id: UUID


class ApiTokenCreated(_AccountEvent):
    """The user made an API token."""

    kind = "account.api_token_created"
    api_token_id: UUID


class OAuthLinked(_AccountEvent):
    """An account of a provider's signs in here from now on."""

    kind = "account.oauth_linked"
    provider: str


class RolesChanged(_AccountEvent):
    """Somebody else gave the user roles or took some."""

    kind = "account.roles_changed"

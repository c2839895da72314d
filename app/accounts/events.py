"""What happens to accounts."""

from uuid import UUID

from app.core.events import PersistedEvent


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

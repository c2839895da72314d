"""Expected failures of accounts."""

from collections.abc import Iterable

from app.core.errors import DomainError

_SCOPES = ("input", "scopes")


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


class BlockedOneself(DomainError):
    """People can't block themselves."""

    code = "BLOCKED_ONESELF"
    message = "You can't block yourself."


class WrongCode(DomainError):
    """A code that is wrong, used, expired, or was tried too often: nobody tells which."""

    code = "WRONG_CODE"
    message = "The code is wrong or no longer valid."


class TooManyCodes(DomainError):
    """So many codes were asked for that no more are sent for a while."""

    code = "TOO_MANY_CODES"
    message = "Too many codes were asked for: wait some minutes, then try again."


class InvalidResetToken(DomainError):
    """A token for a new password that is unknown, used or expired."""

    code = "INVALID_RESET_TOKEN"
    message = "This token is no longer valid: ask for another one."


class AlreadyVerified(DomainError):
    """There is nothing left to confirm."""

    code = "ALREADY_VERIFIED"
    message = "This is confirmed already."


class PhoneTaken(DomainError):
    """Another account has confirmed this number."""

    code = "PHONE_TAKEN"
    message = "Another account has this number."


class TwoFactorAlreadyOn(DomainError):
    """An authenticator is to be replaced without being switched off first."""

    code = "TWO_FACTOR_ALREADY_ON"
    message = "Two-factor sign-in is on already: switch it off first."


class TwoFactorOff(DomainError):
    """There is no authenticator to confirm or to switch off."""

    code = "TWO_FACTOR_OFF"
    message = "Two-factor sign-in isn't on. Begin with twoFactorBegin."


class ScopeNotHeld(DomainError):
    """An API token can't be given what its owner isn't permitted."""

    code = "SCOPE_NOT_HELD"

    def __init__(self, missing: Iterable[str]) -> None:
        named = ", ".join(sorted(missing))[:200]
        super().__init__(f"You can't give a token these scopes: {named}.", field=_SCOPES)


class TooManyApiTokens(DomainError):
    """There are as many API tokens as anybody may have."""

    code = "TOO_MANY_API_TOKENS"
    message = "You have as many API tokens as there can be: revoke one first."


class OAuthFlowInvalid(DomainError):
    """Unknown, used, expired, begun by somebody else, or with another `state`."""

    code = "OAUTH_FLOW_INVALID"
    message = "This sign-in can't be completed any more, or not by you: begin again."


class OAuthProviderUnavailable(DomainError):
    """The provider doesn't answer, or not as it should. Nothing has changed."""

    code = "OAUTH_PROVIDER_UNAVAILABLE"
    message = "The provider can't be reached just now: try again later."


class OAuthRefused(DomainError):
    """The provider doesn't confirm the sign-in, or not in a way that can be believed."""

    code = "OAUTH_REFUSED"
    message = "The provider didn't confirm this sign-in: begin again."


class OAuthEmailMissing(DomainError):
    """The provider tells no address, and an account needs one."""

    code = "OAUTH_EMAIL_MISSING"
    message = "The provider told no e-mail address: register here, then link your account."


class OAuthLinkRequired(DomainError):
    """There is an account with this address, and it takes more than the address to sign in to."""

    code = "OAUTH_LINK_REQUIRED"
    message = "An account with this e-mail address exists: sign in to it, then link the provider."


class OAuthTaken(DomainError):
    """Somebody else has linked this account of the provider's."""

    code = "OAUTH_TAKEN"
    message = "This account of the provider's is linked to another account here."


class OAuthAlreadyLinked(DomainError):
    """There is one link for each provider."""

    code = "OAUTH_ALREADY_LINKED"
    message = "Another account of this provider's is linked already: unlink that first."


class LastSignInMethod(DomainError):
    """Without this link nobody could sign in to the account any more."""

    code = "LAST_SIGN_IN_METHOD"
    message = "You couldn't sign in any more: set a password, or link another account, first."


class RoleNameTaken(DomainError):
    """Another role has this name, in this or another case, or one that looks like it."""

    code = "ROLE_NAME_TAKEN"
    message = "Another role is called this, or something that can't be told from it."


class SystemRole(DomainError):
    """A role that comes with the program: some of it can't be changed."""

    code = "SYSTEM_ROLE"
    message = "This role comes with the program: it can be neither renamed nor deleted."


class BeyondOwnRights(DomainError):
    """Somebody gives, takes or changes more than they have themselves."""

    code = "BEYOND_OWN_RIGHTS"
    message = "This is more than you may do yourself, or for longer."


class OwnAccount(DomainError):
    """Somebody changes their own roles or status, or takes the right to do so from themselves."""

    code = "OWN_ACCOUNT"
    message = "Your own roles and status are somebody else's to change."


class LastSuperAdmin(DomainError):
    """Afterwards there would be nobody left who may do everything."""

    code = "LAST_SUPER_ADMIN"
    message = "Nobody else is super_admin for good, with an account that works."

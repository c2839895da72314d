"""New passwords: changed by who knows the old one, or replaced by who reads the mailbox."""

from uuid import UUID

from pydantic import BaseModel, EmailStr, Field

from app.accounts import passwords
from app.accounts.errors import InvalidResetToken, WeakPassword, WrongCredentials
from app.accounts.events import PasswordChanged, PasswordReset
from app.accounts.models import AccountStatus, Challenge, ChallengePurpose, User
from app.accounts.service import attempts, challenges, sessions
from app.accounts.store import challenges as challenges_store
from app.accounts.store import oauth as oauth_store
from app.accounts.store import sessions as sessions_store
from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.client import Client
from app.core.crypto import token_hash
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


class ChangeData(BaseModel):
    """The old password and the new one."""

    old_password: str = Field(max_length=1024)
    new_password: str


class ResetRequestData(BaseModel):
    """The account's address."""

    email: EmailStr


class ResetData(BaseModel):
    """The token out of the letter, and the new password."""

    token: str = Field(max_length=256)
    new_password: str


async def confirm(
    resources: Resources, viewer: Viewer, password: str, field: str
) -> tuple[User, attempts.Attempt]:
    """Have the viewer show the password; the attempt is still to be taken back."""
    attempt = await attempts.begin(resources, str(viewer.user_id))
    async with resources.database.read() as session:
        user = await session.get(User, viewer.user_id)
    right = await passwords.verify_password(user.password_hash if user else None, password)
    attempt.check()
    if user is None or not right:
        wrong = WrongCredentials("The password is wrong.", field=("input", field))
        raise attempt.failure(wrong)
    return user, attempt


async def change(resources: Resources, client: Client, viewer: Viewer, data: ChangeData) -> None:
    """Another password. All other sessions end."""
    user, attempt = await confirm(resources, viewer, data.old_password, "oldPassword")
    async with resources.begin() as uow:
        await attempt.take_back(uow)
    hashed = await _hashed(data.new_password, user)
    async with resources.begin(client) as uow:
        held = await users_store.hold_account(uow.session, user.id)
        if held is None or held.password_hash != user.password_hash:
            # Somebody else changed it at the same moment.
            raise WrongCredentials("The password is wrong.", field=("input", "oldPassword"))
        held.password_hash = hashed
        await _end_everything(uow, user.id, keep=viewer.auth_session_id)
        uow.publish(PasswordChanged(user_id=user.id))
        uow.audit("password.change", user.id, (USER, user.id))


async def request_reset(resources: Resources, data: ResetRequestData) -> None:
    """Send a token for a new password, if there is an active account with this address."""
    async with resources.database.read() as session:
        user = await users_store.user_by_email(session, data.email)
    told = user if user and user.status is AccountStatus.ACTIVE else None
    async with resources.begin() as uow:
        wanted = challenges.Wanted(
            purpose=ChallengePurpose.PASSWORD_RESET,
            user=told,
            target=told.email if told else None,
            asked=data.email.casefold(),
            subject=attempts.subject_of(user, data.email),
        )
        await challenges.ask(resources, uow, wanted, openly=False)


async def reset(resources: Resources, client: Client, data: ResetData) -> None:
    """Another password by means of a letter. All sessions end, and nothing is locked any more."""
    given = token_hash(data.token)
    async with resources.database.read() as session:
        found = await challenges_store.by_token(session, given)
        user = await session.get(User, _owner(found))
    if found is None or user is None:
        raise InvalidResetToken(field=("input", "token"))
    hashed = await _hashed(data.new_password, user)
    async with resources.begin(client) as uow:
        held = await users_store.hold_account(uow.session, user.id)
        used = await challenges_store.use(uow.session, found.id)
        if held is None or not used or held.status is not AccountStatus.ACTIVE:
            raise InvalidResetToken(field=("input", "token"))
        held.password_hash = hashed
        if not held.email_verified:
            # Somebody else may have begun the account with this address.
            await oauth_store.unlink_all(uow.session, user.id)
        # Whoever has the token reads what is sent there.
        held.email_verified = held.email_verified or found.target == held.email
        await _end_everything(uow, user.id, keep=None)
        await sessions_store.clear_failures(uow.session, str(user.id))
        uow.publish(PasswordReset(user_id=user.id))
        uow.audit("password.reset", user.id, (USER, user.id))


def _owner(challenge: Challenge | None) -> UUID:
    """Whose password it resets; nobody's, if it is a challenge of another kind."""
    if challenge is None or challenge.purpose is not ChallengePurpose.PASSWORD_RESET:
        return users_store.NOBODY
    return challenge.user_id or users_store.NOBODY


async def _hashed(new_password: str, user: User) -> str:
    try:
        passwords.check_rules(new_password, [user.username, user.email, user.first_name])
    except WeakPassword as error:
        raise WeakPassword(error.text, field=("input", "newPassword")) from None
    return await passwords.hash_password(new_password)


async def _end_everything(uow: UnitOfWork, user_id: UUID, keep: UUID | None) -> None:
    """What was begun with the old password."""
    await challenges_store.void(uow.session, user_id)
    await sessions.end_others(uow, user_id, keep)

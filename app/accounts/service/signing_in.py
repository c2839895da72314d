"""Signing in."""

from dataclasses import dataclass

from pydantic import BaseModel, Field

from app.accounts import passwords
from app.accounts.errors import (
    AccountInactive,
    WrongCredentials,
)
from app.accounts.models import (
    AccountStatus,
    ChallengeKind,
    ChallengePurpose,
    User,
)
from app.accounts.service import attempts, challenges, sessions
from app.accounts.store import two_factor as two_factor_store
from app.accounts.store import users as users_store
from app.core.client import Client
from app.core.resources import Resources
from app.core.uow import UnitOfWork


class LoginData(BaseModel):
    """An e-mail address or username, and the password."""

    login: str = Field(max_length=256)
    password: str = Field(max_length=1024)
    remember_me: bool = False
    device: sessions.DeviceData = sessions.DeviceData()


@dataclass(frozen=True)
class Arriving:
    """The device that signs in: where it is, what it says of itself, how long it stays."""

    client: Client
    device: sessions.DeviceData
    remember: bool


async def login(
    resources: Resources, client: Client, data: LoginData
) -> sessions.SignIn | challenges.Posed:
    """Sign in with a password; whoever has a second factor gets a challenge for it."""
    given = data.login.strip()
    async with resources.database.read() as session:
        user = await users_store.user_by_login(session, given)
    attempt = await attempts.begin(resources, attempts.subject_of(user, given))
    right = await passwords.verify_password(user.password_hash if user else None, data.password)
    attempt.check()
    if user is None or user.password_hash is None or not right:
        raise attempt.failure(WrongCredentials())
    rehashed = None
    if passwords.needs_rehash(user.password_hash):
        rehashed = await passwords.hash_password(data.password)
    arriving = Arriving(client, data.device, data.remember_me)
    async with resources.begin() as uow:
        held = await users_store.hold_account(uow.session, user.id)
        if held is None or held.password_hash != user.password_hash:
            # It was changed after it was looked at.
            raise WrongCredentials
        if rehashed is not None:
            held.password_hash = rehashed
        done = await proceed(resources, uow, held, arriving, attempt)
    return accepted(done)


async def proceed(
    resources: Resources,
    uow: UnitOfWork,
    user: User,
    arriving: Arriving,
    attempt: attempts.Attempt | None,
    after: ChallengePurpose | None = None,
) -> sessions.SignIn | challenges.Posed | None:
    """Go on after a first factor was shown: a password, `after` a code, or an account elsewhere.

    `user` is held; there is an `attempt` where something was guessed right. Signed in, or a
    challenge for the second factor; None if the account isn't active.
    """
    if user.status is not AccountStatus.ACTIVE:
        await _take_back(uow, attempt)
        return None
    if await two_factor_store.confirmed(uow.session, user.id) is not None:
        await _take_back(uow, attempt)
        return await challenges.pose(uow, user, _kinds(user, after), after)
    return await finish(resources, uow, user, arriving, attempt)


async def finish(
    resources: Resources,
    uow: UnitOfWork,
    user: User,
    arriving: Arriving,
    attempt: attempts.Attempt | None,
) -> sessions.SignIn | None:
    """Sign a device in after all factors were shown; None if the account isn't active."""
    if user.status is not AccountStatus.ACTIVE:
        await _take_back(uow, attempt)
        return None
    if attempt is not None:
        await attempt.succeeded(uow)
    tokens = await sessions.begin(
        resources, uow, user, arriving.client, arriving.device, remember=arriving.remember
    )
    return sessions.SignIn(user, tokens)


async def _take_back(uow: UnitOfWork, attempt: attempts.Attempt | None) -> None:
    if attempt is not None:
        await attempt.take_back(uow)


def accepted(
    done: sessions.SignIn | challenges.Posed | None,
) -> sessions.SignIn | challenges.Posed:
    """What came of it, once it is committed; raises `AccountInactive`."""
    if done is None:
        raise AccountInactive
    return done


def _kinds(user: User, after: ChallengePurpose | None) -> tuple[ChallengeKind, ...]:
    """What can be a second factor.

    A letter can't: whoever reads the mailbox can replace the password too. A text message can,
    unless one was the first factor.
    """
    kinds = (ChallengeKind.TOTP, ChallengeKind.RECOVERY_CODE)
    if user.phone_verified and after is not ChallengePurpose.LOGIN_SMS:
        return (*kinds, ChallengeKind.SMS_CODE)
    return kinds

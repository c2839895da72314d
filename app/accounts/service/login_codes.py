"""Signing in with codes that are sent, and with second factors."""

from pydantic import BaseModel, Field

from app.accounts import codes, phones
from app.accounts.errors import WrongCode
from app.accounts.models import (
    AccountStatus,
    Challenge,
    ChallengeKind,
    ChallengePurpose,
    CodeChannel,
    User,
)
from app.accounts.service import attempts, challenges, sessions, signing_in, two_factor
from app.accounts.store import challenges as store
from app.accounts.store import two_factor as two_factor_store
from app.accounts.store import users as users_store
from app.core.client import Client
from app.core.crypto import token_hash
from app.core.db import ReadSession
from app.core.errors import InvalidInput
from app.core.resources import Resources
from app.core.uow import UnitOfWork

_BY_CHANNEL = {
    CodeChannel.EMAIL: ChallengePurpose.LOGIN_EMAIL,
    CodeChannel.SMS: ChallengePurpose.LOGIN_SMS,
}
_FOR_LOGIN = (*_BY_CHANNEL.values(), ChallengePurpose.TWO_FACTOR)


class SendData(BaseModel):
    """Who wants a code (an address, a username or a number), or for which challenge; and how."""

    login: str | None = Field(default=None, max_length=256)
    challenge_id: str | None = Field(default=None, max_length=256)
    channel: CodeChannel


class CodeLoginData(BaseModel):
    """A challenge, and a code that meets it."""

    challenge_id: str = Field(max_length=256)
    code: str = Field(max_length=64)
    remember_me: bool = False
    device: sessions.DeviceData = sessions.DeviceData()


async def send(resources: Resources, data: SendData) -> challenges.Posed:
    """Send a code to sign in with, or as a second factor.

    Whether anybody has this login can't be told from the answer, nor from the time it takes.
    """
    if (data.login is None) == (data.challenge_id is None):
        raise InvalidInput("Give either a login or a challengeId.", field=("input",))
    if data.challenge_id is not None:
        return await _send_second(resources, data.challenge_id, data.channel)
    given = (data.login or "").strip()
    async with resources.database.read() as session:
        user = await _user(session, given, data.channel)
    target = _target(user, data.channel)
    async with resources.begin() as uow:
        wanted = challenges.Wanted(
            purpose=_BY_CHANNEL[data.channel],
            user=user if target else None,
            target=target,
            asked=given.casefold(),
            subject=attempts.subject_of(user, given),
        )
        return await challenges.ask(resources, uow, wanted, openly=False)


async def _user(session: ReadSession, given: str, channel: CodeChannel) -> User | None:
    if channel is CodeChannel.SMS and given.startswith("+"):
        return await users_store.user_by_phone(session, phones.normalised(given) or given)
    return await users_store.user_by_login(session, given)


def _target(user: User | None, channel: CodeChannel) -> str | None:
    """Where a code goes: only to what was confirmed, and only while the account is active."""
    if user is None or user.status is not AccountStatus.ACTIVE:
        return None
    if channel is CodeChannel.EMAIL:
        return user.email if user.email_verified else None
    return user.phone if user.phone_verified else None


async def _send_second(
    resources: Resources, challenge_token: str, channel: CodeChannel
) -> challenges.Posed:
    """A text message for a challenge that takes one."""
    async with resources.database.read() as session:
        found = await store.by_token(session, token_hash(challenge_token))
    if (
        found is None
        or found.purpose is not ChallengePurpose.TWO_FACTOR
        or found.target is None
        or channel is not CodeChannel.SMS
    ):
        raise InvalidInput(
            "This challenge takes no code that is sent this way.",
            field=("input", "challengeId"),
        )
    async with resources.begin() as uow:
        await users_store.hold_account(uow.session, found.user_id)
        await challenges.send_again(uow, found)
    kinds = (ChallengeKind.TOTP, ChallengeKind.RECOVERY_CODE, ChallengeKind.SMS_CODE)
    return challenges.Posed(challenge_token, kinds, found.expires_at)


async def login(
    resources: Resources, client: Client, data: CodeLoginData
) -> sessions.SignIn | challenges.Posed:
    """Meet a challenge: signed in, or asked for a second factor."""
    async with resources.database.read() as session:
        found = await store.by_token(session, token_hash(data.challenge_id))
    if found is None or found.purpose not in _FOR_LOGIN:
        raise _wrong()
    attempt = await attempts.begin(resources, found.subject)
    attempt.check()
    arriving = signing_in.Arriving(client, data.device, data.remember_me)
    done: sessions.SignIn | challenges.Posed | None = None
    async with resources.begin() as uow:
        user = await users_store.hold_account(uow.session, found.user_id)
        taken = await store.take_try(uow.session, found.id, challenges.TRIES)
        right = taken and await _right(resources, uow, found, data.code.strip())
        if right and user is not None:
            await store.use(uow.session, found.id)
            if found.purpose is ChallengePurpose.TWO_FACTOR:
                done = await signing_in.finish(resources, uow, user, arriving, attempt)
            else:
                done = await signing_in.proceed(
                    resources, uow, user, arriving, attempt, found.purpose
                )
    if not right or user is None:
        raise attempt.failure(_wrong())
    return signing_in.accepted(done)


async def _right(resources: Resources, uow: UnitOfWork, challenge: Challenge, code: str) -> bool:
    """Whether a code meets a challenge; the account is held."""
    key = resources.settings.secret_key
    if codes.matches(key, challenge.id, challenge.code_hash, code):
        return True
    if challenge.purpose is not ChallengePurpose.TWO_FACTOR or challenge.user_id is None:
        return False
    known = await two_factor_store.confirmed(uow.session, challenge.user_id)
    return known is not None and await two_factor.check(resources, uow, known, code)


def _wrong() -> WrongCode:
    return WrongCode(field=("input", "code"))

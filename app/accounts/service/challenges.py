"""Challenges: codes and tokens that are asked for, sent, and tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.accounts import codes, letters
from app.accounts.errors import TooManyCodes
from app.accounts.events import SendChallenge
from app.accounts.models import (
    AccountStatus,
    Challenge,
    ChallengeKind,
    ChallengePurpose,
    User,
)
from app.accounts.store import challenges as store
from app.accounts.store import users as users_store
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.ids import new_id
from app.core.mail import Mail, SendMail, SendSms
from app.core.resources import Resources
from app.core.uow import UnitOfWork

TRIES: Final = 3
_LIFETIME: Final = timedelta(minutes=10)
_RESET_LIFETIME: Final = timedelta(hours=1)
# The first time and three times again, of what one name asks for.
_SENDS: Final = 4
_SENDS_WITHIN: Final = timedelta(minutes=10)
# Of what goes to one account, by whatever names it is asked for.
_SENDS_AN_HOUR: Final = 10
# What meets those that can be met without being signed in.
_KINDS: Final = {
    ChallengePurpose.LOGIN_EMAIL: (ChallengeKind.EMAIL_CODE,),
    ChallengePurpose.LOGIN_SMS: (ChallengeKind.SMS_CODE,),
}
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """A code or token to send.

    `user` and `target`, the address or number, are None where there is nobody to send it to.
    `asked` is what the request named, and `subject` whose failures wrong answers are.
    """

    purpose: ChallengePurpose
    user: User | None
    target: str | None
    asked: str
    subject: str


@dataclass(frozen=True)
class Posed:
    """A challenge as its holder knows it; the token is seen only here."""

    token: str
    kinds: tuple[ChallengeKind, ...]
    expires_at: datetime


async def ask(resources: Resources, uow: UnitOfWork, wanted: Wanted, *, openly: bool) -> Posed:
    """Have a code made and sent.

    `TooManyCodes` for the fifth in ten minutes that is asked for by one name. More than ten an
    hour to one account are refused `openly`, or else not sent while the answer stays the same:
    other names for the account would tell who has it.
    """
    user_id = wanted.user.id if wanted.user else users_store.NOBODY
    key = resources.settings.secret_key
    asked = codes.keyed_hash(key, "asked", wanted.purpose, wanted.asked)
    # The account's own turn comes second; who has none waits for nobody.
    account = str(user_id) if wanted.user else asked.hex()[:32]
    await store.one_at_a_time(uow.session, asked.hex(), f"{wanted.purpose}.{account}")
    by_name, by_account = await store.sent(
        uow.session,
        (asked, now() - _SENDS_WITHIN),
        (user_id, wanted.purpose, now() - timedelta(hours=1)),
    )
    spent = by_account >= _SENDS_AN_HOUR
    if by_name >= _SENDS or (spent and openly):
        raise TooManyCodes
    reset = wanted.purpose is ChallengePurpose.PASSWORD_RESET
    token = new_token()
    challenge = Challenge(
        id=new_id(),
        purpose=wanted.purpose,
        user_id=wanted.user.id if wanted.user and not spent else None,
        subject=wanted.subject,
        asked=asked,
        target=wanted.target if not spent else None,
        token_hash=None if reset else token_hash(token),
        sends=1,
        expires_at=now() + (_RESET_LIFETIME if reset else _LIFETIME),
    )
    uow.session.add(challenge)
    uow.enqueue(SendChallenge(challenge_id=challenge.id))
    return Posed(token, _KINDS.get(wanted.purpose, ()), challenge.expires_at)


async def pose(
    uow: UnitOfWork,
    user: User,
    kinds: tuple[ChallengeKind, ...],
    after: ChallengePurpose | None,
) -> Posed:
    """Ask for a second factor, `after` a first one was shown."""
    token = new_token()
    challenge = Challenge(
        purpose=ChallengePurpose.TWO_FACTOR,
        user_id=user.id,
        subject=str(user.id),
        asked=user.id.bytes,
        target=user.phone if ChallengeKind.SMS_CODE in kinds else None,
        token_hash=token_hash(token),
        after=after,
        expires_at=now() + _LIFETIME,
    )
    uow.session.add(challenge)
    return Posed(token, kinds, challenge.expires_at)


async def send_again(uow: UnitOfWork, challenge: Challenge) -> None:
    """Have a code sent for a challenge that is there already; `TooManyCodes` if it had enough."""
    user_id, purpose = challenge.user_id, challenge.purpose
    await store.one_at_a_time(uow.session, f"{purpose}.{user_id}")
    account = (user_id, purpose, now() - timedelta(hours=1))
    _, by_account = await store.sent(uow.session, (b"", now()), account)
    if by_account >= _SENDS_AN_HOUR:
        raise TooManyCodes
    if not await store.take_send(uow.session, challenge.id, _SENDS):
        raise TooManyCodes
    uow.enqueue(SendChallenge(challenge_id=challenge.id))


async def send(resources: Resources, challenge_id: UUID) -> None:
    """Make a challenge's code and have it sent; once, however often this is called."""
    async with resources.begin() as uow:
        challenge = await store.lock(uow.session, challenge_id)
        if challenge is None or challenge.user_id is None or challenge.target is None:
            return
        user = await uow.session.get(User, challenge.user_id)
        if user is None or user.status is not AccountStatus.ACTIVE:
            return
        if challenge.purpose is ChallengePurpose.PASSWORD_RESET:
            await _send_reset(resources, uow, challenge, user)
        elif challenge.code_hash is None:
            await _send_code(resources, uow, challenge, user)


async def _send_reset(
    resources: Resources, uow: UnitOfWork, challenge: Challenge, user: User
) -> None:
    if challenge.token_hash is not None or challenge.target is None:
        return
    token = new_token()
    challenge.token_hash = token_hash(token)
    letter = letters.password_reset(challenge.target, user.first_name, token)
    uow.enqueue(await SendMail.of(resources.envelope, letter))


async def _send_code(
    resources: Resources, uow: UnitOfWork, challenge: Challenge, user: User
) -> None:
    code = codes.new_code()
    challenge.code_hash = codes.code_hash(resources.settings.secret_key, challenge.id, code)
    to, purpose = challenge.target or "", challenge.purpose
    letter: Mail | None = None
    if purpose is ChallengePurpose.LOGIN_EMAIL:
        letter = letters.login_code(to, user.first_name, code)
    elif purpose is ChallengePurpose.EMAIL_VERIFICATION:
        letter = letters.verification_code(to, user.first_name, code)
    if letter is not None:
        uow.enqueue(await SendMail.of(resources.envelope, letter))
        return
    verifying = purpose is ChallengePurpose.PHONE_VERIFICATION
    text = (letters.verification_text if verifying else letters.login_text)(to, code)
    uow.enqueue(await SendSms.of(resources.envelope, text))


async def forget_old(resources: Resources) -> None:
    """Delete challenges that nobody needs any more, not even to be counted."""
    async with resources.begin() as uow:
        await store.forget_old(uow.session, now() - _KEPT)

"""Second factors: codes of an authenticator that change every 30 seconds, and recovery codes."""

import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pyotp
from pydantic import BaseModel, Field

from app.accounts.errors import TwoFactorAlreadyOn, TwoFactorOff, WrongCode
from app.accounts.events import TwoFactorChanged
from app.accounts.models import TwoFactor
from app.accounts.service import passwords
from app.accounts.store import two_factor as store
from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.client import Client
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_ISSUER: Final = "Lyceum"
_SEALED_FOR: Final = "two_factor.secret"
_STEP_SECONDS: Final = 30
# Clocks go wrong by so many steps either way.
_WINDOW: Final = 1
_RECOVERY_CODES: Final = 10
# 80 bits: nobody guesses one, whatever the hash.
_RECOVERY_BYTES: Final = 10


class BeginData(BaseModel):
    """The password."""

    password: str = Field(max_length=1024)


class ConfirmData(BaseModel):
    """A code of the authenticator."""

    code: str = Field(max_length=64)


class DisableData(BaseModel):
    """The password, and a code of the authenticator or for recovery."""

    password: str = Field(max_length=1024)
    code: str = Field(max_length=64)


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator is told, seen only here: the secret in base32, and as a URI."""

    secret: str
    uri: str


async def begin(resources: Resources, viewer: Viewer, data: BeginData) -> Enrolment:
    """Make a secret; it counts once it is confirmed."""
    user, attempt = await passwords.confirm(resources, viewer, data.password, "password")
    secret = pyotp.random_base32()
    sealed = await resources.envelope.seal(secret.encode(), _SEALED_FOR)
    async with resources.begin() as uow:
        await users_store.hold_account(uow.session, user.id)
        await attempt.take_back(uow)
        begun = await store.begin(uow.session, user.id, sealed)
    if not begun:
        raise TwoFactorAlreadyOn
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=_ISSUER)
    return Enrolment(secret, uri)


async def confirm(
    resources: Resources, client: Client, viewer: Viewer, data: ConfirmData
) -> list[str]:
    """Switch it on; the recovery codes, seen only here."""
    async with resources.begin(client) as uow:
        await users_store.hold_account(uow.session, viewer.user_id)
        found = await store.of(uow.session, viewer.user_id)
        if found is None:
            raise TwoFactorOff
        if found.confirmed_at is not None:
            raise TwoFactorAlreadyOn
        step = await _step(resources, found, data.code)
        if step is None:
            raise WrongCode(field=("input", "code"))
        await store.confirm(uow.session, viewer.user_id, step)
        made = [_new_recovery_code() for _ in range(_RECOVERY_CODES)]
        hashes = [_recovery_hash(viewer.user_id, each) for each in made]
        await store.add_recovery_codes(uow.session, viewer.user_id, hashes)
        _tell(uow, viewer.user_id, enabled=True)
    return made


async def disable(resources: Resources, client: Client, viewer: Viewer, data: DisableData) -> None:
    """Switch it off."""
    user, attempt = await passwords.confirm(resources, viewer, data.password, "password")
    async with resources.begin(client) as uow:
        await users_store.hold_account(uow.session, user.id)
        known = await store.confirmed(uow.session, user.id)
        right = known is not None and await check(resources, uow, known, data.code)
        if right:
            await store.remove(uow.session, user.id)
            _tell(uow, user.id, enabled=False)
        if right or known is None:
            await attempt.take_back(uow)
    if known is None:
        raise TwoFactorOff
    if not right:
        raise attempt.failure(WrongCode(field=("input", "code")))


async def check(resources: Resources, uow: UnitOfWork, known: TwoFactor, code: str) -> bool:
    """Whether this is a code of the authenticator or for recovery that wasn't used before.

    The account is held. The code is used up with the commit.
    """
    step = await _step(resources, known, code)
    if step is not None:
        return await store.use_step(uow.session, known.user_id, step)
    stored = _recovery_hash(known.user_id, code)
    return await store.use_recovery_code(uow.session, known.user_id, stored)


async def _step(resources: Resources, known: TwoFactor, code: str) -> int | None:
    """The time step, near to now, that a code belongs to."""
    secret = (await resources.envelope.open(known.secret, _SEALED_FOR)).decode()
    totp = pyotp.TOTP(secret, interval=_STEP_SECONDS)
    current = int(now().timestamp()) // _STEP_SECONDS
    given = code.replace(" ", "").encode()
    found = None
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given):
            found = step
    return found


def _new_recovery_code() -> str:
    text = b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def _recovery_hash(user_id: UUID, code: str) -> bytes:
    bare = code.replace("-", "").replace(" ", "").lower()
    return token_hash(f"{user_id}:{bare}")


def _tell(uow: UnitOfWork, user_id: UUID, *, enabled: bool) -> None:
    uow.publish(TwoFactorChanged(user_id=user_id, enabled=enabled))
    action = "two_factor.enable" if enabled else "two_factor.disable"
    uow.audit(action, user_id, (USER, user_id), {"enabled": not enabled}, {"enabled": enabled})

"""Signing in."""

from datetime import timedelta
from typing import NoReturn

from pydantic import BaseModel, Field

from app.accounts import passwords
from app.accounts.errors import (
    AccountInactive,
    AccountLocked,
    WrongCredentials,
)
from app.accounts.models import (
    AccountStatus,
)
from app.accounts.service import sessions
from app.accounts.store import sessions as sessions_store
from app.accounts.store import users as users_store
from app.core.client import Client
from app.core.clock import now
from app.core.resources import Resources

_FAILURES = 5


_LOCKOUT = timedelta(minutes=15)


class LoginData(BaseModel):
    """An e-mail address or username, and the password."""

    login: str = Field(max_length=256)
    password: str = Field(max_length=1024)
    remember_me: bool = False
    device: sessions.DeviceData = sessions.DeviceData()


async def login(resources: Resources, client: Client, data: LoginData) -> sessions.SignIn:
    """Sign in with a password."""
    async with resources.database.read() as session:
        user = await users_store.user_by_login(session, data.login.strip())
        subject = str(user.id) if user else f"login:{data.login.strip().casefold()}"
        locked = await sessions_store.lockout_end(session, subject)
    right = await passwords.verify_password(user.password_hash if user else None, data.password)
    if locked is not None:
        raise AccountLocked(lockout_end=locked)
    if user is None or not right:
        await _fail(resources, subject)
    if user.status is not AccountStatus.ACTIVE:
        raise AccountInactive
    async with resources.begin() as uow:
        await sessions_store.clear_failures(uow.session, subject)
        if passwords.needs_rehash(user.password_hash):
            known = await users_store.lock_user(uow.session, user.id)
            known.password_hash = await passwords.hash_password(data.password)
        tokens = await sessions.begin(
            resources, uow, user, client, data.device, remember=data.remember_me
        )
    return sessions.SignIn(user, tokens)


async def _fail(resources: Resources, subject: str) -> NoReturn:
    async with resources.begin() as uow:
        locked = await sessions_store.count_failure(
            uow.session, subject, _FAILURES, now() + _LOCKOUT
        )
    if locked is not None:
        raise AccountLocked(lockout_end=locked)
    raise WrongCredentials

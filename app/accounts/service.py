"""The use-cases of accounts."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, NoReturn
from uuid import UUID

from pydantic import AfterValidator, BaseModel, EmailStr, Field, StringConstraints
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords, store
from app.accounts.errors import (
    AccountInactive,
    AccountLocked,
    EmailTaken,
    InvalidRefreshToken,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from app.accounts.events import AuthSessionEnded, ConsentChanged, SignedIn, UserRegistered
from app.accounts.models import (
    AccountStatus,
    AuthSession,
    Consent,
    ConsentPurpose,
    RefreshToken,
    User,
    UserRole,
)
from app.core.authentication import Known
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.db import ReadSession
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.tokens import ACCESS_LIFETIME, Claims
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_FAILURES = 5
_LOCKOUT = timedelta(minutes=15)
_REFRESH = timedelta(days=7)
_REFRESH_REMEMBERED = timedelta(days=30)


def _username(value: str) -> str:
    if not value.isprintable() or any(c.isspace() or c == "@" for c in value):
        raise ValueError("A username has no spaces, no @ and only printable characters.")
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=256),
    AfterValidator(_username),
]


class DeviceData(BaseModel):
    """What a client says of its device."""

    type: str = Field(default="", max_length=50)
    os: str = Field(default="", max_length=50)
    browser: str = Field(default="", max_length=100)


class RegisterData(BaseModel):
    """A new account."""

    username: Username
    email: EmailStr
    password: str
    first_name: Name
    last_name: Name | None = None
    education_level: str | None = Field(default=None, max_length=50)
    institution: str | None = Field(default=None, max_length=255)
    device: DeviceData = DeviceData()


class LoginData(BaseModel):
    """An e-mail address or username, and the password."""

    login: str = Field(max_length=256)
    password: str = Field(max_length=1024)
    remember_me: bool = False
    device: DeviceData = DeviceData()


@dataclass(frozen=True)
class Origin:
    """Where a sign-in comes from."""

    address: str
    user_agent: str


@dataclass(frozen=True)
class Tokens:
    """What a device gets; the refresh token is seen only here."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True)
class SignIn:
    """A user who has just signed in."""

    user: User
    tokens: Tokens


async def rights_of(session: ReadSession, claims: Claims) -> Known | None:
    """What a token's session may do now, or None if the session has ended."""
    # Before it is read, and by the database's count of seconds: clocks that differ don't matter.
    asked = now().timestamp()
    rows = await store.active_session(session, claims.user_id, claims.auth_session_id)
    if not rows:
        return None
    viewer = Viewer(
        user_id=claims.user_id,
        auth_session_id=claims.auth_session_id,
        roles=frozenset(row[0] for row in rows),
        permissions=frozenset(row[1] for row in rows if row[1] is not None),
    )
    left = min(row[3] for row in rows)
    return Known(viewer, version=rows[0][2], good_until=asked + left.total_seconds())


async def register(resources: Resources, origin: Origin, data: RegisterData) -> SignIn:
    """Make a student's account and sign it in."""
    try:
        passwords.check_rules(data.password, [data.username, data.email, data.first_name])
    except WeakPassword as error:
        raise WeakPassword(error.text, field=("input", "password")) from None
    password_hash = await passwords.hash_password(data.password)
    try:
        async with resources.begin() as uow:
            user = await create_user(uow, data, password_hash, "student")
            tokens = await _sign_in(resources, uow, user, origin, data.device, remember=False)
    except IntegrityError as error:
        # Somebody took the name between the check and the insert.
        raise _taken("email" in str(error.orig)) from None
    return SignIn(user, tokens)


def _taken(email: bool) -> EmailTaken | UsernameTaken:
    if email:
        return EmailTaken(field=("input", "email"))
    return UsernameTaken(field=("input", "username"))


async def create_user(
    uow: UnitOfWork, data: RegisterData, password_hash: str, role_name: str
) -> User:
    """A user with one role."""
    username_taken, email_taken = await store.taken(uow.session, data.username, data.email)
    if username_taken or email_taken:
        raise _taken(email_taken and not username_taken)
    user = User(password_hash=password_hash, **data.model_dump(exclude={"password", "device"}))
    uow.session.add(user)
    await uow.session.flush()
    role = await store.role_by_name(uow.session, role_name)
    uow.session.add(UserRole(user_id=user.id, role_id=role.id))
    uow.publish(UserRegistered(user_id=user.id))
    return user


async def login(resources: Resources, origin: Origin, data: LoginData) -> SignIn:
    """Sign in with a password."""
    async with resources.database.read() as session:
        user = await store.user_by_login(session, data.login.strip())
        subject = str(user.id) if user else f"login:{data.login.strip().casefold()}"
        locked = await store.lockout_end(session, subject)
    right = await passwords.verify_password(user.password_hash if user else None, data.password)
    if locked is not None:
        raise AccountLocked(lockout_end=locked)
    if user is None or not right:
        await _fail(resources, subject)
    if user.status is not AccountStatus.ACTIVE:
        raise AccountInactive
    async with resources.begin() as uow:
        await store.clear_failures(uow.session, subject)
        if passwords.needs_rehash(user.password_hash):
            known = await store.lock_user(uow.session, user.id)
            known.password_hash = await passwords.hash_password(data.password)
        tokens = await _sign_in(
            resources, uow, user, origin, data.device, remember=data.remember_me
        )
    return SignIn(user, tokens)


async def _fail(resources: Resources, subject: str) -> NoReturn:
    async with resources.begin() as uow:
        locked = await store.count_failure(uow.session, subject, _FAILURES, now() + _LOCKOUT)
    if locked is not None:
        raise AccountLocked(lockout_end=locked)
    raise WrongCredentials


async def _sign_in(
    resources: Resources,
    uow: UnitOfWork,
    user: User,
    origin: Origin,
    device: DeviceData,
    *,
    remember: bool,
) -> Tokens:
    auth_session = AuthSession(
        user_id=user.id,
        remember=remember,
        device_type=device.type,
        device_os=device.os,
        device_browser=device.browser,
        address=origin.address,
        user_agent=origin.user_agent,
        last_used_at=now(),
        expires_at=now() + (_REFRESH_REMEMBERED if remember else _REFRESH),
    )
    uow.session.add(auth_session)
    await uow.session.flush()
    uow.publish(SignedIn(user_id=user.id, auth_session_id=auth_session.id))
    return await _issue(resources, uow, auth_session)


async def _issue(resources: Resources, uow: UnitOfWork, auth_session: AuthSession) -> Tokens:
    refresh = new_token()
    uow.session.add(
        RefreshToken(id=new_id(), auth_session_id=auth_session.id, token_hash=token_hash(refresh))
    )
    roles = await store.role_names(uow.session, auth_session.user_id)
    claims = Claims(auth_session.user_id, auth_session.id)
    return Tokens(
        access_token=resources.tokens.issue(claims, frozenset(roles)),
        refresh_token=refresh,
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )


async def refresh(resources: Resources, token: str) -> Tokens:
    """Exchange a refresh token for new tokens.

    A token that was used before is taken to be stolen: its session ends, whoever holds it.
    """
    tokens: Tokens | None = None
    async with resources.begin() as uow:
        found = await store.refresh_token(uow.session, token_hash(token))
        if found is None:
            raise InvalidRefreshToken
        auth_session = await store.lock_auth_session(uow.session, found.auth_session_id)
        if auth_session is None or auth_session.ended_at or auth_session.expires_at <= now():
            raise InvalidRefreshToken
        if await store.use_refresh_token(uow.session, found.id):
            auth_session.last_used_at = now()
            lifetime = _REFRESH_REMEMBERED if auth_session.remember else _REFRESH
            auth_session.expires_at = now() + lifetime
            tokens = await _issue(resources, uow, auth_session)
        else:
            _end(uow, auth_session)
    if tokens is None:
        raise InvalidRefreshToken
    return tokens


async def logout(uow: UnitOfWork, viewer: Viewer) -> None:
    """End the viewer's session; its tokens and sockets end with it."""
    auth_session = await store.lock_auth_session(uow.session, viewer.auth_session_id)
    if auth_session is not None and auth_session.ended_at is None:
        _end(uow, auth_session)


def _end(uow: UnitOfWork, auth_session: AuthSession) -> None:
    auth_session.ended_at = now()
    uow.publish(AuthSessionEnded(user_id=auth_session.user_id, auth_session_id=auth_session.id))


async def set_consent(
    uow: UnitOfWork, viewer: Viewer, purpose: ConsentPurpose, granted: bool
) -> Consent:
    """Record the viewer's answer; the same answer again changes nothing."""
    await store.lock_user(uow.session, viewer.user_id)
    current = {each.purpose: each for each in await store.consents(uow.session, viewer.user_id)}
    last = current.get(purpose)
    if last is not None and last.granted == granted:
        return last
    consent = Consent(
        user_id=viewer.user_id,
        purpose=purpose,
        version=last.version + 1 if last else 1,
        granted=granted,
    )
    uow.session.add(consent)
    uow.publish(ConsentChanged(user_id=viewer.user_id, purpose=purpose, granted=granted))
    return consent


async def consenting(
    session: ReadSession, user_ids: list[UUID], purpose: ConsentPurpose
) -> set[UUID]:
    """Who of these agrees to a purpose now."""
    return await store.consenting(session, user_ids, purpose)

"""Signed-in devices, their tokens and rights."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, Field

from app.accounts.errors import (
    AccountLocked,
    InvalidRefreshToken,
)
from app.accounts.events import AuthSessionEnded, SignedIn
from app.accounts.models import (
    AuthSession,
    RefreshToken,
    User,
)
from app.accounts.store import activity
from app.accounts.store import roles as roles_store
from app.accounts.store import sessions as sessions_store
from app.core.authentication import Known
from app.core.client import Client
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.db import ReadSession
from app.core.errors import InvalidInput, NotFound
from app.core.ids import new_id
from app.core.resources import Resources
from app.core.tokens import ACCESS_LIFETIME, Claims
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_REFRESH = timedelta(days=7)


_REFRESH_REMEMBERED = timedelta(days=30)


class DeviceData(BaseModel):
    """What a client says of its device."""

    type: str = Field(default="", max_length=50)
    os: str = Field(default="", max_length=50)
    browser: str = Field(default="", max_length=100)


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
    rows = await sessions_store.active_session(session, claims.user_id, claims.auth_session_id)
    if not rows:
        return None
    permissions = frozenset(row[1] for row in rows if row[1] is not None)
    scopes = None if rows[0][4] is None else frozenset(rows[0][4])
    viewer = Viewer(
        user_id=claims.user_id,
        auth_session_id=claims.auth_session_id,
        roles=frozenset(row[0] for row in rows),
        permissions=permissions if scopes is None else permissions & scopes,
        scopes=scopes,
        rights_version=rows[0][2],
    )
    left = min(row[3] for row in rows)
    return Known(viewer, good_until=asked + left.total_seconds())


async def begin(
    resources: Resources,
    uow: UnitOfWork,
    user: User,
    client: Client,
    device: DeviceData,
    *,
    remember: bool,
) -> Tokens:
    """Sign a device in. The session lasts 7 days without a refresh, or 30 to `remember`.

    `AccountLocked` while an administrator has locked the account.
    """
    auth_session = AuthSession(
        user_id=user.id,
        remember=remember,
        device_type=device.type,
        device_os=device.os,
        device_browser=device.browser,
        address=client.address,
        user_agent=client.user_agent,
        last_used_at=now(),
        expires_at=now() + (_REFRESH_REMEMBERED if remember else _REFRESH),
    )
    uow.session.add(auth_session)
    # From here on the account's row is held: nobody locks it unseen.
    await uow.session.flush()
    locked_until = await activity.seen(uow.session, user.id)
    if locked_until is not None:
        raise AccountLocked("This account is locked for a while.", lockout_end=locked_until)
    uow.publish(SignedIn(user_id=user.id, auth_session_id=auth_session.id))
    return await _issue(resources, uow, auth_session)


async def _issue(resources: Resources, uow: UnitOfWork, auth_session: AuthSession) -> Tokens:
    refresh = new_token()
    uow.session.add(
        RefreshToken(id=new_id(), auth_session_id=auth_session.id, token_hash=token_hash(refresh))
    )
    roles = await roles_store.role_names(uow.session, auth_session.user_id)
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
        found = await sessions_store.refresh_token(uow.session, token_hash(token))
        if found is None:
            raise InvalidRefreshToken
        await activity.seen_again(uow.session, found.auth_session_id)
        auth_session = await sessions_store.lock_auth_session(uow.session, found.auth_session_id)
        if auth_session is None or auth_session.ended_at or auth_session.expires_at <= now():
            raise InvalidRefreshToken
        if await sessions_store.use_refresh_token(uow.session, found.id):
            auth_session.last_used_at = now()
            lifetime = _REFRESH_REMEMBERED if auth_session.remember else _REFRESH
            auth_session.expires_at = now() + lifetime
            tokens = await _issue(resources, uow, auth_session)
        else:
            end(uow, auth_session)
    if tokens is None:
        raise InvalidRefreshToken
    return tokens


async def logout(uow: UnitOfWork, viewer: Viewer) -> None:
    """End the viewer's session; its tokens and sockets end with it."""
    auth_session = await sessions_store.lock_auth_session(uow.session, viewer.auth_session_id)
    if auth_session is not None and auth_session.ended_at is None:
        end(uow, auth_session)


def end(uow: UnitOfWork, auth_session: AuthSession) -> None:
    """End a session: its tokens are refused from the commit on, its sockets close."""
    auth_session.ended_at = now()
    uow.publish(AuthSessionEnded(user_id=auth_session.user_id, auth_session_id=auth_session.id))


class RevokeData(BaseModel):
    """One of the viewer's other sessions, or all of them."""

    auth_session_id: UUID | None = None
    all_others: bool = False


async def revoke(uow: UnitOfWork, viewer: Viewer, data: RevokeData) -> None:
    """End one of the viewer's other sessions, or all others."""
    if (data.auth_session_id is None) != data.all_others:
        raise InvalidInput("Give either authSessionId or allOthers.", field=("input",))
    if data.all_others:
        ended = await end_others(uow, viewer.user_id, viewer.auth_session_id)
    elif data.auth_session_id == viewer.auth_session_id:
        raise InvalidInput(
            "This is the session that asks: end it with accountLogout.",
            field=("input", "authSessionId"),
        )
    else:
        ended = [await _end_one(uow, viewer, data.auth_session_id)]
    for each in ended:
        uow.audit("auth_session.revoke", viewer.user_id, ("auth_session", each.id))


async def _end_one(uow: UnitOfWork, viewer: Viewer, key: UUID | None) -> AuthSession:
    live = await sessions_store.lock_live_sessions(uow.session, viewer.user_id)
    found = next((each for each in live if each.id == key), None)
    if found is None:
        raise NotFound(field=("input", "authSessionId"))
    end(uow, found)
    return found


async def end_others(uow: UnitOfWork, user_id: UUID, keep: UUID | None) -> list[AuthSession]:
    """End a user's sessions but for one, if any; those that ended."""
    live = await sessions_store.lock_live_sessions(uow.session, user_id)
    ended = [each for each in live if each.id != keep]
    for each in ended:
        end(uow, each)
    return ended

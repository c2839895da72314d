"""Accounts in the hands of others: who administers changes one at a time, and within limits.

Nobody gives, takes or changes more than they have themselves, nobody changes their own account,
and somebody always stays who may do everything.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.exc import IntegrityError

from app.accounts import letters
from app.accounts.errors import (
    BeyondOwnRights,
    EmailTaken,
    LastSuperAdmin,
    OwnAccount,
    UsernameTaken,
)
from app.accounts.events import RolesChanged
from app.accounts.models import AccountStatus, User
from app.accounts.policy import MANAGE_USERS
from app.accounts.roles import STUDENT, SUPER_ADMIN
from app.accounts.service import registration, sessions
from app.accounts.store import administration as store
from app.accounts.store import roles as roles_store
from app.accounts.store import sessions as sessions_store
from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.clock import now
from app.core.envelope import Envelope
from app.core.errors import Forbidden, InvalidInput, NotFound
from app.core.mail import SendMail
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

CREATE_USERS = "user.create"
CREATE_ANYBODY = "user.create_any"
# As many as `AdminUser.roles` shows.
_MOST_ROLES = 20


def _to_come(value: datetime | None) -> datetime | None:
    if value is not None and value <= now():
        raise ValueError("This time is past.")
    return value


Until = Annotated[datetime | None, AfterValidator(_to_come)]


class GivenRole(BaseModel):
    """A role until a time, None for ever."""

    role_id: UUID
    expires_at: Until = None


class RolesData(BaseModel):
    """Exactly the roles that somebody is to have."""

    roles: list[GivenRole] = Field(min_length=1, max_length=_MOST_ROLES)


class UserCreateData(registration.RegisterData):
    """A new account. Nobody chooses its password but the one whose account it is, later."""

    password: Literal[""] = ""


@dataclass(frozen=True)
class Rights:
    """What somebody may do as long as they have their turn, each until a time, None for ever."""

    until: Mapping[str, datetime | None]

    def cover(self, permissions: Collection[str]) -> bool:
        """Whether they may do all of these now."""
        return self.until.keys() >= set(permissions)

    def last(self, permissions: Collection[str], until: datetime | None) -> bool:
        """Whether they may do all of these until then, None for ever."""
        return self.cover(permissions) and all(
            end is None or (until is not None and until <= end)
            for end in (self.until[each] for each in permissions)
        )


async def turn(uow: UnitOfWork, viewer: Viewer, permission: str) -> Rights:
    """Administer: alone until the commit, and with the rights that the viewer still has.

    `Forbidden` if they ended after they were checked.
    """
    await store.take_turn(uow.session)
    found: dict[str, datetime | None] = {}
    if await store.is_usable(uow.session, viewer.user_id):
        found = await store.permissions_of(uow.session, viewer.user_id)
    # Who asks may have less than the account has.
    rights = Rights({key: end for key, end in found.items() if viewer.may(key)})
    if not rights.cover([permission]):
        raise Forbidden(permission)
    return rights


async def create_user(
    uow: UnitOfWork,
    envelope: Envelope,
    viewer: Viewer,
    data: UserCreateData,
    role_id: UUID | None,
) -> User:
    """A student's account, or one with another role, which only some may make.

    Whose it is gets a letter, and chooses a password by `passwordResetRequest`.
    """
    rights = await turn(uow, viewer, CREATE_USERS)
    role = await roles_store.role_by_name(uow.session, STUDENT)
    if role_id is not None and role_id != role.id:
        found = await store.hold_role(uow.session, role_id)
        if found is None:
            raise NotFound(field=("input", "roleId"))
        role = found
        permissions = (await store.permissions_of_roles(uow.session, [role.id]))[role.id]
        if not rights.last({*permissions, CREATE_ANYBODY}, None):
            raise BeyondOwnRights(field=("input", "roleId"))
    try:
        user = await registration.create_user(uow, data, None, role.name)
    except IntegrityError as error:
        # Somebody took the name between the check and the insert.
        if "email" in str(error.orig):
            raise EmailTaken(field=("input", "email")) from None
        raise UsernameTaken(field=("input", "username")) from None
    letter = letters.invitation(user.email, user.first_name, user.username)
    uow.enqueue(await SendMail.of(envelope, letter))
    after = {"username": user.username, "email": user.email, "roles": {role.name: None}}
    uow.audit("user.create", viewer.user_id, (USER, user.id), after=after)
    return user


async def set_roles(uow: UnitOfWork, viewer: Viewer, user_id: UUID, data: RolesData) -> User:
    """Give somebody exactly these roles."""
    async with changing(uow, viewer, user_id) as (rights, user):
        await change_roles(uow, viewer, rights, user, data)
    return user


@asynccontextmanager
async def changing(
    uow: UnitOfWork, viewer: Viewer, user_id: UUID
) -> AsyncIterator[tuple[Rights, User]]:
    """Change somebody else's account, of no more rights than one's own.

    Raises `NotFound`, `OwnAccount`, `BeyondOwnRights`, and at the end `LastSuperAdmin`.
    """
    rights = await turn(uow, viewer, MANAGE_USERS)
    user = await store.hold_user(uow.session, user_id)
    if user is None:
        raise NotFound(field=("input", "userId"))
    if user.id == viewer.user_id:
        raise OwnAccount(field=("input", "userId"))
    if not rights.cover(await store.permissions_of(uow.session, user.id)):
        raise BeyondOwnRights(field=("input", "userId"))
    async with keeping_a_super_admin(uow, user.id, "userId"):
        yield rights, user


@asynccontextmanager
async def keeping_a_super_admin(
    uow: UnitOfWork, user_id: UUID, field: str | None = None
) -> AsyncIterator[None]:
    """Change an account and leave somebody who may do everything, else `LastSuperAdmin`.

    It takes a turn (`store.take_turn`), so that two can't rely on each other.
    """
    lasting = await store.has_lasting_super_admin(uow.session, user_id)
    yield
    await uow.session.flush()
    if lasting and not await store.has_lasting_super_admin(uow.session):
        raise LastSuperAdmin(field=("input", field) if field else None)


async def change_roles(
    uow: UnitOfWork, viewer: Viewer, rights: Rights, user: User, data: RolesData
) -> None:
    """Give exactly these roles to somebody who is being changed; nothing if they have them."""
    wanted = {each.role_id: each.expires_at for each in data.roles}
    if len(wanted) < len(data.roles):
        raise InvalidInput("Every role is given once.", field=("input", "roles"))
    known = await store.roles_by_id(uow.session, wanted)
    for number, each in enumerate(data.roles):
        if each.role_id not in known:
            raise NotFound(field=("input", "roles", str(number), "roleId"))
    had = await store.roles_of(uow.session, user.id)
    before = {role.id: end for role, end in had}
    give = {key: end for key, end in wanted.items() if key not in before or before[key] != end}
    take = before.keys() - wanted
    permissions = await store.permissions_of_roles(uow.session, {*give, *take})
    for key, end in give.items():
        if not rights.last(permissions[key], end):
            place = [each.role_id for each in data.roles].index(key)
            raise BeyondOwnRights(field=("input", "roles", str(place)))
    if not rights.cover({each for key in take for each in permissions[key]}):
        raise BeyondOwnRights(field=("input", "roles"))
    if give or take:
        await store.change_roles(uow.session, user.id, give, take)
        uow.publish(RolesChanged(user_id=user.id))
        uow.audit(
            "user.roles",
            viewer.user_id,
            (USER, user.id),
            {"roles": _named({role.name: end for role, end in had})},
            {"roles": _named({known[key].name: end for key, end in wanted.items()})},
        )


async def appoint(uow: UnitOfWork, login: str) -> User | None:
    """Make somebody super_admin for good, as who runs the program may; None for no such account."""
    await store.take_turn(uow.session)
    found = await users_store.user_by_login(uow.session, login.strip())
    user = found and await store.hold_user(uow.session, found.id)
    if user is None:
        return None
    role = await roles_store.role_by_name(uow.session, SUPER_ADMIN)
    had = {each.name: end for each, end in await store.roles_of(uow.session, user.id)}
    if role.name not in had or had[role.name] is not None:
        await store.change_roles(uow.session, user.id, {role.id: None}, ())
        after = had | {role.name: None}
        uow.audit(
            "user.roles",
            None,
            (USER, user.id),
            {"roles": _named(had)},
            {"roles": _named(after)},
        )
    return user


def _named(roles: Mapping[str, datetime | None]) -> dict[str, str | None]:
    """Roles with their ends, as the audit log has them."""
    return {name: end.isoformat() if end else None for name, end in sorted(roles.items())}


async def change_account(
    uow: UnitOfWork,
    viewer: Viewer,
    user: User,
    *,
    status: AccountStatus,
    locked_until: datetime | None,
    unlock: bool = False,
) -> None:
    """Change the state of an account that is being changed; nothing if it is in it.

    One that can't be used any more is signed out everywhere at once. To `unlock` is to forget
    failed attempts to sign in as well.
    """
    before = _state(user)
    user.status, user.locked_until = status, locked_until
    after = _state(user)
    changed = [name for name, value in after.items() if value != before[name]]
    if unlock:
        await sessions_store.clear_failures(uow.session, str(user.id))
    if not changed:
        return
    if status is not AccountStatus.ACTIVE or locked_until is not None:
        await end_sessions(uow, user.id)
    uow.audit(
        "user.update",
        viewer.user_id,
        (USER, user.id),
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
    )


def _state(user: User) -> dict[str, Any]:
    end = user.locked_until
    return {"status": user.status.value, "lockedUntil": end.isoformat() if end else None}


async def end_sessions(uow: UnitOfWork, user_id: UUID) -> None:
    """Sign somebody out of every device; their sockets close."""
    # What is pending may change the user's row, which comes before sessions.
    await uow.session.flush()
    for each in await sessions_store.lock_live_sessions(uow.session, user_id):
        sessions.end(uow, each)

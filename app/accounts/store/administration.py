"""SQL of those who administer: what they may do, roles to change, accounts to change."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, exists, func, or_, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts import policy, rights
from app.accounts.models import (
    AccountStatus,
    Permission,
    Role,
    RolePermission,
    User,
    UserRole,
)
from app.accounts.roles import SUPER_ADMIN
from app.core.db import ReadSession, WriteSession


def usable(user: type[User] = User) -> ColumnElement[bool]:
    """Accounts that are active, and that no administrator has locked."""
    unlocked = or_(col(user.locked_until).is_(None), col(user.locked_until) <= func.now())
    return (col(user.status) == AccountStatus.ACTIVE) & unlocked


async def take_turn(session: WriteSession) -> None:
    """Administer alone until the end of the transaction: what is read from now on stays so.

    This comes before the locks that the triggers of `rights` take.
    """
    key = func.hashtextextended("lyceum.administration", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def permissions_of(session: ReadSession, user_id: UUID) -> dict[str, datetime | None]:
    """What a user may do now, each until a time, None for ever; the account's state aside."""
    until = func.max(col(UserRole.expires_at))
    endless = func.bool_or(col(UserRole.expires_at).is_(None))
    rows = await session.rows(
        select(RolePermission.permission_key, case((~endless, until)))
        .join(UserRole, col(UserRole.role_id) == RolePermission.role_id)
        .where(UserRole.user_id == user_id, policy.live())
        .group_by(col(RolePermission.permission_key))
    )
    return {row[0]: row[1] for row in rows}


async def is_usable(session: ReadSession, user_id: UUID) -> bool:
    """Whether somebody's account works."""
    return bool(await session.all(select(User.id).where(User.id == user_id, usable())))


async def hold_role(session: WriteSession, key: UUID) -> Role | None:
    """A role's row, held until the end of the transaction."""
    return await session.first(select(Role).where(Role.id == key).with_for_update(key_share=True))


async def hold_user(session: WriteSession, key: UUID) -> User | None:
    """A user's row, held until the end of the transaction, as before any change of rights."""
    await session.execute(text(rights.SHARE_ROLES))
    return await session.first(select(User).where(User.id == key).with_for_update(key_share=True))


async def roles_by_id(session: ReadSession, keys: Collection[UUID]) -> dict[UUID, Role]:
    """Roles by key."""
    found = await session.all(select(Role).where(col(Role.id).in_(keys)))
    return {role.id: role for role in found}


async def is_name_taken(session: ReadSession, name: str, besides: UUID | None) -> bool:
    """Whether another role has this name in any case."""
    found = await session.all(
        select(Role.id).where(
            func.lower(col(Role.name)) == func.lower(name), col(Role.id).is_distinct_from(besides)
        )
    )
    return bool(found)


async def permissions_of_roles(
    session: ReadSession, keys: Collection[UUID]
) -> dict[UUID, set[str]]:
    """What each of these roles permits."""
    made: dict[UUID, set[str]] = {key: set() for key in keys}
    rows = await session.all(select(RolePermission).where(col(RolePermission.role_id).in_(keys)))
    for row in rows:
        made[row.role_id].add(row.permission_key)
    return made


async def unknown_permissions(session: ReadSession, keys: Collection[str]) -> list[str]:
    """Which of these are no permissions, in order."""
    known = set(await session.all(select(Permission.key).where(col(Permission.key).in_(keys))))
    return sorted(set(keys) - known)


async def change_permissions(
    session: WriteSession, role_id: UUID, add: Collection[str], remove: Collection[str]
) -> None:
    """Give a role permissions, and take others from it."""
    if remove:
        await session.execute(
            delete(RolePermission).where(
                col(RolePermission.role_id) == role_id,
                col(RolePermission.permission_key).in_(remove),
            )
        )
    if add:
        rows = [{"role_id": role_id, "permission_key": key} for key in sorted(add)]
        await session.execute(insert(RolePermission).values(rows))


async def delete_role(session: WriteSession, role: Role) -> None:
    """Delete a role; whoever has it has it no more."""
    # Its users' rows are held by then, which is too late for this lock.
    await session.execute(text(rights.HOLD_ROLES))
    await session.delete(role)
    await session.flush()


async def holders(session: ReadSession, role_id: UUID) -> int:
    """How many users have a role, whether or not it has expired."""
    return await session.value(
        select(func.count()).select_from(UserRole).where(col(UserRole.role_id) == role_id)
    )


async def roles_of(session: ReadSession, user_id: UUID) -> list[tuple[Role, datetime | None]]:
    """A user's roles by name, each with its end, expired ones among them."""
    rows = await session.rows(
        select(Role, UserRole.expires_at)
        .join(UserRole, col(UserRole.role_id) == Role.id)
        .where(UserRole.user_id == user_id)
        .order_by(Role.name)
    )
    return [(row[0], row[1]) for row in rows]


async def change_roles(
    session: WriteSession,
    user_id: UUID,
    give: Mapping[UUID, datetime | None],
    take: Collection[UUID],
) -> None:
    """Give a user roles until a time, None for ever, and take others."""
    if take:
        await session.execute(
            delete(UserRole).where(
                col(UserRole.user_id) == user_id, col(UserRole.role_id).in_(take)
            )
        )
    if give:
        rows: Sequence[dict[str, Any]] = [
            {"user_id": user_id, "role_id": key, "expires_at": until} for key, until in give.items()
        ]
        statement = insert(UserRole).values(rows)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["user_id", "role_id"],
                set_={"expires_at": statement.excluded.expires_at},
            )
        )


async def has_lasting_super_admin(session: ReadSession, user_id: UUID | None = None) -> bool:
    """Whether anybody, or this user, is super_admin for good, with an account that works."""
    lasting = exists(
        select(UserRole.user_id)
        .join(Role, col(Role.id) == UserRole.role_id)
        .where(
            UserRole.user_id == User.id,
            Role.name == SUPER_ADMIN,
            col(UserRole.expires_at).is_(None),
        )
        .correlate(User)
    )
    statement = select(User.id).where(usable(), lasting).limit(1)
    if user_id is not None:
        statement = statement.where(User.id == user_id)
    return bool(await session.all(statement))

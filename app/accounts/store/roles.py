"""SQL of roles."""

from uuid import UUID

from sqlmodel import col, select

from app.accounts import policy
from app.accounts.models import (
    AccountStatus,
    Role,
    RolePermission,
    User,
    UserRole,
)
from app.core.db import ReadSession


async def role_names(session: ReadSession, user_id: UUID) -> list[str]:
    """The names of a user's roles that haven't expired."""
    return await session.all(
        select(Role.name)
        .join(UserRole, col(UserRole.role_id) == Role.id)
        .where(UserRole.user_id == user_id, policy.live())
        .order_by(Role.name)
    )


async def role_by_name(session: ReadSession, name: str) -> Role:
    """A system role."""
    return await session.value(select(Role).where(Role.name == name))


async def permissions(session: ReadSession, user_id: UUID) -> list[str] | None:
    """What a user's roles permit now; None for an account that can't be used."""
    status = await session.first(select(User.status).where(User.id == user_id))
    if status is not AccountStatus.ACTIVE:
        return None
    return await session.all(
        select(RolePermission.permission_key)
        .join(UserRole, col(UserRole.role_id) == RolePermission.role_id)
        .where(UserRole.user_id == user_id, policy.live())
        .distinct()
    )

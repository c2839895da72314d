"""What tests of administration look at: roles, who has them, and what was written down."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from app.accounts.models import Role, RolePermission, User, UserRole
from app.accounts.store import roles
from app.core.audit import AuditDetail, AuditEntry, AuditPerson
from app.core.ids import to_global
from app.core.resources import Resources
from tests.factories import Person, writing

ROLE = "id name description system permissions userCount"


async def role_id(resources: Resources, name: str) -> str:
    """The global id of a role."""
    async with resources.database.read() as session:
        return to_global("rol", (await roles.role_by_name(session, name)).id)


async def all_roles(resources: Resources) -> dict[str, tuple[str, set[str]]]:
    """Description and permissions of every role, by its name."""
    async with resources.database.read() as session:
        found = await session.all(select(Role))
        given = await session.all(select(RolePermission))
    return {
        role.name: (
            role.description,
            {each.permission_key for each in given if each.role_id == role.id},
        )
        for role in found
    }


async def roles_of(resources: Resources, person: Person) -> dict[str, datetime | None]:
    """A user's roles with their ends."""
    async with resources.database.read() as session:
        rows = await session.rows(
            select(Role.name, UserRole.expires_at)
            .join(UserRole, col(UserRole.role_id) == Role.id)
            .where(UserRole.user_id == person.key)
        )
    return {row[0]: row[1] for row in rows}


async def give(
    resources: Resources, person: Person, name: str, until: datetime | None = None
) -> None:
    """One more role for somebody, and nobody says so."""
    async with writing(resources) as session:
        role = await roles.role_by_name(session, name)
        session.add(UserRole(user_id=person.key, role_id=role.id, expires_at=until))


async def user_of(resources: Resources, person: Person) -> User:
    """An account as it is now."""
    async with resources.database.read() as session:
        return await session.value(select(User).where(User.id == person.key))


async def written_down(resources: Resources) -> list[tuple[str, Any, Any]]:
    """Action, before and after of what the audit log has, in its order."""
    async with resources.database.read() as session:
        rows = await session.rows(
            select(AuditEntry.action, AuditDetail.before, AuditDetail.after)
            .join(AuditDetail, col(AuditDetail.sequence) == AuditEntry.sequence)
            .order_by(col(AuditEntry.sequence))
        )
    return [(row[0], row[1], row[2]) for row in rows]


async def actors(resources: Resources) -> list[Any]:
    """Who did what the audit log has, in its order."""
    async with resources.database.read() as session:
        rows = await session.rows(
            select(AuditEntry.sequence, AuditPerson.user_id)
            .outerjoin(AuditPerson, col(AuditPerson.alias) == AuditEntry.actor)
            .order_by(col(AuditEntry.sequence))
        )
    return [row[1] for row in rows]

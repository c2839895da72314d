"""What changes the version of a session's rights, and what doesn't."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Update, delete, text, update
from sqlmodel import col

from app.accounts.models import (
    AccountStatus,
    AuthSession,
    Role,
    RolePermission,
    User,
    UserRole,
)
from app.accounts.service import sessions
from app.accounts.store import roles
from app.accounts.store import sessions as stored
from app.core.authentication import Authenticator
from app.core.clock import now
from app.core.db import WriteSession
from app.core.resources import Resources
from tests.factories import Person

# Of the role that each test makes for itself.
PERMISSIONS = {"message.send", "session.ask", "session.create", "session.join"}


def process_of(resources: Resources) -> Authenticator:
    """What one more process would remember."""
    return Authenticator(resources.tokens, sessions.rights_of, stored.rights_version())


def header_of(person: Person) -> str:
    """The header that a signed-in person sends."""
    return f"Bearer {person.access_token}"


async def give(session: WriteSession, person: Person, role: str, **more: Any) -> None:
    given = await roles.role_by_name(session, role)
    session.add(UserRole(user_id=person.key, role_id=given.id, **more))
    await session.flush()


def _own_role(person: Person, role: Role) -> tuple[Any, Any]:
    return col(UserRole.user_id) == person.key, col(UserRole.role_id) == role.id


def session_of(person: Person) -> Update:
    return update(AuthSession).where(col(AuthSession.id) == person.viewer.auth_session_id)


Change = Callable[[WriteSession, Person, Role], Awaitable[Any]]


async def role_given(session: WriteSession, ana: Person, _: Role) -> None:
    await give(session, ana, "moderator")


async def role_taken(session: WriteSession, ana: Person, role: Role) -> None:
    await session.execute(delete(UserRole).where(*_own_role(ana, role)))


async def role_shortened(session: WriteSession, ana: Person, role: Role) -> None:
    soon = now() + timedelta(minutes=1)
    await session.execute(update(UserRole).where(*_own_role(ana, role)).values(expires_at=soon))


async def role_passed_on(session: WriteSession, ana: Person, role: Role) -> None:
    name = f"{ana.user.username}-friend"
    other = User(username=name, email=f"{name}@example.com", password_hash="", first_name="Zoe")
    session.add(other)
    await session.flush()
    await session.execute(update(UserRole).where(*_own_role(ana, role)).values(user_id=other.id))


async def role_deleted(session: WriteSession, _: Person, role: Role) -> None:
    await session.execute(delete(Role).where(col(Role.id) == role.id))


async def role_renamed(session: WriteSession, _: Person, role: Role) -> None:
    await session.execute(
        update(Role).where(col(Role.id) == role.id).values(name=f"{role.name}, new")
    )


async def permission_added(session: WriteSession, _: Person, role: Role) -> None:
    session.add(RolePermission(role_id=role.id, permission_key="message.moderate"))


async def permission_removed(session: WriteSession, _: Person, role: Role) -> None:
    await session.execute(
        delete(RolePermission).where(
            col(RolePermission.role_id) == role.id,
            col(RolePermission.permission_key) == "session.ask",
        )
    )


async def permission_exchanged(session: WriteSession, _: Person, role: Role) -> None:
    await session.execute(
        update(RolePermission)
        .where(
            col(RolePermission.role_id) == role.id,
            col(RolePermission.permission_key) == "session.ask",
        )
        .values(permission_key="message.moderate")
    )


async def suspended(session: WriteSession, ana: Person, _: Role) -> None:
    await session.execute(
        update(User).where(col(User.id) == ana.key).values(status=AccountStatus.SUSPENDED)
    )


async def ended(session: WriteSession, ana: Person, _: Role) -> None:
    await session.execute(session_of(ana).values(ended_at=now()))


async def session_shortened(session: WriteSession, ana: Person, _: Role) -> None:
    await session.execute(session_of(ana).values(expires_at=now() + timedelta(minutes=1)))


# Each cause, and the permissions that it leaves; None if the session is refused from then on.
CAUSES: list[tuple[Change, set[str] | None]] = [
    (role_given, PERMISSIONS | {"message.moderate"}),
    (role_taken, None),
    (role_shortened, PERMISSIONS),
    (role_passed_on, None),
    (role_deleted, None),
    (role_renamed, PERMISSIONS),
    (permission_added, PERMISSIONS | {"message.moderate"}),
    (permission_removed, PERMISSIONS - {"session.ask"}),
    (permission_exchanged, PERMISSIONS - {"session.ask"} | {"message.moderate"}),
    (suspended, None),
    (ended, None),
    (session_shortened, PERMISSIONS),
]


async def used(session: WriteSession, ana: Person, _: Role) -> None:
    await session.execute(session_of(ana).values(last_used_at=now()))


async def prolonged(session: WriteSession, ana: Person, _: Role) -> None:
    await session.execute(session_of(ana).values(expires_at=now() + timedelta(days=30)))


async def profile(session: WriteSession, ana: Person, _: Role) -> None:
    await session.execute(
        update(User)
        .where(col(User.id) == ana.key)
        .values(first_name="Anna", last_active_at=now(), email_verified=True, status="ACTIVE")
    )


async def described(session: WriteSession, _: Person, role: Role) -> None:
    await session.execute(
        update(Role).where(col(Role.id) == role.id).values(description="Learns, all day.")
    )


async def permission_again(session: WriteSession, _: Person, role: Role) -> None:
    await session.execute(
        text("INSERT INTO role_permission VALUES (:role, 'session.ask') ON CONFLICT DO NOTHING"),
        {"role": role.id},
    )


async def other_role(session: WriteSession, ana: Person, _: Role) -> None:
    other = await roles.role_by_name(session, "instructor")
    await session.execute(delete(RolePermission).where(col(RolePermission.role_id) == other.id))


async def rolled_back(session: WriteSession, ana: Person, role: Role) -> None:
    await session.execute(text("SAVEPOINT before"))
    await role_given(session, ana, role)
    await session.execute(text("ROLLBACK TO before"))


NO_CAUSES: list[Change] = [
    used,
    prolonged,
    profile,
    described,
    permission_again,
    other_role,
    rolled_back,
]

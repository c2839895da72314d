"""What the schema shows of roles and of accounts, to those who administer them."""

from datetime import datetime

import strawberry
from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, func, true
from sqlmodel import col, select

from app.accounts import models, policy
from app.accounts.models import AccountStatus
from app.accounts.types.users import User
from app.core.graph.enums import describe
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, id_of, items, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

describe(
    AccountStatus,
    "Whether an account can be used.",
    {
        AccountStatus.ACTIVE: "It can.",
        AccountStatus.SUSPENDED: "It can't, until somebody activates it again.",
        AccountStatus.DEACTIVATED: "It is archived: nobody uses it any more.",
    },
)


@reads(models.Permission, key="key", description="Something that a role can permit.")
class Permission:
    """What a check asks for."""

    key: str = column("Its name for programs: module and feature with a dot between.")
    module: str = column("The part of the program that it is about, such as `session`.")
    feature: str = column("What it permits there, such as `create`.")
    description: str = column("What it permits, for people.")


def _keys(_: Asker, role: type[models.Role]) -> ColumnElement[list[str]]:
    given = models.RolePermission
    found = (
        select(given.permission_key)
        .where(col(given.role_id) == role.id)
        .order_by(given.permission_key)
        .correlate(role)
    )
    listed: ColumnElement[list[str]] = func.array(found.scalar_subquery())
    return listed


def _users(_: Asker, role: type[models.Role]) -> ColumnElement[int]:
    given = models.UserRole
    counted = (
        select(func.count())
        .select_from(given)
        .where(col(given.role_id) == role.id, policy.live(given))
        .correlate(role)
    )
    return cast(counted.scalar_subquery(), Integer)


@reads(models.Role, visible=policy.visible_role, description="A named set of permissions.")
class Role(Node):
    """The system's own, or made by an administrator."""

    prefix = "rol"

    name: str = column("What it is called, unique in any case.")
    description: str = column("Whom it is for.")
    system: bool = column("Whether it comes with the program: then it can't be deleted or renamed.")
    permissions: list[str] = computed(_keys, "The keys of what it permits, in order.")
    user_count: int = computed(_users, "How many users have it now.")
    created_at: datetime = column("When it was made.")
    updated_at: datetime = column("When its name or description was last changed.")


@reads(models.UserRole, key="role_id", description="A role that a user has.")
class UserRole:
    """For ever, or until it expires."""

    role: Role = edge("role_id", "The role.", visible=true())
    expires_at: datetime | None = column("When it ends, or ended; null if it doesn't.")


def _roles(_: Asker, given: type[models.UserRole], user: type[models.User]) -> Rows:
    return Rows(col(given.user_id) == user.id, Order("userRoles", ("role_id",)))


def _session_count(_: Asker, user: type[models.User]) -> ColumnElement[int]:
    session = models.AuthSession
    live = and_(
        col(session.user_id) == user.id,
        col(session.ended_at).is_(None),
        col(session.expires_at) > func.now(),
    )
    counted = select(func.count()).select_from(session).where(live).correlate(user)
    return cast(counted.scalar_subquery(), Integer)


def _two_factor(_: Asker, user: type[models.User]) -> ColumnElement[bool]:
    return policy.has_two_factor(user)


def _lockout_end(_: Asker, user: type[models.User]) -> ColumnElement[datetime]:
    failures = models.LoginFailures
    failed = (
        select(failures.lockout_end)
        .where(failures.subject == cast(user.id, Text), col(failures.lockout_end) > func.now())
        .correlate(user)
    )
    locked = case((col(user.locked_until) > func.now(), col(user.locked_until)))
    # `greatest` passes over a null.
    return func.greatest(locked, failed.scalar_subquery())


@reads(models.User, description="A user, as those who administer accounts see them.")
class AdminUser:
    """Active or not."""

    id: strawberry.ID = id_of("id", User.prefix, "The user's id.")
    username: str = column("The unique name.")
    first_name: str = column("The given name.")
    last_name: str | None = column("The family name.")
    email: str = column("The e-mail address.")
    email_verified: bool = column("Whether the address was confirmed.")
    two_factor: bool = computed(
        _two_factor, "Whether a second factor is asked for when they sign in."
    )
    status: AccountStatus = column("Whether the account can be used.")
    roles: list[UserRole] = items(
        _roles, "Their roles, expired ones among them, the oldest role first.", most=20
    )
    lockout_end: datetime | None = computed(
        _lockout_end,
        "Until when nobody can sign in with it, because an administrator locked it or after failed"
        " attempts; null if somebody can.",
    )
    session_count: int = computed(_session_count, "On how many devices they are signed in.")
    last_active_at: datetime | None = column("When they last signed in or refreshed their tokens.")
    created_at: datetime = column("When the account was made.")

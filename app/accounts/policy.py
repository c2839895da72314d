"""Who sees what of accounts."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from app.accounts.models import (
    AccountStatus,
    Consent,
    Role,
    RolePermission,
    User,
    UserRole,
)
from app.core.viewer import Asker


def visible(_: Asker, user: type[User] = User) -> ColumnElement[bool]:
    """Everybody's public profile, while the account is active."""
    return col(user.status) == AccountStatus.ACTIVE


def live(given: type[UserRole] = UserRole) -> ColumnElement[bool]:
    """Roles that haven't expired."""
    return or_(col(given.expires_at).is_(None), col(given.expires_at) > func.now())


def role_names(user: type[User]) -> ColumnElement[list[str]]:
    """A user's roles by name, as one value."""
    return _listed(
        select(Role.name)
        .join(UserRole, col(UserRole.role_id) == Role.id)
        .where(UserRole.user_id == user.id, live())
        .order_by(Role.name)
    )


def permission_keys(user: type[User]) -> ColumnElement[list[str]]:
    """What a user's roles permit, as one value."""
    return _listed(
        select(RolePermission.permission_key)
        .join(UserRole, col(UserRole.role_id) == RolePermission.role_id)
        .where(UserRole.user_id == user.id, live())
        .distinct()
        .order_by(RolePermission.permission_key)
    )


def _listed(statement: Any) -> ColumnElement[list[str]]:
    return func.array(statement.scalar_subquery())


def counts(viewer: Asker, consent: type[Consent] = Consent) -> ColumnElement[bool]:
    """The viewer's answers that count: the newest for each purpose."""
    later: Any = aliased(Consent)
    return and_(
        col(consent.user_id) == viewer.user_id,
        ~select(later.id)
        .where(
            later.user_id == consent.user_id,
            later.purpose == consent.purpose,
            later.version > consent.version,
        )
        .exists(),
    )

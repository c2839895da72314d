"""Root queries of administrators."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, Text, cast, exists, func, true
from sqlmodel import col, select

from app.accounts import models, policy
from app.accounts.models import AccountStatus
from app.accounts.policy import MANAGE_USERS
from app.accounts.types import User
from app.accounts.types.roles import AdminUser, Role
from app.admin.types import AuditEntry
from app.core.access import permitted
from app.core.audit import USER, AuditPerson
from app.core.audit import AuditEntry as Entry
from app.core.folding import contains
from app.core.graph.connections import Connection
from app.core.graph.enums import describe
from app.core.graph.read.declare import Rows, browse, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker

READ_AUDIT = "audit.read"


class AdminUserSort(StrEnum):
    """How users are sorted."""

    CREATED = "created"
    LAST_ACTIVE = "last_active"
    NAME = "name"


describe(
    AdminUserSort,
    "How users are sorted.",
    {
        AdminUserSort.CREATED: "The newest account first.",
        AdminUserSort.LAST_ACTIVE: "Who was active last first, else when the account was made.",
        AdminUserSort.NAME: "By given name and family name.",
    },
)

_NEWEST = Order("adminUsers", ("created_at", "id"), descending=True)
_ORDERS = {
    AdminUserSort.LAST_ACTIVE: Order("adminUsersActive", ("active_at", "id"), descending=True),
    AdminUserSort.NAME: Order("adminUsersByName", ("folded_name", "id")),
}


@strawberry.input(description="Which users.")
class AdminUserFilter:
    """What isn't given doesn't narrow."""

    role_id: strawberry.ID | None = id_field("Who have this role now.", Role.prefix, default=None)
    status: AccountStatus | None = strawberry.field(
        default=None, description="Whose accounts are in this state."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Whose names, username or e-mail address have this in them, in any case, with"
        " accents or without.",
    )


def _text(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Which entries of the audit log.")
class AuditFilter:
    """What isn't given doesn't narrow."""

    actor_id: strawberry.ID | None = id_field("What this user did.", User.prefix, default=None)
    subject_id: strawberry.ID | None = id_field(
        "What was done to this user.", User.prefix, default=None
    )
    subject_kind: str | None = _text("What was done to things of this kind, such as `role`.")
    subject_key: str | None = _text("What was done to the thing with this key, which is no person.")
    action: str | None = _text("This action, such as `role.delete`.")
    from_: datetime | None = strawberry.field(
        name="from", default=None, description="At this time or later."
    )
    to: datetime | None = strawberry.field(default=None, description="Before this time.")


def _users(
    _: Asker,
    user: type[models.User],
    *,
    filter: Annotated[
        AdminUserFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
    sort: Annotated[
        AdminUserSort, strawberry.argument(description="In which order.")
    ] = AdminUserSort.CREATED,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None and filter.status is not None:
        where &= col(user.status) == filter.status
    if filter is not None and filter.role_id is not None:
        given = models.UserRole
        where &= exists(
            select(given.user_id)
            .where(
                col(given.user_id) == user.id,
                col(given.role_id) == filter.role_id,
                policy.live(given),
            )
            .correlate(user)
        )
    if filter is not None and filter.search is not None:
        where &= contains(user.admin_search, filter.search)
    return Rows(where, _ORDERS.get(sort, _NEWEST))


def _alias(user_id: Any) -> ColumnElement[Any]:
    return select(AuditPerson.alias).where(col(AuditPerson.user_id) == user_id).scalar_subquery()


def _named(entry: type[Entry], filter: Any) -> ColumnElement[bool]:
    """The entries that name whom and what a filter names."""
    where: ColumnElement[bool] = true()
    if filter.actor_id is not None:
        where &= col(entry.actor) == _alias(filter.actor_id)
    if filter.subject_id is not None:
        where &= (col(entry.subject_kind) == USER) & (
            col(entry.subject) == _alias(filter.subject_id)
        )
    if filter.subject_kind is not None:
        where &= col(entry.subject_kind) == filter.subject_kind
    if filter.subject_key is not None:
        # As text: PostgreSQL reads a constant as a key even where it would never be compared.
        key = func.lower(cast(filter.subject_key, Text))
        where &= (col(entry.subject_kind) != USER) & (cast(entry.subject, Text) == key)
    return where


def _entries(
    _: Asker,
    entry: type[Entry],
    *,
    filter: Annotated[
        AuditFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None:
        where &= _named(entry, filter)
        if filter.action is not None:
            where &= col(entry.action) == filter.action
        if filter.from_ is not None:
            where &= col(entry.at) >= filter.from_
        if filter.to is not None:
            where &= col(entry.at) < filter.to
    return Rows(where, Order("auditLog", ("sequence",), descending=True))


@strawberry.type
class AdminQuery:
    """All accounts, and what was done."""

    admin_users: Connection[AdminUser] = browse(
        _users, permitted(MANAGE_USERS), "All users, active or not, the newest first."
    )
    audit_log: Connection[AuditEntry] = browse(
        _entries,
        permitted(READ_AUDIT),
        "Who did what, when, from where, and what changed: the newest first.",
    )

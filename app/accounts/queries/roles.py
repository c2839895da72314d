"""Root queries of roles and permissions."""

import strawberry
from sqlalchemy import true

from app.accounts import models
from app.accounts.policy import MANAGE_ROLES
from app.accounts.types.roles import Permission, Role
from app.core.access import permitted
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse
from app.core.graph.read.pages import Order
from app.core.viewer import Asker


def _roles(_: Asker, role: type[models.Role]) -> Rows:
    del role
    return Rows(true(), Order("roles", ("name",)))


def _permissions(_: Asker, permission: type[models.Permission]) -> Rows:
    del permission
    return Rows(true(), Order("permissions", ("module", "feature", "key")))


@strawberry.type
class RolesQuery:
    """Roles, and what there is to permit."""

    roles: Connection[Role] = browse(
        _roles, permitted(MANAGE_ROLES), "The roles with what they permit, by name."
    )
    permissions: Connection[Permission] = browse(
        _permissions,
        permitted(MANAGE_ROLES),
        "All that a role can permit, by module and feature.",
    )

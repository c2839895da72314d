"""Root mutations of roles, and of accounts that others make."""

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from app.accounts.policy import MANAGE_ROLES, MANAGE_USERS
from app.accounts.service import administration, roles
from app.accounts.types.roles import AdminUser, Role
from app.accounts.types.users import User
from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global

_ROLES = permitted(MANAGE_ROLES, in_person=True)


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing changed.")


def _role_id() -> Any:
    return strawberry.field(description="The role.")


@strawberry.input(description="A new account of somebody else.")
class UserCreateInput:
    """Without a password: who it is for chooses it."""

    username: str = strawberry.field(description="3 to 256 characters, unique in any case.")
    email: str = strawberry.field(description="A valid address, unique in any case.")
    first_name: str = strawberry.field(description="The given name.")
    last_name: str | None = strawberry.field(default=None, description="The family name.")
    role_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The role; `student`, if not given. Another one needs the permission"
        " `user.create_any`, and permits no more than one may oneself.",
    )


@strawberry.input(description="A new role.")
class RoleCreateInput:
    """What isn't given takes its default."""

    name: str = strawberry.field(
        description="1 to 128 characters, unique in any case, and not to be mistaken for a role"
        " of the system."
    )
    description: str = strawberry.field(
        default="", description="Whom it is for: at most 5,000 characters."
    )
    permissions: list[str] = strawberry.field(
        default_factory=list, description="The keys of what it permits, at most 500."
    )


@strawberry.input(description="All of a role but what it permits.")
class RoleUpdateInput:
    """What isn't given takes its default."""

    id: strawberry.ID = _role_id()
    name: str = strawberry.field(
        description="As for a new one; a role of the system keeps its name."
    )
    description: str = strawberry.field(
        default="", description="Whom it is for: at most 5,000 characters."
    )


@strawberry.input(description="Which role.")
class RoleDeleteInput:
    """By its id."""

    id: strawberry.ID = _role_id()


@strawberry.input(description="Exactly what a role is to permit.")
class RolePermissionsSetInput:
    """What isn't named is taken away."""

    id: strawberry.ID = _role_id()
    permissions: list[str] = strawberry.field(
        description="The keys of what it permits, at most 500."
    )


@strawberry.input(description="A role for a user.")
class UserRoleInput:
    """For ever, or until a time."""

    role_id: strawberry.ID = _role_id()
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it ends, a time to come; never, if not given."
    )


@strawberry.input(description="Exactly the roles that a user is to have.")
class UserRolesSetInput:
    """What isn't named is taken away."""

    user_id: strawberry.ID = strawberry.field(description="Whose roles: somebody else's.")
    roles: list[UserRoleInput] = strawberry.field(description="1 to 20 roles, each once.")


@strawberry.type(description="The answer to `userCreate`.")
class UserCreatePayload:
    """The user."""

    user: User | None = edge("user_key", "Whose account it is.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type
class _RolePayload:
    role: Role | None = edge("role_key", "The role.")
    role_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `roleCreate`.")
class RoleCreatePayload(_RolePayload):
    """The role."""


@strawberry.type(description="The answer to `roleUpdate`.")
class RoleUpdatePayload(_RolePayload):
    """The role."""


@strawberry.type(description="The answer to `rolePermissionsSet`.")
class RolePermissionsSetPayload(_RolePayload):
    """The role."""


@strawberry.type(description="The answer to `roleDelete`.")
class RoleDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the role that is gone."
    )
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `userRolesSet`.")
class UserRolesSetPayload:
    """The user."""

    user: AdminUser | None = edge("user_key", "The user with their roles.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


def roles_data(given: list[UserRoleInput]) -> list[dict[str, Any]]:
    """Roles for a user, as the service takes them."""
    return [
        {"role_id": from_global(Role.prefix, each.role_id), "expires_at": each.expires_at}
        for each in given
    ]


@strawberry.type
class RolesMutation:
    """Roles, who has them, and accounts that others make."""

    @mutation(permitted(administration.CREATE_USERS, in_person=True))
    async def user_create(self, info: Info, input: UserCreateInput) -> UserCreatePayload:
        """Make an account for somebody: a student's, or with a role that one may give.

        Nobody can sign in with it before a password is chosen by a reset.
        """
        role_id = None if input.role_id is None else from_global(Role.prefix, input.role_id)
        data = to_data(administration.UserCreateData, input)
        async with info.context.begin() as uow:
            user = await administration.create_user(
                uow, info.context.resources.envelope, info.context.me, data, role_id
            )
        return UserCreatePayload(user_key=user.id)

    @mutation(_ROLES)
    async def role_create(self, info: Info, input: RoleCreateInput) -> RoleCreatePayload:
        """Make a role that permits no more than one may oneself."""
        data = to_data(roles.RoleCreateData, input)
        async with info.context.begin() as uow:
            role = await roles.create_role(uow, info.context.me, data)
        return RoleCreatePayload(role_key=role.id)

    @mutation(_ROLES)
    async def role_update(self, info: Info, input: RoleUpdateInput) -> RoleUpdatePayload:
        """Give a role another name or description. `SYSTEM_ROLE`: these keep their names."""
        key, data = from_global(Role.prefix, input.id), to_data(roles.RoleData, input)
        async with info.context.begin() as uow:
            role = await roles.update_role(uow, info.context.me, key, data)
        return RoleUpdatePayload(role_key=role.id)

    @mutation(_ROLES)
    async def role_delete(self, info: Info, input: RoleDeleteInput) -> RoleDeletePayload:
        """Delete a role: whoever has it has it no more, at once. `SYSTEM_ROLE`: these stay."""
        key = from_global(Role.prefix, input.id)
        async with info.context.begin() as uow:
            await roles.delete_role(uow, info.context.me, key)
        return RoleDeletePayload(deleted_id=input.id)

    @mutation(_ROLES)
    async def role_permissions_set(
        self, info: Info, input: RolePermissionsSetInput
    ) -> RolePermissionsSetPayload:
        """Let a role permit exactly this, at once, on open sockets too."""
        key, data = from_global(Role.prefix, input.id), to_data(roles.PermissionsData, input)
        async with info.context.begin() as uow:
            role = await roles.set_permissions(uow, info.context.me, key, data)
        return RolePermissionsSetPayload(role_key=role.id)

    @mutation(permitted(MANAGE_USERS, in_person=True))
    async def user_roles_set(self, info: Info, input: UserRolesSetInput) -> UserRolesSetPayload:
        """Give somebody else exactly these roles, at once, on open sockets too.

        Nobody gives or takes more than they have themselves, or for longer, and nobody's own
        roles are theirs to change. Somebody stays `super_admin` for good.
        """
        key = from_global(User.prefix, input.user_id)
        data = to_data(administration.RolesData, input, roles=roles_data(input.roles))
        async with info.context.begin() as uow:
            user = await administration.set_roles(uow, info.context.me, key, data)
        return UserRolesSetPayload(user_key=user.id)

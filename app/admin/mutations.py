"""Root mutations of administrators."""

from datetime import datetime
from uuid import UUID

import strawberry

from app.accounts.models import AccountStatus
from app.accounts.mutations.roles import UserRoleInput, roles_data
from app.accounts.policy import MANAGE_USERS
from app.accounts.service.administration import RolesData
from app.accounts.types import User
from app.accounts.types.roles import AdminUser
from app.admin import service
from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global


@strawberry.input(description="What is to become of a user's account.")
class AdminUserUpdateInput:
    """What isn't given stays as it is."""

    user_id: strawberry.ID = strawberry.field(description="Whose account: somebody else's.")
    status: AccountStatus | None = strawberry.field(
        default=strawberry.UNSET,
        description="`ACTIVE` to activate it, `DEACTIVATED` to archive it.",
    )
    locked_until: datetime | None = strawberry.field(
        default=strawberry.UNSET,
        description="Until then, a time to come, nobody can sign in with it. Null unlocks it, also"
        " after failed attempts.",
    )
    roles: list[UserRoleInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Exactly the roles to have, as in `userRolesSet`."
    )


@strawberry.type(description="The answer to `adminUserUpdate`.")
class AdminUserUpdatePayload:
    """The user."""

    user: AdminUser | None = edge("user_key", "The user.")
    user_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing changed."
    )


def _roles(input: AdminUserUpdateInput) -> RolesData | None:
    if input.roles is None or input.roles is strawberry.UNSET:
        return None
    return to_data(RolesData, input, roles=roles_data(input.roles))


@strawberry.type
class AdminMutation:
    """Change accounts of others."""

    @mutation(permitted(MANAGE_USERS, in_person=True))
    async def admin_user_update(
        self, info: Info, input: AdminUserUpdateInput
    ) -> AdminUserUpdatePayload:
        """Activate, archive, lock or unlock somebody else's account, and change its roles.

        One that is archived, suspended or locked is signed out everywhere at once, sockets
        included. For roles the rules of `userRolesSet` hold.
        """
        key, data = from_global(User.prefix, input.user_id), to_data(service.AccountData, input)
        roles = _roles(input)
        async with info.context.begin() as uow:
            user = await service.update_user(uow, info.context.me, key, data, roles)
        return AdminUserUpdatePayload(user_key=user.id)

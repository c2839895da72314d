"""Changing somebody else's account."""

from uuid import UUID

from pydantic import BaseModel

from app.accounts.models import AccountStatus, User
from app.accounts.service import administration
from app.accounts.service.administration import RolesData, Until
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


class AccountData(BaseModel):
    """What is to become of an account: what isn't given stays. A lock until None is none."""

    status: AccountStatus | None = None
    locked_until: Until = None


async def update_user(
    uow: UnitOfWork, viewer: Viewer, user_id: UUID, data: AccountData, roles: RolesData | None
) -> User:
    """All of it, or nothing."""
    async with administration.changing(uow, viewer, user_id) as (rights, user):
        if roles is not None:
            await administration.change_roles(uow, viewer, rights, user, roles)
        given = data.model_fields_set
        await administration.change_account(
            uow,
            viewer,
            user,
            status=data.status or user.status,
            locked_until=data.locked_until if "locked_until" in given else user.locked_until,
            unlock="locked_until" in given and data.locked_until is None,
        )
    return user

"""Roles and what they permit."""

import unicodedata
from typing import Annotated
from uuid import UUID

from confusable_homoglyphs import confusables
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.accounts.errors import BeyondOwnRights, OwnAccount, RoleNameTaken, SystemRole
from app.accounts.models import Role
from app.accounts.policy import MANAGE_ROLES, MANAGE_USERS
from app.accounts.roles import SUPER_ADMIN, SYSTEM_ROLES
from app.accounts.service.administration import Rights, turn
from app.accounts.store import administration as store
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer

_ROLE = "role"
_MOST_PERMISSIONS = 500
_TOLD = 5


def _name(value: str) -> str:
    value = unicodedata.normalize("NFKC", value)
    if not value.isprintable() or confusables.is_dangerous(value):
        raise ValueError("A name has printable characters, of one alphabet.")
    return value


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=128),
    AfterValidator(_name),
]
Description = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")]
Keys = Annotated[
    list[Annotated[str, StringConstraints(max_length=128, pattern="^[a-z0-9_.]+$")]],
    Field(max_length=_MOST_PERMISSIONS),
]


class RoleData(BaseModel):
    """What a role is called."""

    name: Name
    description: Description = ""


class RoleCreateData(RoleData):
    """A new role with what it permits."""

    permissions: Keys = Field(default_factory=list)


class PermissionsData(BaseModel):
    """Exactly what a role is to permit."""

    permissions: Keys


async def create_role(uow: UnitOfWork, viewer: Viewer, data: RoleCreateData) -> Role:
    """A new role, of no more than one has oneself."""
    rights = await turn(uow, viewer, MANAGE_ROLES)
    await _check_name(uow, data.name, None)
    await _check_known(uow, data.permissions)
    wanted = set(data.permissions)
    if not rights.last(wanted, None):
        raise BeyondOwnRights(field=("input", "permissions"))
    role = Role(name=data.name, description=data.description)
    uow.session.add(role)
    await uow.session.flush()
    await store.change_permissions(uow.session, role.id, wanted, ())
    after = {"name": role.name, "description": role.description, "permissions": sorted(wanted)}
    uow.audit("role.create", viewer.user_id, (_ROLE, role.id), after=after)
    return role


async def update_role(uow: UnitOfWork, viewer: Viewer, key: UUID, data: RoleData) -> Role:
    """Another name or description. A system role keeps its name."""
    rights = await turn(uow, viewer, MANAGE_ROLES)
    role, _ = await _held(uow, rights, key)
    if data.name != role.name:
        if role.system:
            raise SystemRole(field=("input", "name"))
        await _check_name(uow, data.name, role.id)
    before = {"name": role.name, "description": role.description}
    after = data.model_dump()
    changed = [name for name, value in after.items() if value != before[name]]
    if changed:
        role.name, role.description = data.name, data.description
        uow.audit(
            "role.update",
            viewer.user_id,
            (_ROLE, role.id),
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        )
    return role


async def delete_role(uow: UnitOfWork, viewer: Viewer, key: UUID) -> None:
    """Delete a role that isn't the system's; whoever has it has it no more."""
    rights = await turn(uow, viewer, MANAGE_ROLES)
    role, permissions = await _held(uow, rights, key)
    if role.system:
        raise SystemRole(field=("input", "id"))
    before = {
        "name": role.name,
        "description": role.description,
        "permissions": sorted(permissions),
        "users": await store.holders(uow.session, role.id),
    }
    await store.delete_role(uow.session, role)
    await _check_own(uow, viewer, rights)
    uow.audit("role.delete", viewer.user_id, (_ROLE, role.id), before=before)


async def set_permissions(
    uow: UnitOfWork, viewer: Viewer, key: UUID, data: PermissionsData
) -> Role:
    """Let a role permit exactly this. `super_admin` permits everything."""
    rights = await turn(uow, viewer, MANAGE_ROLES)
    role, had = await _held(uow, rights, key)
    await _check_known(uow, data.permissions)
    wanted = set(data.permissions)
    add, remove = wanted - had, had - wanted
    if not rights.last(add, None):
        raise BeyondOwnRights(field=("input", "permissions"))
    if role.system and role.name == SUPER_ADMIN and remove:
        raise SystemRole("super_admin permits everything.", field=("input", "permissions"))
    if add or remove:
        await store.change_permissions(uow.session, role.id, add, remove)
        role.customized = role.system
        await _check_own(uow, viewer, rights)
        uow.audit(
            "role.permissions",
            viewer.user_id,
            (_ROLE, role.id),
            {"permissions": sorted(had)},
            {"permissions": sorted(wanted)},
        )
    return role


async def _held(uow: UnitOfWork, rights: Rights, key: UUID) -> tuple[Role, set[str]]:
    """A role to change, which gives no more than one has oneself, and what it permits."""
    role = await store.hold_role(uow.session, key)
    if role is None:
        raise NotFound(field=("input", "id"))
    permissions = (await store.permissions_of_roles(uow.session, [key]))[key]
    if not rights.cover(permissions):
        raise BeyondOwnRights(field=("input", "id"))
    return role, permissions


async def _check_name(uow: UnitOfWork, name: str, besides: UUID | None) -> None:
    if _bare(name) in _SYSTEM_NAMES or await store.is_name_taken(uow.session, name, besides):
        raise RoleNameTaken(field=("input", "name"))


def _bare(name: str) -> str:
    """A name by its letters and digits alone, without accents and in one case."""
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(each for each in apart if each.isalnum())


_SYSTEM_NAMES = {_bare(name) for name in SYSTEM_ROLES}


async def _check_known(uow: UnitOfWork, keys: list[str]) -> None:
    unknown = await store.unknown_permissions(uow.session, keys)
    if unknown:
        told = ", ".join(f'"{each}"' for each in unknown[:_TOLD])
        raise InvalidInput(f"There is no such permission: {told}.", field=("input", "permissions"))


async def _check_own(uow: UnitOfWork, viewer: Viewer, rights: Rights) -> None:
    """`OwnAccount` if the change takes from the viewer what it takes to undo it."""
    await uow.session.flush()
    left = await store.permissions_of(uow.session, viewer.user_id)
    if any(rights.cover([each]) and each not in left for each in (MANAGE_ROLES, MANAGE_USERS)):
        raise OwnAccount("You would take from yourself what it takes to undo this.")

"""Roles, and what they permit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE
from app.core.tables import MutableTable, Timestamp


class Role(MutableTable, table=True):
    """A named set of permissions. System roles come with the program.

    A `customized` one has the permissions that somebody chose for it: the program leaves them be.
    """

    __table_args__ = (Index("uq_role_lower_name", text("lower(name)"), unique=True),)

    name: str = Field(max_length=128, unique=True)
    description: str = ""
    system: bool = False
    customized: bool = False


class Permission(SQLModel, table=True):
    """What a check asks for, such as `session.create`."""

    key: str = Field(primary_key=True, max_length=128)
    module: str = Field(max_length=128)
    feature: str = Field(max_length=128)
    description: str = ""


class RolePermission(SQLModel, table=True):
    """A permission that a role gives."""

    __tablename__ = "role_permission"

    role_id: UUID = Field(foreign_key="role.id", primary_key=True, ondelete="CASCADE")
    permission_key: str = Field(
        foreign_key="permission.key", primary_key=True, ondelete="CASCADE", index=True
    )


class UserRole(SQLModel, table=True):
    """A role that a user has, until it expires."""

    __tablename__ = "user_role"

    user_id: UUID = Field(
        foreign_key="user_account.id",
        primary_key=True,
        ondelete="CASCADE",
        sa_column_kwargs=ERASE,
    )
    role_id: UUID = Field(foreign_key="role.id", primary_key=True, ondelete="CASCADE", index=True)
    expires_at: datetime | None = Field(default=None, sa_type=Timestamp)

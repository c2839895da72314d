"""Users, roles, signed-in devices, consents."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import Field, SQLModel

from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


class AccountStatus(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


class User(MutableTable, table=True):
    """A person with one account."""

    __tablename__ = "user_account"

    username: str = Field(sa_column=Column(CITEXT, nullable=False, unique=True, **PERSONAL))
    email: str = Field(sa_column=Column(CITEXT, nullable=False, unique=True, **PERSONAL))
    password_hash: str
    first_name: str = Field(max_length=128, sa_column_kwargs=PERSONAL)
    last_name: str | None = Field(default=None, max_length=128, sa_column_kwargs=PERSONAL)
    education_level: str | None = Field(default=None, max_length=50, sa_column_kwargs=PERSONAL)
    institution: str | None = Field(default=None, max_length=255, sa_column_kwargs=PERSONAL)
    time_zone: str = Field(default="UTC", max_length=50)
    language: str = Field(default="en", max_length=10)
    status: AccountStatus = AccountStatus.ACTIVE
    email_verified: bool = False
    last_active_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Role(MutableTable, table=True):
    """A named set of permissions. System roles come with the program."""

    name: str = Field(max_length=128, unique=True)
    description: str = ""
    system: bool = False


class Permission(SQLModel, table=True):
    """What a check asks for, such as `session.create`."""

    key: str = Field(primary_key=True, max_length=128)
    module: str = Field(max_length=128)
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

    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True, ondelete="CASCADE")
    role_id: UUID = Field(foreign_key="role.id", primary_key=True, ondelete="CASCADE", index=True)
    expires_at: datetime | None = Field(default=None, sa_type=Timestamp)


class AuthSession(Table, table=True):
    """A signed-in device."""

    __tablename__ = "auth_session"

    user_id: UUID = Field(foreign_key="user_account.id", index=True, ondelete="CASCADE")
    remember: bool = False
    device_type: str = Field(default="", max_length=50)
    device_os: str = Field(default="", max_length=50, sa_column_kwargs=PERSONAL)
    device_browser: str = Field(default="", max_length=100, sa_column_kwargs=PERSONAL)
    address: str = Field(default="", max_length=50, sa_column_kwargs=PERSONAL)
    user_agent: str = Field(default="", max_length=512, sa_column_kwargs=PERSONAL)
    last_used_at: datetime = Field(sa_type=Timestamp)
    expires_at: datetime = Field(sa_type=Timestamp, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # Another one whenever what the device may do changes; kept by the triggers of `rights`.
    rights_version: int = Field(
        default=1, sa_type=BigInteger, sa_column_kwargs={"server_default": "1"}
    )


class RefreshToken(Table, table=True):
    """A refresh token, hashed. Used ones stay, so that a reuse is noticed."""

    __tablename__ = "refresh_token"

    auth_session_id: UUID = Field(foreign_key="auth_session.id", index=True, ondelete="CASCADE")
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class LoginFailures(SQLModel, table=True):
    """Failed sign-ins in a row, for a user's id or for a name that nobody has.

    Names that nobody has are counted and locked like the others, so that a lock doesn't
    tell which accounts exist.
    """

    __tablename__ = "login_failures"

    subject: str = Field(primary_key=True, max_length=300)
    count: int = 0
    lockout_end: datetime | None = Field(default=None, sa_type=Timestamp)
    changed_at: datetime = Field(sa_type=Timestamp, index=True)


class ConsentPurpose(StrEnum):
    """What a user can agree to."""

    AI_PROCESSING = "ai_processing"
    RECORDING = "recording"
    ATTENTION = "attention"
    MARKETING_EMAIL = "marketing_email"
    MARKETING_SMS = "marketing_sms"
    MARKETING_WHATSAPP = "marketing_whatsapp"


class Consent(Table, table=True):
    """One answer of a user; the newest version of a purpose counts, the others are history."""

    __table_args__ = (UniqueConstraint("user_id", "purpose", "version"),)

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False)
    )
    purpose: ConsentPurpose
    version: int
    granted: bool

"""Signed-in devices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, LargeBinary, String
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE, IMPERSONAL, Fate, owner
from app.core.tables import PERSONAL, Table, Timestamp


class AuthSession(Table, table=True):
    """A signed-in device, or an API token at work: then `scopes` says what it is limited to."""

    __tablename__ = "auth_session"

    user_id: UUID = Field(
        foreign_key="user_account.id", index=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    remember: bool = False
    device_type: str = Field(default="", max_length=50, sa_column_kwargs=PERSONAL)
    device_os: str = Field(default="", max_length=50, sa_column_kwargs=PERSONAL)
    device_browser: str = Field(default="", max_length=100, sa_column_kwargs=PERSONAL)
    address: str = Field(default="", max_length=50, sa_column_kwargs=PERSONAL)
    user_agent: str = Field(default="", max_length=512, sa_column_kwargs=PERSONAL)
    last_used_at: datetime = Field(sa_type=Timestamp)
    expires_at: datetime = Field(sa_type=Timestamp, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)
    scopes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(String), **IMPERSONAL))
    # Another one whenever what the device may do changes; kept by the triggers of `rights`.
    rights_version: int = Field(
        default=1, sa_type=BigInteger, sa_column_kwargs={"server_default": "1"}
    )


class RefreshToken(Table, table=True):
    """A refresh token, hashed. Used ones stay, so that a reuse is noticed."""

    __tablename__ = "refresh_token"

    auth_session_id: UUID = Field(
        foreign_key="auth_session.id", index=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class LoginFailures(SQLModel, table=True):
    """Failed sign-ins in a row, for a user's id or for a name that nobody has.

    Names that nobody has are counted and locked like the others, so that a lock doesn't
    tell which accounts exist.
    """

    __tablename__ = "login_failures"

    subject: str = Field(
        primary_key=True,
        max_length=300,
        sa_column_kwargs=owner(
            Fate.ERASE, names=("{id}", "login:{email}", "login:{username}"), exported=False
        ),
    )
    count: int = 0
    lockout_end: datetime | None = Field(default=None, sa_type=Timestamp)
    changed_at: datetime = Field(sa_type=Timestamp, index=True)

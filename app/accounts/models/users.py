"""Users."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import Field

from app.core.tables import PERSONAL, MutableTable, Timestamp


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

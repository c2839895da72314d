"""Users."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Computed, Index, event, inspect, text
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import Field

from app.accounts.models.profiles import EducationLevel, Preferences, Profile
from app.accounts.usernames import skeleton
from app.core.folding import folded_column, found_in
from app.core.personal import SECRET
from app.core.tables import PERSONAL, MutableTable, Timestamp


class AccountStatus(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"


_FULL_NAME = "first_name || ' ' || coalesce(last_name, '')"


class User(Profile, Preferences, MutableTable, table=True):
    """A person with one account."""

    __tablename__ = "user_account"
    __table_args__ = (
        Index("ix_user_account_place", "folded_name", "id"),
        found_in("user_account", "search"),
        found_in("user_account", "folded_institution"),
        # One account for each number.
        Index(
            "uq_user_account_phone", "phone", unique=True, postgresql_where=text("phone_verified")
        ),
        Index("ix_user_account_created_at_id", "created_at", "id"),
        Index("ix_user_account_active_at_id", "active_at", "id"),
        found_in("user_account", "admin_search"),
    )

    username: str = Field(sa_column=Column(CITEXT, nullable=False, unique=True, **PERSONAL))
    # The same for names that look alike; filled when a name is saved.
    username_skeleton: str = Field(default="", sa_column_kwargs={"unique": True, **PERSONAL})
    email: str = Field(sa_column=Column(CITEXT, nullable=False, unique=True, **PERSONAL))
    # None: who signs in by a provider, and never chose a password.
    password_hash: str | None = Field(default=None, sa_column_kwargs=SECRET)
    first_name: str = Field(max_length=128, sa_column_kwargs=PERSONAL)
    last_name: str | None = Field(default=None, max_length=128, sa_column_kwargs=PERSONAL)
    education_level: EducationLevel | None = Field(default=None, sa_column_kwargs=PERSONAL)
    institution: str | None = Field(default=None, max_length=255, sa_column_kwargs=PERSONAL)
    time_zone: str = Field(default="UTC", max_length=50, sa_column_kwargs=PERSONAL)
    language: str = Field(default="en", max_length=10, sa_column_kwargs=PERSONAL)
    status: AccountStatus = AccountStatus.ACTIVE
    email_verified: bool = False
    # As +41791234567 (E.164).
    phone: str | None = Field(default=None, max_length=20, sa_column_kwargs=PERSONAL)
    phone_verified: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    last_active_at: datetime | None = Field(default=None, sa_type=Timestamp)
    folded_name: str | None = Field(default=None, sa_column=folded_column(_FULL_NAME))
    search: str | None = Field(
        default=None,
        sa_column=folded_column(f"username::text || ' ' || {_FULL_NAME}"),
    )
    folded_institution: str | None = Field(
        default=None, sa_column=folded_column("coalesce(institution, '')")
    )

    # Nobody signs in with it before this time, because an administrator said so.
    locked_until: datetime | None = Field(default=None, sa_type=Timestamp)
    # What administrators sort and search by: kept by the database, and gone with its sources.
    active_at: datetime | None = Field(
        default=None,
        sa_column=Column(
            Timestamp,
            Computed("coalesce(last_active_at, created_at)", persisted=True),
            nullable=False,
        ),
    )
    admin_search: str | None = Field(
        default=None,
        sa_column=folded_column(f"{_FULL_NAME} || ' ' || username::text || ' ' || email::text"),
    )


@event.listens_for(User, "before_insert")
@event.listens_for(User, "before_update")
def _keep_skeleton(_: Any, __: Any, user: User) -> None:
    if inspect(user).attrs.username.history.has_changes():
        user.username_skeleton = skeleton(user.username)

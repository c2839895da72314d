"""Accounts that are to be erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.tables import Timestamp


class AccountDeletion(SQLModel, table=True):
    """A user's wish to be erased, until that is done.

    There is no foreign key: the row outlives the account by the few steps that are left then.
    """

    __tablename__ = "account_deletion"

    user_id: UUID = Field(primary_key=True)
    requested_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    erase_after: datetime = Field(sa_type=Timestamp, index=True)
    # Of the token that calls it off.
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    # From here on it can't be called off.
    started_at: datetime | None = Field(default=None, sa_type=Timestamp)

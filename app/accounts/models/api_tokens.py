"""API tokens."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, LargeBinary, func
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ERASE
from app.core.tables import PERSONAL, Timestamp


class ApiTokenKind(StrEnum):
    """Who holds an API token."""

    PERSONAL = "personal"
    PARTNER = "partner"


class ApiToken(SQLModel, table=True):
    """An API token, hashed. The session of the same key has its owner, scopes, life and use."""

    __tablename__ = "api_token"

    id: UUID = Field(
        foreign_key="auth_session.id", primary_key=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    created_at: datetime = Field(
        default_factory=now, sa_type=Timestamp, sa_column_kwargs={"server_default": func.now()}
    )
    name: str = Field(max_length=100, sa_column_kwargs=PERSONAL)
    kind: ApiTokenKind
    token_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))

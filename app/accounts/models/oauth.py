"""Accounts of other providers that sign in here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE, IMPERSONAL, Fate, owner
from app.core.tables import PERSONAL, SEALED, Table, Timestamp


class OAuthAccount(Table, table=True):
    """An account of a provider, by the key that the provider never gives to another.

    No token of the provider's is kept. The address is the one it told when it was linked.
    """

    __tablename__ = "oauth_account"
    __table_args__ = (
        UniqueConstraint("provider", "subject"),
        UniqueConstraint("user_id", "provider"),
    )

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", sa_column_kwargs=ERASE)
    provider: str = Field(max_length=50, sa_column_kwargs=PERSONAL)
    subject: str = Field(max_length=255, sa_column_kwargs=PERSONAL)
    email: str | None = Field(default=None, sa_column=Column(CITEXT, **PERSONAL))
    last_used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class OAuthFlow(SQLModel, table=True):
    """A sign-in at a provider that is under way. Whoever goes on with it deletes it.

    `secrets` has what proves to the provider, and by it, who began. It belongs to the session
    that began it, or to nobody's.
    """

    __tablename__ = "oauth_flow"

    flow_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    state_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    provider: str = Field(max_length=50, sa_column_kwargs=IMPERSONAL)
    redirect_uri: str = Field(sa_column_kwargs=IMPERSONAL)
    secrets: bytes = Field(sa_column=Column(LargeBinary, nullable=False, **SEALED))
    auth_session_id: UUID | None = Field(
        default=None,
        foreign_key="auth_session.id",
        index=True,
        ondelete="CASCADE",
        sa_column_kwargs=owner(Fate.ERASE, exported=False),
    )
    expires_at: datetime = Field(sa_type=Timestamp, index=True)

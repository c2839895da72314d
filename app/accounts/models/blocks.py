"""Who wants nothing to do with whom."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE, Fate, owner
from app.core.tables import Table


class UserBlock(Table, table=True):
    """One user has blocked another. It keeps them apart both ways."""

    __tablename__ = "user_block"
    __table_args__ = (
        UniqueConstraint("blocker_id", "blocked_id"),
        CheckConstraint("blocker_id <> blocked_id", name="another"),
    )

    blocker_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    blocked_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
            # Who blocks them, nobody is told.
            **owner(Fate.ERASE, exported=False),
        )
    )

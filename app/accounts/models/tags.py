"""Skills, interests and subjects of users. What they are called is said by reference data."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE
from app.core.tables import PERSONAL, MutableTable, Table


class TagSource(StrEnum):
    """Where a user's tag comes from."""

    MANUAL = "manual"
    AI = "ai"
    IMPORTED = "imported"


class UserTag(MutableTable, table=True):
    """A skill or an interest of a user."""

    __tablename__ = "user_tag"
    __table_args__ = (
        UniqueConstraint("user_id", "tag_id"),
        CheckConstraint("rating BETWEEN 1 AND 10", name="rating"),
        CheckConstraint("accepted IS NOT NULL OR source = 'AI'", name="accepted"),
    )

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    # A tag that somebody has can't be deleted.
    tag_id: UUID = Field(foreign_key="tag.id", index=True, sa_column_kwargs=PERSONAL)
    rating: int | None = Field(default=None, sa_column_kwargs=PERSONAL)
    value: str | None = Field(default=None, max_length=500, sa_column_kwargs=PERSONAL)
    source: TagSource = TagSource.MANUAL
    # None: suggested, and the user hasn't said anything yet.
    accepted: bool | None = None
    # How sure a model was that suggested it: 0 to 1.
    confidence: float | None = None


class UserSubject(Table, table=True):
    """A subject that a user studies."""

    __tablename__ = "user_subject"
    __table_args__ = (UniqueConstraint("user_id", "subject_id"),)

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    subject_id: UUID = Field(foreign_key="subject.id", index=True, sa_column_kwargs=PERSONAL)

"""Who studies with whom, and what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from app.buddies.models.context import Shared
from app.buddies.models.preferences import of_user
from app.core.personal import FOLLOW
from app.core.tables import MutableTable, Timestamp

_TOGETHER = text("ended_at IS NULL")


class BuddyAssignmentStatus(StrEnum):
    """Whether two buddies are at it."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Buddy(MutableTable, table=True):
    """Two people who study together, since the row was made. The first has the smaller key."""

    __table_args__ = (
        CheckConstraint("first_id < second_id", name="in_order"),
        Index(
            "uq_buddy_together", "first_id", "second_id", unique=True, postgresql_where=_TOGETHER
        ),
        Index("ix_buddy_first_id", "first_id", "created_at", "id"),
        Index("ix_buddy_second_id", "second_id", "created_at", "id"),
    )

    first_id: UUID = Field(sa_column=of_user())
    second_id: UUID = Field(sa_column=of_user())
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)

    def other(self, user_id: UUID) -> UUID:
        """The one of the two who isn't this one."""
        return self.second_id if user_id == self.first_id else self.first_id


class BuddySession(SQLModel, table=True):
    """A study session for two that two buddies had together."""

    __tablename__ = "buddy_session"

    buddy_id: UUID = Field(
        sa_column=Column(ForeignKey("buddy.id", ondelete="CASCADE"), primary_key=True, **FOLLOW)
    )
    # The session itself is forgotten earlier.
    session_id: UUID = Field(primary_key=True)
    ended_at: datetime = Field(sa_type=Timestamp)


class BuddyAssignment(Shared, MutableTable, table=True):
    """What two buddies study together."""

    __tablename__ = "buddy_assignment"
    __table_args__ = (
        CheckConstraint("(status = 'ENDED') = (ended_at IS NOT NULL)", name="has_its_end"),
        Index(
            "uq_buddy_assignment_open",
            "buddy_id",
            "context_kind",
            "context_id",
            unique=True,
            postgresql_where=text("status <> 'ENDED'"),
        ),
        Index("ix_buddy_assignment_buddy_id", "buddy_id", "created_at", "id"),
    )

    buddy_id: UUID = Field(
        sa_column=Column(ForeignKey("buddy.id", ondelete="CASCADE"), nullable=False, **FOLLOW)
    )
    section_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("course_section.id", ondelete="SET NULL"), index=True),
    )
    status: BuddyAssignmentStatus = BuddyAssignmentStatus.ACTIVE
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)

"""Who asks whom to study together, and why two people fit."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    func,
    text,
)
from sqlmodel import Field, col

from app.buddies.models.context import Shared
from app.buddies.models.preferences import of_user
from app.core.clock import now
from app.core.tables import PERSONAL, MutableTable, Timestamp


class BuddyRequestStatus(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class BuddyRequest(Shared, MutableTable, table=True):
    """Somebody asks somebody else. Two people have one open request at most."""

    __tablename__ = "buddy_request"
    __table_args__ = (
        CheckConstraint("requester_id <> requested_id", name="another"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        Index("ix_buddy_request_requester_id", "requester_id", "created_at", "id"),
        Index("ix_buddy_request_requested_id", "requested_id", "created_at", "id"),
        Index("ix_buddy_request_due", "expires_at", postgresql_where=text("status = 'PENDING'")),
    )

    requester_id: UUID = Field(sa_column=of_user())
    requested_id: UUID = Field(sa_column=of_user())
    section_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("course_section.id", ondelete="SET NULL"), index=True),
    )
    score: int
    reason: str = Field(sa_column_kwargs=PERSONAL)
    message: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    status: BuddyRequestStatus = BuddyRequestStatus.PENDING
    expires_at: datetime = Field(sa_type=Timestamp)
    responded_at: datetime | None = Field(default=None, sa_type=Timestamp)


_pair = (col(BuddyRequest.requester_id), col(BuddyRequest.requested_id))
Index(
    "uq_buddy_request_open",
    func.least(*_pair),
    func.greatest(*_pair),
    unique=True,
    postgresql_where=text("status = 'PENDING'"),
)


class MatchReason(Shared, table=True):
    """Why somebody fits somebody, as a model words it."""

    __tablename__ = "match_reason"
    __table_args__ = (
        PrimaryKeyConstraint("user_id", "other_id", "context_kind", "context_id"),
        Index("ix_match_reason_created_at", "created_at"),
    )

    user_id: UUID = Field(sa_column=of_user())
    other_id: UUID = Field(sa_column=of_user(index=True))
    # What was worded: the sentence that is made by rule.
    plain: str = Field(sa_column_kwargs=PERSONAL)
    # None: not yet, or the model found no words.
    worded: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    created_at: datetime = Field(
        default_factory=now, sa_type=Timestamp, sa_column_kwargs={"server_default": func.now()}
    )

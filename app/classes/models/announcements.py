"""What a class is told, and who has read it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from app.core.clock import now
from app.core.personal import ANONYMISE, ERASE, IMPERSONAL
from app.core.tables import MutableTable, Timestamp


class Announcement(MutableTable, table=True):
    """Something that those who teach a class tell its members, now or at a time."""

    __table_args__ = (
        Index("ix_announcement_class_id_scheduled_at_id", "class_id", "scheduled_at", "id"),
        Index("ix_announcement_waiting", "scheduled_at", postgresql_where=text("sent_at IS NULL")),
    )

    class_id: UUID = Field(
        sa_column=Column(ForeignKey("class.id", ondelete="CASCADE"), nullable=False)
    )
    # Its class still needs what somebody has written whose account is gone.
    author_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **ANONYMISE
        ),
    )
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    content: str = Field(sa_column_kwargs=IMPERSONAL)
    # When it is to be sent; of one that was sent at once, when that was.
    scheduled_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    sent_at: datetime | None = Field(default=None, sa_type=Timestamp)


class AnnouncementRead(SQLModel, table=True):
    """That somebody has read an announcement."""

    __tablename__ = "announcement_read"

    announcement_id: UUID = Field(
        foreign_key="announcement.id", primary_key=True, ondelete="CASCADE"
    )
    user_id: UUID = Field(
        foreign_key="user_account.id",
        primary_key=True,
        ondelete="CASCADE",
        index=True,
        sa_column_kwargs=ERASE,
    )
    read_at: datetime = Field(default_factory=now, sa_type=Timestamp)

"""Certificates of completed courses."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.clock import now
from app.core.personal import ERASE, FILE, IMPERSONAL
from app.core.tables import PERSONAL, Table, Timestamp


class Certificate(Table, table=True):
    """That somebody completed a course: one for each course, with names as they were then."""

    __table_args__ = (UniqueConstraint("holder_id", "course_id"),)

    # Nobody can guess it; whoever has it may look the certificate up.
    code: str = Field(max_length=20, unique=True, sa_column_kwargs=PERSONAL)
    holder_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    course_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("course.id", ondelete="SET NULL"), index=True)
    )
    holder_name: str = Field(max_length=257, sa_column_kwargs=PERSONAL)
    course_title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    issued_at: datetime = Field(default_factory=now, sa_type=Timestamp)
    # The PDF, once it is drawn.
    object_name: str | None = Field(default=None, sa_column_kwargs=FILE)

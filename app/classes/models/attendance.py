"""Who came to which meeting."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import FOLLOW, UNNAME
from app.core.tables import PERSONAL, MutableTable, Timestamp


class AttendanceStatus(StrEnum):
    """Whether somebody came to a meeting."""

    PRESENT = "present"
    LATE = "late"
    ABSENT = "absent"

    @property
    def takes_credit(self) -> bool:
        """Whether the meeting is paid with a credit."""
        return self is not AttendanceStatus.ABSENT


def _by() -> Any:
    return Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )


class Attendance(MutableTable, table=True):
    """Whether somebody came to a meeting of their class: one row for each meeting."""

    __table_args__ = (
        UniqueConstraint("enrollment_id", "meeting_number"),
        CheckConstraint("meeting_number > 0", name="counts_from_one"),
        CheckConstraint("credit_taken = (status <> 'ABSENT')", name="takes_its_credit"),
        CheckConstraint("edited_by_id IS NULL OR edited_at IS NOT NULL", name="edited_once"),
    )

    enrollment_id: UUID = Field(
        sa_column=Column(ForeignKey("enrollment.id", ondelete="CASCADE"), nullable=False, **FOLLOW)
    )
    # From 1 to the meetings of the class's package.
    meeting_number: int
    meeting_date: date
    status: AttendanceStatus
    credit_taken: bool
    notes: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    marked_by_id: UUID | None = _by()
    edited_by_id: UUID | None = _by()
    edited_at: datetime | None = Field(default=None, sa_type=Timestamp)

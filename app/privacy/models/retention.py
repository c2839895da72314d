"""How long data is kept, and what is kept longer because the law asks for it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlmodel import Field

from app.core.personal import UNNAME, Fate, owner
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


class RetainedData(StrEnum):
    """What a policy is about."""

    TRANSCRIPTS = "transcripts"
    SESSION_DATA = "session_data"
    SIGN_INS = "sign_ins"
    FAILED_JOBS = "failed_jobs"
    PROGRAM_RUNS = "program_runs"


def _user(fate: dict[str, Any], on_delete: str) -> Any:
    reference = ForeignKey("user_account.id", ondelete=on_delete)
    return Field(default=None, sa_column=Column(reference, index=True, **fate))


class RetentionPolicy(MutableTable, table=True):
    """For how many days one kind of data is kept."""

    __tablename__ = "retention_policy"
    __table_args__ = (CheckConstraint("days BETWEEN 1 AND 3650", name="days"),)

    data_type: RetainedData = Field(unique=True)
    days: int
    saved_by_id: UUID | None = _user(UNNAME, "SET NULL")


class RetentionHold(Table, table=True):
    """What a policy doesn't touch until a time: the data of a user, or of a study session."""

    __tablename__ = "retention_hold"
    __table_args__ = (CheckConstraint("num_nonnulls(user_id, session_id) = 1", name="one_subject"),)

    policy_id: UUID = Field(
        sa_column=Column(
            ForeignKey("retention_policy.id", ondelete="CASCADE"), nullable=False, index=True
        )
    )
    # They aren't told of it.
    user_id: UUID | None = _user(owner(Fate.ERASE, exported=False), "CASCADE")
    session_id: UUID | None = Field(
        default=None,
        sa_column=Column(
            ForeignKey("study_session.id", ondelete="CASCADE"),
            index=True,
            **owner(Fate.FOLLOW, exported=False),
        ),
    )
    reason: str = Field(max_length=500, sa_column_kwargs=PERSONAL)
    until: datetime = Field(sa_type=Timestamp)
    placed_by_id: UUID | None = _user(UNNAME, "SET NULL")

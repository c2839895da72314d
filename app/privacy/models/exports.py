"""Archives of what is known about somebody."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, text
from sqlmodel import Field

from app.core.personal import ERASE, HIDDEN_FILE
from app.core.tables import Table, Timestamp


class ExportStatus(StrEnum):
    """How far an archive is."""

    PENDING = "pending"
    READY = "ready"
    EXPIRED = "expired"
    FAILED = "failed"


class DataExport(Table, table=True):
    """An archive that somebody asked for. Nobody waits for two at a time."""

    __tablename__ = "data_export"
    __table_args__ = (
        Index(
            "uq_data_export_pending",
            "user_id",
            unique=True,
            postgresql_where=text("status = 'PENDING'"),
        ),
        Index("ix_data_export_user_id_id", "user_id", "id"),
    )

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    status: ExportStatus = Field(default=ExportStatus.PENDING, index=True)
    object_name: str | None = Field(default=None, sa_column_kwargs=HIDDEN_FILE)
    # In bytes.
    size: int | None = Field(default=None, sa_type=BigInteger)
    ready_at: datetime | None = Field(default=None, sa_type=Timestamp)
    expires_at: datetime | None = Field(default=None, sa_type=Timestamp)

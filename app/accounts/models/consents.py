"""What users agree to."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE
from app.core.tables import Table


class ConsentPurpose(StrEnum):
    """What a user can agree to."""

    AI_PROCESSING = "ai_processing"
    RECORDING = "recording"
    ATTENTION = "attention"
    MARKETING_EMAIL = "marketing_email"
    MARKETING_SMS = "marketing_sms"
    MARKETING_WHATSAPP = "marketing_whatsapp"


class Consent(Table, table=True):
    """One answer of a user; the newest version of a purpose counts, the others are history."""

    __table_args__ = (UniqueConstraint("user_id", "purpose", "version"),)

    user_id: UUID = Field(
        sa_column=Column(ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, **ERASE)
    )
    purpose: ConsentPurpose
    version: int
    granted: bool

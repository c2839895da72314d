"""Who is in a class, and the ledger of the credits with which they attend its meetings."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Numeric, UniqueConstraint
from sqlmodel import Field

from app.core.personal import ERASE, FOLLOW, UNNAME
from app.core.tables import PERSONAL, MutableTable, Table, Timestamp


class EnrollmentStatus(StrEnum):
    """Where somebody's way through a class is."""

    ACTIVE = "active"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"


class EnrollmentPaymentStatus(StrEnum):
    """Whether what a class costs was paid."""

    PENDING = "pending"
    VERIFIED = "verified"
    REFUNDED = "refunded"


class CreditKind(StrEnum):
    """Why credits came or went."""

    PACKAGE = "package"
    ATTENDANCE = "attendance"
    ADJUSTMENT = "adjustment"


class AdjustmentReason(StrEnum):
    """Why somebody adjusted credits."""

    MAKEUP_CLASS = "makeup_class"
    REFUND = "refund"
    ERROR_CORRECTION = "error_correction"
    BONUS = "bonus"
    OTHER = "other"


class Enrollment(MutableTable, table=True):
    """Somebody in a class. Each person has one for a class, whatever became of it."""

    __table_args__ = (
        UniqueConstraint("class_id", "student_id"),
        CheckConstraint("credits >= 0", name="credits_are_there"),
        CheckConstraint(
            "(price_amount IS NULL) = (price_currency IS NULL)", name="a_whole_price_or_none"
        ),
    )

    class_id: UUID = Field(
        sa_column=Column(ForeignKey("class.id", ondelete="CASCADE"), nullable=False)
    )
    student_id: UUID = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False, index=True, **ERASE
        )
    )
    status: EnrollmentStatus = EnrollmentStatus.ACTIVE
    # The balance: always the sum of the ledger's entries.
    credits: int = 0
    completed_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # What the class cost when they came; None if nothing.
    price_amount: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    price_currency: str | None = Field(
        default=None, sa_column=Column(ForeignKey("currency.code"), index=True)
    )
    payment_status: EnrollmentPaymentStatus | None = None


class CreditEntry(Table, table=True):
    """A line of an enrollment's ledger. None is ever changed."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "number"),
        CheckConstraint("after = before + amount AND after >= 0", name="adds_up"),
        CheckConstraint("(kind = 'ADJUSTMENT') = (reason IS NOT NULL)", name="has_its_reason"),
    )

    enrollment_id: UUID = Field(
        sa_column=Column(ForeignKey("enrollment.id", ondelete="CASCADE"), nullable=False, **FOLLOW)
    )
    # From 1 on, without gaps.
    number: int
    kind: CreditKind
    amount: int
    before: int
    after: int
    reason: AdjustmentReason | None = None
    detail: str | None = Field(default=None, sa_column_kwargs=PERSONAL)
    made_by_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )

"""What can be paid for. The rooms above say what theirs costs; amounts come from here alone."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Numeric, UniqueConstraint
from sqlmodel import Field

from app.core.tables import MutableTable, Timestamp
from app.payments.kinds import PayableKind


class Payable(MutableTable, table=True):
    """Something with a price: the class, lecture or plan of the key `subject_id`."""

    __table_args__ = (
        UniqueConstraint("subject_id", "kind"),
        CheckConstraint("amount > 0", name="costs_something"),
    )

    kind: PayableKind
    subject_id: UUID
    title: str = Field(max_length=255)
    # With as many digits after the point as the currency has.
    amount: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    currency: str = Field(sa_column=Column(ForeignKey("currency.code"), nullable=False, index=True))
    # Whether it is still for sale, and until when; None for no end.
    open: bool = True
    closes_at: datetime | None = Field(default=None, sa_type=Timestamp)

"""The tables of payments."""

from app.payments.models.payables import Payable, PayableKind

__all__ = ["Payable", "PayableKind"]

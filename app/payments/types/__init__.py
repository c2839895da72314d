"""What the schema shows of payments."""

from app.payments.types.payments import Payment

__all__ = ["Payment"]

"""What may go wrong with classes."""

from app.core.errors import DomainError


class TooFewCredits(DomainError):
    """A balance never goes below zero."""

    code = "TOO_FEW_CREDITS"
    message = "There aren't that many credits left."

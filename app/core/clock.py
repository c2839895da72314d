"""The time, in one place, so that every timestamp is aware and in UTC."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)

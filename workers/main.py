"""What a worker process loads: the broker and every actor."""

from app import models
from workers import accounts, coding, handling, notifying, posting, privacy, sessions
from workers.broker import broker

__all__ = [
    "accounts",
    "broker",
    "coding",
    "handling",
    "models",
    "notifying",
    "posting",
    "privacy",
    "sessions",
]

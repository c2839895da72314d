"""What a worker process loads: the broker and every actor."""

from app import models
from workers import (
    accounts,
    classes,
    coding,
    handling,
    lectures,
    notifying,
    payments,
    posting,
    premium,
    privacy,
    sessions,
)
from workers.broker import broker

__all__ = [
    "accounts",
    "broker",
    "classes",
    "coding",
    "handling",
    "lectures",
    "models",
    "notifying",
    "payments",
    "posting",
    "premium",
    "privacy",
    "sessions",
]

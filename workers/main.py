"""What a worker process loads: the broker and every actor."""

from app import models
from workers import (
    accounts,
    coding,
    courses,
    followers,
    handling,
    payments,
    posting,
    privacy,
    reasoning,
    sessions,
)
from workers.broker import broker

__all__ = [
    "accounts",
    "broker",
    "coding",
    "courses",
    "followers",
    "handling",
    "models",
    "payments",
    "posting",
    "privacy",
    "reasoning",
    "sessions",
]

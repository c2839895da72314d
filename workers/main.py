"""What a worker process loads: the broker and every actor."""

from app import models
from workers import (
    accounts,
    certifying,
    classes,
    coding,
    courses,
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
    "certifying",
    "classes",
    "coding",
    "courses",
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

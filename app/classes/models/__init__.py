"""The tables of classes."""

from app.classes.models.classes import Class, ClassStatus, ClassType, Weekday
from app.classes.models.enrollments import (
    AdjustmentReason,
    CreditEntry,
    CreditKind,
    Enrollment,
    EnrollmentPaymentStatus,
    EnrollmentStatus,
)

__all__ = [
    "AdjustmentReason",
    "Class",
    "ClassStatus",
    "ClassType",
    "CreditEntry",
    "CreditKind",
    "Enrollment",
    "EnrollmentPaymentStatus",
    "EnrollmentStatus",
    "Weekday",
]

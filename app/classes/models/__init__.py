"""The tables of classes."""

from app.classes.models.announcements import Announcement, AnnouncementRead
from app.classes.models.attendance import Attendance, AttendanceStatus
from app.classes.models.classes import Class, ClassStatus, ClassType, Weekday
from app.classes.models.enrollments import (
    AdjustmentReason,
    CreditEntry,
    CreditKind,
    Enrollment,
    EnrollmentPaymentStatus,
    EnrollmentStatus,
)
from app.classes.models.lectures import (
    Lecture,
    LectureEnrollment,
    LectureEnrollmentStatus,
    LectureStatus,
)

__all__ = [
    "AdjustmentReason",
    "Announcement",
    "AnnouncementRead",
    "Attendance",
    "AttendanceStatus",
    "Class",
    "ClassStatus",
    "ClassType",
    "CreditEntry",
    "CreditKind",
    "Enrollment",
    "EnrollmentPaymentStatus",
    "EnrollmentStatus",
    "Lecture",
    "LectureEnrollment",
    "LectureEnrollmentStatus",
    "LectureStatus",
    "Weekday",
]

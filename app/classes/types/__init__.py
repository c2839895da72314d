"""What the schema shows of classes."""

from app.classes.types.classes import Class, ClassId, LessonUnlock
from app.classes.types.enrollments import Enrollment, EnrollmentId

__all__ = ["Class", "ClassId", "Enrollment", "EnrollmentId", "LessonUnlock"]

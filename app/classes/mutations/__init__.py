"""Root mutations of classes."""

import strawberry

from app.classes.mutations.announcements import AnnouncementMutation
from app.classes.mutations.attendance import AttendanceMutation
from app.classes.mutations.classes import ClassMutation
from app.classes.mutations.enrollments import EnrollmentMutation


@strawberry.type
class ClassesMutation(ClassMutation, EnrollmentMutation, AttendanceMutation, AnnouncementMutation):
    """Run classes, say who is in them, keep their books, and tell their members."""

"""Root mutations of classes."""

import strawberry

from app.classes.mutations.announcements import AnnouncementMutation
from app.classes.mutations.attendance import AttendanceMutation
from app.classes.mutations.classes import ClassMutation
from app.classes.mutations.enrollments import EnrollmentMutation
from app.classes.mutations.lectures import LecturesMutation


@strawberry.type
class ClassesMutation(
    ClassMutation, EnrollmentMutation, AttendanceMutation, AnnouncementMutation, LecturesMutation
):
    """Run classes, say who is in them, keep their books, tell their members, and give lectures."""

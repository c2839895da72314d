"""Root queries of classes."""

import strawberry

from app.classes.queries.announcements import AnnouncementsQuery
from app.classes.queries.attendance import AttendanceQuery
from app.classes.queries.classes import ClassQuery
from app.classes.queries.lectures import LecturesQuery


@strawberry.type
class ClassesQuery(ClassQuery, AttendanceQuery, AnnouncementsQuery, LecturesQuery):
    """Look for classes and lectures, and read them."""

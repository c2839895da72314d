"""Root queries of classes."""

import strawberry

from app.classes.queries.announcements import AnnouncementsQuery
from app.classes.queries.attendance import AttendanceQuery
from app.classes.queries.classes import ClassQuery


@strawberry.type
class ClassesQuery(ClassQuery, AttendanceQuery, AnnouncementsQuery):
    """Look for classes and read them."""

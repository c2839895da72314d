"""Root queries of courses."""

import strawberry

from app.courses.queries.courses import CourseQuery
from app.courses.queries.practice import PracticeQuery
from app.courses.queries.submissions import SubmissionQuery


@strawberry.type
class CoursesQuery(CourseQuery, SubmissionQuery, PracticeQuery):
    """Look for courses, read them, and look back on work."""

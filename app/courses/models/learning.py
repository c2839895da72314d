"""Every learner with every course, section and lesson, whether or not they have begun.

No tables: the rows are there where a statement asks for somebody and something. How far the
learner is, is computed for those alone.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import and_, true
from sqlalchemy.orm import registry
from sqlmodel import col, select

from app.accounts.models import User
from app.courses.models.courses import Course, Lesson, LessonStatus, Section
from app.courses.models.progress import CourseProgress, LessonProgress


class CourseLearning:
    """Somebody and a course."""

    id: UUID
    user_id: UUID
    completed_at: datetime | None


class SectionLearning:
    """Somebody and a section."""

    # What cursors are read by.
    model_fields: ClassVar[Any] = Section.model_fields

    id: UUID
    user_id: UUID
    course_id: UUID
    position: int


class LessonLearning:
    """Somebody and a published lesson."""

    model_fields: ClassVar[Any] = Lesson.model_fields

    id: UUID
    user_id: UUID
    section_id: UUID
    position: int
    completed_at: datetime | None


def _map(kind: type[Any], rows: Any) -> None:
    pairs = rows.subquery()
    registry().map_imperatively(kind, pairs, primary_key=[pairs.c.user_id, pairs.c.id])


_user_id: Any = col(User.id).label("user_id")
_completed_at: Any = col(LessonProgress.created_at).label("completed_at")
_map(
    CourseLearning,
    select(_user_id, Course.id, col(CourseProgress.created_at).label("completed_at"))
    .join_from(User, Course, true())
    .join(
        CourseProgress,
        and_(col(CourseProgress.user_id) == User.id, col(CourseProgress.course_id) == Course.id),
        isouter=True,
    ),
)
_map(
    SectionLearning,
    select(_user_id, Section.id, Section.course_id, Section.position).join_from(
        User, Section, true()
    ),
)
_map(
    LessonLearning,
    select(_user_id, Lesson.id, Lesson.section_id, Lesson.position)
    .add_columns(_completed_at)
    .join_from(User, Lesson, true())
    .join(
        LessonProgress,
        and_(col(LessonProgress.user_id) == User.id, col(LessonProgress.lesson_id) == Lesson.id),
        isouter=True,
    )
    .where(col(Lesson.status) == LessonStatus.PUBLISHED),
)

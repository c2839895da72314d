"""SQL of how well learners do."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, cast, func, union_all
from sqlmodel import col, select

from app.core.db import ReadSession
from app.courses.models import (
    AssignmentSubmission,
    CodingSubmission,
    Exercise,
    Lesson,
    QuizAttempt,
    Section,
)


def _best(table: Any, who: Any, got: Any, of: Any, user_id: UUID) -> Any:
    """The best share of the points that a learner had in each exercise, in percent."""
    share = func.max(cast(got, Integer) * 100 / of)
    return (
        select(table.exercise_id.label("exercise_id"), share.label("percent"))
        .where(who == user_id, got.is_not(None), of > 0)
        .group_by(table.exercise_id)
    )


async def percents(session: ReadSession, user_id: UUID, course_id: UUID) -> Mapping[UUID, int]:
    """The percent reached in lessons of a course, 0 to 100: that of the weakest exercise that was
    scored. Lessons without one aren't there.
    """
    quiz, coding, work = QuizAttempt, CodingSubmission, AssignmentSubmission
    tried = _best(quiz, col(quiz.user_id), col(quiz.points), col(quiz.max_points), user_id)
    scored = union_all(
        tried.where(col(quiz.submitted_at).is_not(None)),
        _best(coding, col(coding.user_id), col(coding.score), col(coding.max_score), user_id),
        _best(work, col(work.student_id), col(work.grade), col(work.max_grade), user_id),
    ).subquery()
    rows = await session.rows(
        select(Exercise.lesson_id, func.min(scored.c.percent))
        .join(scored, scored.c.exercise_id == Exercise.id)
        .join(Lesson, col(Lesson.id) == Exercise.lesson_id)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.course_id == course_id)
        .group_by(col(Exercise.lesson_id))
    )
    return {row[0]: row[1] for row in rows}

"""SQL of what XP is paid for: facts of the rooms below that events don't carry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, or_
from sqlmodel import col, select

from app.core.db import ReadSession
from app.core.outbox import StreamEvent
from app.courses.models import (
    AssignmentSubmission,
    Course,
    Exercise,
    ExerciseKind,
    Lesson,
    LessonProgress,
    LessonStatus,
    Section,
    SubmissionStatus,
)
from app.sessions.models import Participant, ParticipantStatus, SessionStatus, StudySession


async def happened_at(session: ReadSession, stream: str, sequence: int) -> datetime | None:
    """When an event was published; None if it is kept no longer."""
    return await session.first(
        select(StreamEvent.created_at).where(
            StreamEvent.stream == stream, StreamEvent.sequence == sequence
        )
    )


async def exercise_kind(session: ReadSession, key: UUID) -> ExerciseKind | None:
    """What an exercise is; None if it is gone."""
    exercise = await session.get(Exercise, key)
    return None if exercise is None else exercise.kind


async def is_learner(session: ReadSession, user_id: UUID, course_id: UUID) -> bool:
    """Whether a user learns from a course, and doesn't teach it."""
    found = select(Course.id).where(
        Course.id == course_id,
        or_(
            col(Course.learner_id) == user_id,
            col(Course.instructor_id).is_distinct_from(user_id),
        ),
    )
    return await session.first(found) is not None


async def is_passed(session: ReadSession, submission_id: UUID) -> bool:
    """Whether there is a grade above zero for what was handed in."""
    found = select(AssignmentSubmission.id).where(
        AssignmentSubmission.id == submission_id,
        AssignmentSubmission.status == SubmissionStatus.GRADED,
        col(AssignmentSubmission.grade) > 0,
    )
    return await session.first(found) is not None


async def finished_section(session: ReadSession, user_id: UUID, lesson_id: UUID) -> UUID | None:
    """The section of a lesson, if the user is done with every published lesson of it."""
    section_id = await session.first(select(Lesson.section_id).where(Lesson.id == lesson_id))
    if section_id is None:
        return None
    done = exists(
        select(LessonProgress.id)
        .where(LessonProgress.user_id == user_id, LessonProgress.lesson_id == Lesson.id)
        .correlate(Lesson)
    )
    whole = await session.value(
        select(func.coalesce(func.bool_and(done), False))
        .select_from(Lesson)
        .join(Section, col(Section.id) == Lesson.section_id)
        .where(Section.id == section_id, Lesson.status == LessonStatus.PUBLISHED)
    )
    return section_id if whole else None


async def attendance(
    session: ReadSession, session_id: UUID
) -> tuple[datetime, Sequence[tuple[UUID, int]]] | None:
    """When a study session ended, and who was in its call for how many seconds.

    None if it hasn't ended.
    """
    studied = await session.get(StudySession, session_id)
    if studied is None or studied.status is not SessionStatus.ENDED or studied.ended_at is None:
        return None
    rows = await session.rows(
        select(Participant.user_id, Participant.attended_seconds)
        .where(
            Participant.session_id == session_id,
            Participant.status == ParticipantStatus.ATTENDED,
        )
        .order_by(col(Participant.user_id))
    )
    return studied.ended_at, [(row[0], row[1]) for row in rows]

"""SQL of quizzes and of tries at them. The learner is held meanwhile (`progress.hold_learner`)."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from app.core.db import ReadSession
from app.courses.models import QuizAttempt, QuizOption, QuizQuestion


async def questions(session: ReadSession, exercise_id: UUID) -> Sequence[QuizQuestion]:
    """What a quiz asks, in its order."""
    return await session.all(
        select(QuizQuestion)
        .where(QuizQuestion.exercise_id == exercise_id)
        .order_by(col(QuizQuestion.position))
    )


async def options(session: ReadSession, exercise_id: UUID) -> Sequence[QuizOption]:
    """The options of all questions of a quiz."""
    return await session.all(
        select(QuizOption)
        .join(QuizQuestion, col(QuizQuestion.id) == QuizOption.question_id)
        .where(QuizQuestion.exercise_id == exercise_id)
    )


async def last_attempt(
    session: ReadSession, user_id: UUID, exercise_id: UUID
) -> QuizAttempt | None:
    """A learner's newest try: its number says how many there are."""
    return await session.first(
        select(QuizAttempt)
        .where(QuizAttempt.user_id == user_id, QuizAttempt.exercise_id == exercise_id)
        .order_by(col(QuizAttempt.number).desc())
        .limit(1)
    )


async def has_passed(session: ReadSession, user_id: UUID, exercise_id: UUID) -> bool:
    """Whether any of a learner's tries was enough."""
    passed = select(QuizAttempt.id).where(
        QuizAttempt.user_id == user_id,
        QuizAttempt.exercise_id == exercise_id,
        col(QuizAttempt.passed),
    )
    return await session.first(passed.limit(1)) is not None

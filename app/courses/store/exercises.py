"""SQL of what is in exercises."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from app.core.db import WriteSession
from app.courses.models import CodingTest, QuizQuestion


async def empty(session: WriteSession, exercise_id: UUID) -> None:
    """An exercise without questions and tests, until it gets new ones."""
    for table in (QuizQuestion, CodingTest):
        await session.execute(delete(table).where(col(table.exercise_id) == exercise_id))

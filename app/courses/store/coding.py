"""SQL of programs that learners run and hand in."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.core.viewer import Viewer
from app.courses import policy
from app.courses.coding_states import WAITING
from app.courses.models import CodingSubmission, CodingTest, Exercise


async def visible_exercise(session: WriteSession, viewer: Viewer, key: UUID) -> Exercise | None:
    """An exercise that is open to the viewer; it isn't deleted before the transaction ends."""
    return await session.first(
        select(Exercise)
        .where(Exercise.id == key, policy.visible_exercise(viewer))
        .with_for_update(read=True, key_share=True, of=Exercise)
    )


async def hold_programs(session: WriteSession, user_id: UUID) -> None:
    """Let one program of a user's after the other come in: they are counted and numbered."""
    name = func.hashtextextended(f"programs of {user_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(name)))


async def waiting(session: ReadSession, user_id: UUID) -> int:
    """How many of a user's programs wait or run."""
    return await session.value(
        select(func.count()).where(
            CodingSubmission.user_id == user_id, col(CodingSubmission.status).in_(WAITING)
        )
    )


async def last_attempt(session: ReadSession, user_id: UUID, exercise_id: UUID) -> int:
    """The number of a user's newest submission; 0 before the first."""
    last = select(func.max(CodingSubmission.attempt)).where(
        CodingSubmission.user_id == user_id, CodingSubmission.exercise_id == exercise_id
    )
    return await session.first(last) or 0


async def hold(session: WriteSession, key: UUID) -> CodingSubmission | None:
    """A program, held until the end of the transaction."""
    return await session.first(
        select(CodingSubmission).where(CodingSubmission.id == key).with_for_update()
    )


async def has_ended(session: ReadSession, key: UUID) -> bool:
    """Whether nothing more comes of a program; also of one that is gone."""
    return not await session.value(
        select(
            exists().where(
                col(CodingSubmission.id) == key, col(CodingSubmission.status).in_(WAITING)
            )
        )
    )


async def tests(
    session: ReadSession, exercise_id: UUID, *, hidden_too: bool
) -> Sequence[CodingTest]:
    """What an exercise's programs are tried with: the open ones first, each in their order."""
    statement = select(CodingTest).where(CodingTest.exercise_id == exercise_id)
    if not hidden_too:
        statement = statement.where(~col(CodingTest.hidden))
    return await session.all(statement.order_by(col(CodingTest.hidden), col(CodingTest.position)))


async def hold_tests(session: WriteSession, keys: Sequence[UUID]) -> set[UUID]:
    """Those of some tests that there still are; they stay until the transaction ends."""
    found = await session.all(
        select(CodingTest.id)
        .where(col(CodingTest.id).in_(keys))
        .with_for_update(read=True, key_share=True)
    )
    return set(found)


async def left_waiting(session: ReadSession, before: datetime, limit: int) -> list[UUID]:
    """Programs that were handed in before a time and haven't ended."""
    return await session.all(
        select(CodingSubmission.id)
        .where(col(CodingSubmission.status).in_(WAITING), CodingSubmission.created_at < before)
        .order_by(col(CodingSubmission.id))
        .limit(limit)
    )

"""All SQL of AI."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.ai.models import AiPurpose, AiUsage
from app.core.db import WriteSession


async def lock_quota(session: WriteSession, user_id: UUID) -> None:
    """Hold a user's quota until the end of the transaction."""
    key = func.hashtextextended(f"ai-quota:{user_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def requests_on(session: WriteSession, user_id: UUID, day: date) -> int:
    """A user's requests of a day, for whatever purpose."""
    return await session.value(
        select(func.coalesce(func.sum(AiUsage.requests), 0)).where(
            AiUsage.user_id == user_id, AiUsage.day == day
        )
    )


async def count_request(
    session: WriteSession, user_id: UUID, day: date, purpose: AiPurpose
) -> None:
    """One request more."""
    statement = insert(AiUsage).values(
        user_id=user_id, day=day, purpose=purpose, requests=1, tokens=0
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "day", "purpose"],
            set_={"requests": AiUsage.requests + 1},
        )
    )


async def count_tokens(
    session: WriteSession, user_id: UUID, day: date, purpose: AiPurpose, tokens: int
) -> None:
    """More tokens."""
    await session.execute(
        update(AiUsage)
        .where(
            col(AiUsage.user_id) == user_id,
            col(AiUsage.day) == day,
            col(AiUsage.purpose) == purpose,
        )
        .values(tokens=AiUsage.tokens + tokens)
    )

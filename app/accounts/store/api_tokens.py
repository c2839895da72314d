"""SQL of API tokens."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, update
from sqlmodel import col, select

from app.accounts import policy
from app.accounts.models import ApiToken, AuthSession
from app.core.db import ReadSession, WriteSession

_PRECISION = timedelta(minutes=1)


def _unnoted() -> Any:
    """Sessions whose use wasn't noted for a minute, or never."""
    last = col(AuthSession.last_used_at)
    return or_(last == col(AuthSession.created_at), last < func.now() - _PRECISION)


async def by_hash(session: ReadSession, token_hash: bytes) -> tuple[UUID, UUID, bool] | None:
    """Session and owner of a live token, and whether its use is to be noted."""
    rows = await session.rows(
        select(AuthSession.id, AuthSession.user_id, _unnoted())
        .join(ApiToken, col(ApiToken.id) == col(AuthSession.id))
        .where(ApiToken.token_hash == token_hash, policy.live_session(), policy.is_api())
    )
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


async def note_use(session: WriteSession, key: UUID) -> None:
    """A token is used now; at most once a minute, whoever notes it."""
    await session.execute(
        update(AuthSession)
        .where(col(AuthSession.id) == key, _unnoted())
        .values(last_used_at=func.now())
    )


async def count(session: ReadSession, user_id: UUID) -> int:
    """How many live tokens somebody has."""
    return await session.value(
        select(func.count())
        .select_from(AuthSession)
        .where(AuthSession.user_id == user_id, policy.live_session(), policy.is_api())
    )

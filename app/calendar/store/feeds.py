"""Statements about secret feeds."""

from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.calendar.models import CalendarFeed
from app.core.db import ReadSession, WriteSession


async def put(session: WriteSession, user_id: UUID, token_hash: bytes, moment: datetime) -> None:
    """Give somebody a feed, instead of the one that they had."""
    values = {"token_hash": token_hash, "digest": "", "changed_at": moment}
    await session.execute(
        insert(CalendarFeed)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


async def by_token(session: ReadSession, token_hash: bytes) -> CalendarFeed | None:
    """The feed of a token."""
    found = await session.first(select(CalendarFeed).where(CalendarFeed.token_hash == token_hash))
    if found is None or not compare_digest(found.token_hash, token_hash):
        return None
    return found


async def note(
    session: WriteSession, token_hash: bytes, digest: str, moment: datetime
) -> datetime | None:
    """Since when a feed reads as it does now; None if it was reset meanwhile."""
    await session.execute(
        update(CalendarFeed)
        .where(col(CalendarFeed.token_hash) == token_hash, col(CalendarFeed.digest) != digest)
        .values(digest=digest, changed_at=moment)
    )
    return await session.first(
        select(CalendarFeed.changed_at).where(CalendarFeed.token_hash == token_hash)
    )

"""How attentive people were."""

from collections.abc import Iterable

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from app.core.db import WriteSession
from app.sessions.models import AttentionBatch, AttentionMinute


async def add_batch(session: WriteSession, batch: AttentionBatch) -> bool:
    """Note that a batch is counted; False if it is already."""
    return bool(
        await session.changed(
            insert(AttentionBatch).values(batch.model_dump()).on_conflict_do_nothing()
        )
    )


async def count(session: WriteSession, minutes: Iterable[AttentionMinute]) -> None:
    """Add to what is counted of somebody's minutes."""
    for minute in minutes:
        given = insert(AttentionMinute).values(minute.model_dump())
        await session.execute(
            given.on_conflict_do_update(
                index_elements=["session_id", "user_id", "minute"],
                set_={
                    name: col(getattr(AttentionMinute, name)) + given.excluded[name]
                    for name in ("samples", "focused", "distractions")
                },
            )
        )

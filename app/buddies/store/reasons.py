"""SQL of why people fit, as a model words it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.buddies.models import BuddyContextKind, MatchReason
from app.core.db import ReadSession, WriteSession


async def known(
    session: ReadSession, user_id: UUID, context_id: UUID, others: Iterable[UUID]
) -> dict[UUID, tuple[str, str | None]]:
    """What there is to word, and how it was worded, by the keys of those who fit."""
    rows = await session.rows(
        select(MatchReason.other_id, MatchReason.plain, MatchReason.worded).where(
            MatchReason.user_id == user_id,
            MatchReason.context_kind == BuddyContextKind.COURSE,
            MatchReason.context_id == context_id,
            col(MatchReason.other_id).in_(list(others)),
        )
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def put(session: WriteSession, reasons: Sequence[MatchReason]) -> Sequence[UUID]:
    """Keep what is to be worded; says about whom that is new.

    In the order of their keys, so that two who do it at once wait for each other one way only.
    """
    rows = [each.model_dump() for each in sorted(reasons, key=lambda each: each.other_id)]
    statement = insert(MatchReason).values(rows)
    given = statement.excluded
    kept = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "other_id", "context_kind", "context_id"],
            set_={"plain": given.plain, "worded": None, "created_at": given.created_at},
            where=col(MatchReason.plain) != given.plain,
        ).returning(col(MatchReason.other_id))
    )
    return kept.scalars().all()


async def one(
    session: ReadSession, user_id: UUID, other_id: UUID, context_id: UUID
) -> MatchReason | None:
    """Why one fits the other."""
    return await session.get(
        MatchReason,
        {
            "user_id": user_id,
            "other_id": other_id,
            "context_kind": BuddyContextKind.COURSE,
            "context_id": context_id,
        },
    )


async def word(session: WriteSession, reason: MatchReason, worded: str) -> None:
    """Keep a model's words, unless there is something else to word by now."""
    await session.execute(
        update(MatchReason)
        .where(
            col(MatchReason.user_id) == reason.user_id,
            col(MatchReason.other_id) == reason.other_id,
            col(MatchReason.context_kind) == reason.context_kind,
            col(MatchReason.context_id) == reason.context_id,
            col(MatchReason.plain) == reason.plain,
        )
        .values(worded=worded)
        .execution_options(synchronize_session=False)
    )


async def forget(session: WriteSession, before: datetime) -> None:
    """Nobody has looked at these since."""
    await session.execute(
        delete(MatchReason)
        .where(col(MatchReason.created_at) < before)
        .execution_options(synchronize_session=False)
    )

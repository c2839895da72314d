"""Statements about subscriptions."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select

from app.core.db import WriteSession
from app.core.ids import new_id
from app.payments.models import PremiumSubscription


async def hold_or_make(session: WriteSession, user_id: UUID, plan_id: UUID) -> PremiumSubscription:
    """A user's one row, which nobody else changes until the end; a new one if need be."""
    await session.execute(
        insert(PremiumSubscription)
        .values(id=new_id(), user_id=user_id, plan_id=plan_id)
        .on_conflict_do_nothing(index_elements=["user_id"])
    )
    return await session.value(
        select(PremiumSubscription).where(PremiumSubscription.user_id == user_id).with_for_update()
    )


async def hold_own(session: WriteSession, user_id: UUID) -> PremiumSubscription | None:
    """A user's one row, held."""
    return await session.first(
        select(PremiumSubscription).where(PremiumSubscription.user_id == user_id).with_for_update()
    )


async def hold(session: WriteSession, key: UUID) -> PremiumSubscription | None:
    """Any row, held."""
    return await session.first(
        select(PremiumSubscription).where(PremiumSubscription.id == key).with_for_update()
    )

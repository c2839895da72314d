"""Statements about credits."""

from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from app.classes.models import CreditEntry, Enrollment
from app.core.db import WriteSession


async def hold(session: WriteSession, enrollment_id: UUID) -> Enrollment | None:
    """An enrollment as it is now, which nobody else changes until the end."""
    statement = (
        select(Enrollment)
        .where(Enrollment.id == enrollment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return await session.first(statement)


async def last_number(session: WriteSession, enrollment_id: UUID) -> int:
    """The number of the newest entry; 0 if there is none."""
    statement = select(func.coalesce(func.max(CreditEntry.number), 0)).where(
        col(CreditEntry.enrollment_id) == enrollment_id
    )
    return await session.value(statement)

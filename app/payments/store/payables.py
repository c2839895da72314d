"""Statements about what can be paid for."""

from uuid import UUID

from sqlmodel import col, select

from app.core.db import WriteSession
from app.payments.models import Payable, PayableKind


async def hold(session: WriteSession, kind: PayableKind, subject_id: UUID) -> Payable | None:
    """What is asked for something, which nobody else changes until the end; None if nothing."""
    statement = (
        select(Payable)
        .where(col(Payable.kind) == kind, col(Payable.subject_id) == subject_id)
        .with_for_update()
    )
    return await session.first(statement)

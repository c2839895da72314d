"""SQL of archives."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.core.audit import AuditDetail, AuditEntry, AuditPerson
from app.core.db import ReadSession, WriteSession
from app.privacy.models import DataExport, ExportStatus

_AUDITED: tuple[Any, ...] = (
    AuditEntry.sequence,
    AuditEntry.at,
    AuditEntry.action,
    AuditEntry.subject_kind,
    AuditDetail.address,
    AuditDetail.user_agent,
    AuditDetail.before,
    AuditDetail.after,
)


async def audited(session: ReadSession, user_id: UUID, after: int, size: int) -> Sequence[Any]:
    """The next entries of the audit log about what a user did, after the entry of a number."""
    return await session.rows(
        select(*_AUDITED)
        .join(AuditPerson, col(AuditPerson.alias) == AuditEntry.actor)
        .outerjoin(AuditDetail, col(AuditDetail.sequence) == AuditEntry.sequence)
        .where(AuditPerson.user_id == user_id, AuditEntry.sequence > after)
        .order_by(col(AuditEntry.sequence))
        .limit(size)
    )


def audited_names() -> list[str]:
    """What the columns of `audited` are called."""
    return [column.key for column in _AUDITED]


async def add_pending(session: WriteSession, user_id: UUID) -> tuple[UUID, bool]:
    """The archive that a user waits for, and whether it is a new one."""
    wanted = DataExport(user_id=user_id)
    made = await session.changed(
        insert(DataExport).values(wanted.model_dump()).on_conflict_do_nothing()
    )
    if made:
        return wanted.id, True
    pending = await session.value(
        select(DataExport.id).where(
            DataExport.user_id == user_id, DataExport.status == ExportStatus.PENDING
        )
    )
    return pending, False


async def export(session: ReadSession, key: UUID) -> DataExport | None:
    """An archive by its key."""
    return await session.get(DataExport, key)


async def finish(session: WriteSession, key: UUID, **values: Any) -> bool:
    """An archive is no longer waited for; False if it wasn't."""
    done = await session.changed(
        update(DataExport)
        .where(col(DataExport.id) == key, col(DataExport.status) == ExportStatus.PENDING)
        .values(**values)
    )
    return bool(done)


async def waiting(session: ReadSession, before: datetime, limit: int) -> list[DataExport]:
    """Archives that somebody has waited for since before a time."""
    return await session.all(
        select(DataExport)
        .where(DataExport.status == ExportStatus.PENDING, DataExport.created_at < before)
        .limit(limit)
    )


async def lock_expired(session: WriteSession, limit: int) -> list[DataExport]:
    """Archives whose time is over, held until the end of the transaction."""
    return await session.all(
        select(DataExport)
        .where(
            DataExport.status == ExportStatus.READY,
            col(DataExport.expires_at) <= func.now(),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )

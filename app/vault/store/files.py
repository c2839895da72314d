"""SQL of files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, update
from sqlmodel import SQLModel, col, select

from app.core.db import ReadSession, WriteSession
from app.vault.models import FilePurpose, FileStatus, StoredFile


async def file_of(session: ReadSession, owner_id: UUID, key: UUID) -> StoredFile | None:
    """A file of somebody's."""
    return await session.first(
        select(StoredFile).where(StoredFile.id == key, StoredFile.owner_id == owner_id)
    )


async def hold(session: WriteSession, owner_id: UUID, key: UUID) -> StoredFile | None:
    """The same, held until the end of the transaction."""
    return await session.first(
        select(StoredFile)
        .where(StoredFile.id == key, StoredFile.owner_id == owner_id)
        .with_for_update()
    )


async def finish(session: WriteSession, key: UUID, **values: Any) -> bool:
    """An upload that is pending comes to its end; False if it wasn't."""
    done = await session.changed(
        update(StoredFile)
        .where(col(StoredFile.id) == key, col(StoredFile.status) == FileStatus.PENDING)
        .values(incoming_name=None, **values)
    )
    return bool(done)


async def claim(
    session: WriteSession, owner_id: UUID, key: UUID, purpose: FilePurpose, at: datetime
) -> bool:
    """Attach a file to something; False unless it is theirs, for this, ready, and loose."""
    done = await session.changed(
        update(StoredFile)
        .where(
            col(StoredFile.id) == key,
            col(StoredFile.owner_id) == owner_id,
            col(StoredFile.purpose) == purpose,
            col(StoredFile.status) == FileStatus.READY,
            col(StoredFile.claimed_at).is_(None),
        )
        .values(claimed_at=at)
    )
    return bool(done)


async def lock_loose(session: WriteSession, before: datetime, limit: int) -> list[StoredFile]:
    """Files made before a time that nothing has claimed, held."""
    return await _lock(
        session,
        and_(col(StoredFile.claimed_at).is_(None), col(StoredFile.created_at) < before),
        limit,
    )


async def lock_left(session: WriteSession, before: datetime, limit: int) -> list[StoredFile]:
    """Files claimed before a time by what is gone, held: no row of any table has their key."""
    claimed = and_(col(StoredFile.claimed_at).is_not(None), col(StoredFile.claimed_at) < before)
    return await _lock(session, and_(claimed, *[~each for each in _attached()]), limit)


async def known_objects(session: ReadSession, names: Sequence[str]) -> set[str]:
    """Those of these objects that files have."""
    found = await session.rows(
        select(col(StoredFile.object_name)).where(col(StoredFile.object_name).in_(names))
    )
    return {row[0] for row in found}


async def forget(session: WriteSession, keys: Sequence[UUID]) -> None:
    """Delete files whose objects are gone."""
    await session.execute(delete(StoredFile).where(col(StoredFile.id).in_(keys)))


async def _lock(session: WriteSession, where: ColumnElement[bool], limit: int) -> list[StoredFile]:
    return await session.all(
        select(StoredFile).where(where).limit(limit).with_for_update(skip_locked=True)
    )


def _attached() -> list[ColumnElement[bool]]:
    """For each column that refers to files: whether it has the key of this one."""
    key = col(StoredFile.id)
    return [
        exists(select(column).where(column == key).correlate(StoredFile))
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if any(each.column.table.name == StoredFile.__tablename__ for each in column.foreign_keys)
    ]

"""SQL of what users are marked with."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from app.accounts.models import User, UserSubject, UserTag
from app.core.clock import now
from app.core.db import WriteSession
from app.core.ids import new_id
from app.core.viewer import Viewer
from app.reference import policy
from app.reference.models import Subject, Tag


async def hold_user(session: WriteSession, user_id: UUID) -> None:
    """One after the other: what a user has is counted until the end of the transaction."""
    await session.value(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


async def hold_tag(session: WriteSession, viewer: Viewer, tag_id: UUID) -> bool:
    """Whether there is a tag that the viewer sees; it isn't deleted before the end."""
    found = select(Tag.id).where(Tag.id == tag_id, policy.visible_tag(viewer))
    held = found.with_for_update(read=True, key_share=True, of=Tag)
    return await session.first(held) is not None


async def hold_subject(session: WriteSession, subject_id: UUID) -> bool:
    """Whether there is a subject; it isn't deleted before the end."""
    found = select(Subject.id).where(Subject.id == subject_id)
    return await session.first(found.with_for_update(read=True, key_share=True)) is not None


async def count(
    session: WriteSession, table: type[UserTag] | type[UserSubject], user_id: UUID
) -> int:
    """How many a user has."""
    return await session.value(
        select(func.count()).select_from(table).where(table.user_id == user_id)
    )


async def add_tag(session: WriteSession, values: dict[str, Any]) -> UUID | None:
    """A user's new tag, by its key; None if the user has it."""
    key = new_id()
    statement = insert(UserTag).values(id=key, created_at=now(), updated_at=now(), **values)
    return key if await session.changed(statement.on_conflict_do_nothing()) else None


async def add_subject(session: WriteSession, user_id: UUID, subject_id: UUID) -> bool:
    """A subject that a user studies from now on; False if it was so before."""
    statement = insert(UserSubject).values(
        id=new_id(), created_at=now(), user_id=user_id, subject_id=subject_id
    )
    return bool(await session.changed(statement.on_conflict_do_nothing()))


async def user_tag(session: WriteSession, user_id: UUID, key: UUID) -> UserTag | None:
    """A user's own tag, locked until the end of the transaction."""
    return await session.first(
        select(UserTag).where(UserTag.id == key, UserTag.user_id == user_id).with_for_update()
    )


async def change_tag(session: WriteSession, key: UUID, values: dict[str, Any]) -> None:
    """Set these columns of a user's tag and no other."""
    await session.execute(update(UserTag).where(col(UserTag.id) == key).values(**values))


async def remove_tag(session: WriteSession, user_id: UUID, key: UUID) -> bool:
    """Take a tag from a user; False if the user has no such one."""
    done = await session.changed(
        delete(UserTag).where(col(UserTag.id) == key, col(UserTag.user_id) == user_id)
    )
    return bool(done)


async def remove_subject(session: WriteSession, user_id: UUID, subject_id: UUID) -> bool:
    """Take a subject from a user; False if the user didn't study it."""
    done = await session.changed(
        delete(UserSubject).where(
            col(UserSubject.user_id) == user_id, col(UserSubject.subject_id) == subject_id
        )
    )
    return bool(done)

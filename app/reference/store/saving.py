"""SQL of subjects, tags, AI models and plans: what only saving them asks."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.reference.models import AiModel, AiModelKind, Currency, Tag, TagTerm

T = TypeVar("T")


async def row_to_change(session: WriteSession, table: type[T], key: UUID) -> T | None:
    """A row, locked until the end of the transaction."""
    columns: Any = table
    return await session.first(select(table).where(columns.id == key).with_for_update())


async def is_unique(session: WriteSession) -> bool:
    """Send what is pending; False if a name in it is taken, and then the transaction is over."""
    try:
        await session.flush()
    except IntegrityError:
        return False
    return True


async def owner_of_terms(
    session: ReadSession, terms: Sequence[str], besides: UUID | None
) -> tuple[str, str] | None:
    """The first of these names that another tag has, and that tag's own name."""
    found = await session.rows(
        select(TagTerm.term, Tag.name)
        .join(Tag, col(Tag.id) == TagTerm.tag_id)
        .where(col(TagTerm.term).in_(terms), col(TagTerm.tag_id).is_distinct_from(besides))
        .order_by(TagTerm.term)
        .limit(1)
    )
    return (found[0][0], found[0][1]) if found else None


async def forget_terms(session: WriteSession, tag_id: UUID) -> None:
    """A tag without names, until it gets new ones."""
    await session.execute(delete(TagTerm).where(col(TagTerm.tag_id) == tag_id))


async def delete_tag(session: WriteSession, key: UUID) -> bool:
    """Delete a tag with its names; False if something refers to it."""
    try:
        await session.execute(delete(Tag).where(col(Tag.id) == key))
    except IntegrityError:
        return False
    return True


async def lock_default(session: WriteSession, kind: AiModelKind) -> None:
    """Hold which model is a kind's default until the end of the transaction."""
    name = func.hashtextextended(f"ai-model-default:{kind}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(name)))


async def unset_default(session: WriteSession, kind: AiModelKind) -> None:
    """A kind without a default, until it gets another one."""
    await session.execute(
        update(AiModel).where(col(AiModel.default_for) == kind).values(default_for=None)
    )


async def currency(session: ReadSession, code: str) -> Currency | None:
    """A currency by its code."""
    return await session.first(select(Currency).where(Currency.code == code))

"""All SQL of prompts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, tuple_, update
from sqlmodel import col, select

from app.core.db import ReadSession, WriteSession
from app.reference.models import PromptStatus, PromptTemplate


async def lock_prompt(session: WriteSession, key: str) -> None:
    """Hold a template's versions until the end of the transaction."""
    name = func.hashtextextended(f"prompt:{key}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(name)))


async def published_prompt(session: ReadSession, key: str) -> PromptTemplate | None:
    """The version of a template that runs."""
    return await session.first(
        select(PromptTemplate).where(
            PromptTemplate.key == key, PromptTemplate.status == PromptStatus.PUBLISHED
        )
    )


async def newest_version(session: ReadSession, key: str) -> int:
    """The number of a template's last version, published or not; 0 if there is none."""
    return await session.value(
        select(func.coalesce(func.max(PromptTemplate.version), 0)).where(PromptTemplate.key == key)
    )


async def newest_shipped(session: ReadSession, key: str) -> int:
    """The program's own number of the last version that came with it; 0 if none did."""
    newest = await session.value(
        select(func.max(PromptTemplate.shipped)).where(PromptTemplate.key == key)
    )
    return newest or 0


async def prompt_version(session: ReadSession, key: UUID) -> PromptTemplate | None:
    """One version."""
    return await session.get(PromptTemplate, key)


async def prompt_versions(
    session: ReadSession, keys: Sequence[tuple[str, int]]
) -> list[PromptTemplate]:
    """Versions by key and number, those that there are."""
    place = tuple_(col(PromptTemplate.key), col(PromptTemplate.version))
    return await session.all(select(PromptTemplate).where(place.in_(keys)))


async def retire_published(session: WriteSession, key: str) -> None:
    """Nothing of a template runs any more."""
    await session.execute(
        update(PromptTemplate)
        .where(
            col(PromptTemplate.key) == key,
            col(PromptTemplate.status) == PromptStatus.PUBLISHED,
        )
        .values(status=PromptStatus.RETIRED)
    )

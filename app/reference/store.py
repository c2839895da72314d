"""All SQL of reference data."""

from sqlmodel import col, select

from app.core.db import ReadSession
from app.reference.models import PromptStatus, PromptTemplate


async def published_prompt(session: ReadSession, key: str) -> PromptTemplate | None:
    """The version of a template that runs."""
    return await session.first(
        select(PromptTemplate)
        .where(PromptTemplate.key == key, PromptTemplate.status == PromptStatus.PUBLISHED)
        .order_by(col(PromptTemplate.version).desc())
    )


async def newest_prompt(session: ReadSession, key: str) -> PromptTemplate | None:
    """The last version of a template, published or not."""
    return await session.first(
        select(PromptTemplate)
        .where(PromptTemplate.key == key)
        .order_by(col(PromptTemplate.version).desc())
    )

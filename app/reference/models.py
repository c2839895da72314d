"""The prompt library."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.core.tables import Table


class PromptStatus(StrEnum):
    """Only the published version of a template runs."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class PromptTemplate(Table, table=True):
    """One version of a prompt. A change makes a new version."""

    __tablename__ = "prompt_template"
    __table_args__ = (UniqueConstraint("key", "version"),)

    key: str = Field(max_length=100)
    version: int
    category: str = Field(max_length=50)
    status: PromptStatus
    system: str
    user: str
    contract: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    temperature: float = 0.0
    max_tokens: int

"""The catalogue of AI models and the prompt library."""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Text
from sqlmodel import Field

from app.core.tables import MutableTable, Table
from app.reference.models.taxonomy import saved_by


class AiModelKind(StrEnum):
    """What a model does."""

    LANGUAGE = "language"
    SPEECH = "speech"
    EMBEDDING = "embedding"


class AiModelStatus(StrEnum):
    """Whether a model may be used."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    RETIRED = "retired"


def _cost() -> Any:
    return Field(default=None, sa_column=Column(Numeric))


class AiModel(MutableTable, table=True):
    """A model that requests can go to."""

    __tablename__ = "ai_model"
    __table_args__ = (
        UniqueConstraint("provider", "name", "version"),
        CheckConstraint("default_for IS NULL OR default_for = kind", name="default_of_its_kind"),
    )

    provider: str = Field(max_length=100)
    name: str = Field(max_length=255)
    # Empty where the name says it.
    version: str = Field(default="", max_length=100)
    kind: AiModelKind
    best_for: str = ""
    context_tokens: int | None = None
    # Of a million tokens.
    input_cost: Decimal | None = _cost()
    output_cost: Decimal | None = _cost()
    cost_currency: str | None = Field(default=None, max_length=3)
    status: AiModelStatus = AiModelStatus.INACTIVE
    # The model's kind, if it is that kind's default: unique, so that each has one at most.
    default_for: AiModelKind | None = Field(default=None, unique=True)
    position: int = 0
    saved_by_id: UUID | None = saved_by()


class PromptStatus(StrEnum):
    """Only the published version of a template runs."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


def _texts() -> Any:
    return Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )


class PromptTemplate(Table, table=True):
    """One version of a prompt. A change makes a new version."""

    __tablename__ = "prompt_template"
    __table_args__ = (
        UniqueConstraint("key", "version"),
        Index(
            "uq_prompt_template_published",
            "key",
            unique=True,
            postgresql_where=text("status = 'PUBLISHED'"),
        ),
    )

    key: str = Field(max_length=100)
    version: int
    # The program's own count of its versions; None for what staff wrote.
    shipped: int | None = None
    title: str = Field(max_length=255)
    category: str = Field(max_length=50)
    status: PromptStatus
    system: str
    user: str
    # The names that `user` has as `$name`.
    variables: list[str] = _texts()
    contract: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True))
    )
    temperature: float = 0.0
    max_tokens: int
    usage: str = ""
    applies_to: list[str] = _texts()
    tags: list[str] = _texts()
    example_input: str | None = None
    example_output: str | None = None
    model_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("ai_model.id", ondelete="SET NULL"), index=True),
    )
    saved_by_id: UUID | None = saved_by()

"""Subjects and tags."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index
from sqlalchemy.dialects.postgresql import CITEXT
from sqlmodel import Field, SQLModel

from app.core.folding import folded_column, found_in
from app.core.personal import UNNAME
from app.core.tables import MutableTable


def saved_by() -> Any:
    """Who saved a row last; nobody once their account is gone."""
    return Field(
        default=None,
        sa_column=Column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True, **UNNAME),
    )


def _name() -> Any:
    """Unique in any case."""
    return Field(sa_column=Column(CITEXT, nullable=False, unique=True))


def _folded(expression: str) -> Any:
    return Field(default=None, sa_column=folded_column(expression))


class Subject(MutableTable, table=True):
    """What can be studied."""

    __table_args__ = (
        Index("ix_subject_place", "folded_category", "folded_name", "id"),
        found_in("subject", "folded_name"),
    )

    name: str = _name()
    category: str = Field(max_length=100)
    description: str = ""
    icon_url: str | None = Field(default=None, max_length=1024)
    saved_by_id: UUID | None = saved_by()
    folded_name: str | None = _folded("name::text")
    folded_category: str | None = _folded("category")


class TagGroup(MutableTable, table=True):
    """The upper level of the taxonomy, such as skills or interests."""

    __tablename__ = "tag_group"

    name: str = _name()
    description: str = ""
    public: bool = True
    saved_by_id: UUID | None = saved_by()
    folded_name: str | None = _folded("name::text")


class TagCategory(MutableTable, table=True):
    """The middle level of the taxonomy."""

    __tablename__ = "tag_category"
    __table_args__ = (Index("uq_tag_category_group_id_name", "group_id", "name", unique=True),)

    group_id: UUID = Field(sa_column=Column(ForeignKey("tag_group.id"), nullable=False))
    name: str = Field(sa_column=Column(CITEXT, nullable=False))
    description: str = ""
    public: bool = True
    saved_by_id: UUID | None = saved_by()
    folded_name: str | None = _folded("name::text")


class Tag(MutableTable, table=True):
    """A skill, an interest: what people and things are marked with."""

    __table_args__ = (Index("ix_tag_place", "category_id", "position", "folded_name", "id"),)

    category_id: UUID = Field(sa_column=Column(ForeignKey("tag_category.id"), nullable=False))
    name: str = Field(sa_column=Column(CITEXT, nullable=False))
    description: str = ""
    image_url: str | None = Field(default=None, max_length=1024)
    position: int = 0
    saved_by_id: UUID | None = saved_by()
    folded_name: str | None = _folded("name::text")


class TagTerm(SQLModel, table=True):
    """A name of a tag, its own or a synonym: no two tags share one."""

    __tablename__ = "tag_term"
    __table_args__ = (found_in("tag_term", "folded_term"),)

    term: str = Field(sa_column=Column(CITEXT, primary_key=True))
    tag_id: UUID = Field(
        sa_column=Column(ForeignKey("tag.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    synonym: bool
    folded_term: str | None = _folded("term::text")

"""Curricula: what a course teaches as a tree, in numbered versions."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import Column, ForeignKey, UniqueConstraint
from sqlmodel import Field

from app.core.personal import IMPERSONAL
from app.core.tables import Table
from app.courses.models.courses import part_of, texts


class CurriculumOrigin(StrEnum):
    """How a version came about."""

    GENERATED = "generated"
    WRITTEN = "written"
    ADAPTED = "adapted"


class CurriculumStatus(StrEnum):
    """What a version is good for."""

    WRITING = "writing"
    SAVED = "saved"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"


class NodeKind(StrEnum):
    """What a node of a curriculum is."""

    MODULE = "module"
    LESSON = "lesson"


class Curriculum(Table, table=True):
    """A version of a course's tree, numbered from 1 on without gaps. Only what a model is still
    writing changes.
    """

    __table_args__ = (UniqueConstraint("course_id", "version"),)

    course_id: UUID = Field(sa_column=part_of("course"))
    version: int
    status: CurriculumStatus
    origin: CurriculumOrigin
    # The version that it was made from.
    base_version: int | None = None
    # What a model couldn't deliver, or what of it was left out.
    notice: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)


class CurriculumNode(Table, table=True):
    """A module, or a lesson below one."""

    __tablename__ = "curriculum_node"
    __table_args__ = (
        UniqueConstraint("curriculum_id", "key"),
        UniqueConstraint("curriculum_id", "place"),
    )

    curriculum_id: UUID = Field(sa_column=part_of("curriculum"))
    # What it is known by in every version.
    key: str = Field(max_length=64, sa_column_kwargs=IMPERSONAL)
    parent_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("curriculum_node.id", ondelete="CASCADE"), index=True),
    )
    # Its place in the whole tree, parents first, and among those below its parent: from 0 on.
    place: int
    position: int
    # The numbers, from 1 on, that lead to it from the top: `1.2.3`.
    path: str = Field(max_length=100, sa_column_kwargs=IMPERSONAL)
    depth: int
    kind: NodeKind
    title: str = Field(max_length=255, sa_column_kwargs=IMPERSONAL)
    description: str | None = Field(default=None, sa_column_kwargs=IMPERSONAL)
    objectives: list[str] = texts()
    minutes: int = 0
    # The keys of what has to be learned before.
    prerequisites: list[str] = texts()
    # What became of it in the course.
    section_id: UUID | None = Field(
        default=None,
        sa_column=Column(ForeignKey("course_section.id", ondelete="SET NULL"), index=True),
    )
    lesson_id: UUID | None = Field(
        default=None, sa_column=Column(ForeignKey("lesson.id", ondelete="SET NULL"), index=True)
    )

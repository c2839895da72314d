"""What the schema shows of subjects and tags."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, Text, cast, func, true
from sqlmodel import col, select

from app.core.graph.connections import Connection
from app.core.graph.node import Node
from app.core.graph.read.declare import Rows, column, computed, edge, id_argument, pages, reads
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference import models, policy


@reads(models.Subject, description="What can be studied.")
class Subject(Node):
    """Filed under a category."""

    prefix = "sub"

    name: str = column("What it is called, unique in any case.")
    category: str = column("What it is filed under.")
    description: str = column("What it is about.")
    icon_url: str | None = column("Where its picture is.")
    updated_at: datetime = column("When it was last saved.")


def _categories(
    viewer: Asker, category: type[models.TagCategory], group: type[models.TagGroup]
) -> Rows:
    return Rows(
        col(category.group_id) == group.id,
        Order("tagCategories", ("folded_name", "id")),
        visible=policy.shown(viewer, category),
    )


def _tags(_: Asker, tag: type[models.Tag], category: type[models.TagCategory]) -> Rows:
    return Rows(
        col(tag.category_id) == category.id,
        Order("categoryTags", ("position", "folded_name", "id")),
        # Who sees a category sees its tags.
        visible=true(),
    )


def _synonyms(_: Asker, tag: type[models.Tag]) -> ColumnElement[list[str]]:
    term = models.TagTerm
    found = (
        select(cast(col(term.term), Text))
        .where(col(term.tag_id) == tag.id, col(term.synonym))
        .order_by(cast(col(term.term), Text))
        .correlate(tag)
    )
    listed: ColumnElement[list[str]] = func.array(found.scalar_subquery())
    return listed


@reads(
    models.TagGroup, visible=policy.visible_group, description="The upper level of the taxonomy."
)
class TagGroup(Node):
    """Such as skills or interests."""

    prefix = "tgg"

    name: str = column("What it is called, unique in any case.")
    description: str = column("What its tags say.")
    public: bool = column("Whether everybody sees it; else those who manage the taxonomy.")
    categories: Connection["TagCategory"] = pages(_categories, "Its categories, by name.")
    updated_at: datetime = column("When it was last saved.")


@reads(
    models.TagCategory,
    visible=policy.visible_category,
    description="The middle level of the taxonomy.",
)
class TagCategory(Node):
    """A part of a group."""

    prefix = "tgc"

    name: str = column("What it is called, unique in its group in any case.")
    description: str = column("What its tags say.")
    public: bool = column("Whether everybody who sees its group sees it.")
    group: TagGroup | None = edge("group_id", "The group that it belongs to.")
    tags: Connection["Tag"] = pages(_tags, "Its tags, in their order.")
    updated_at: datetime = column("When it was last saved.")


@reads(
    models.Tag, visible=policy.visible_tag, description="What people and things are marked with."
)
class Tag(Node):
    """A skill, an interest."""

    prefix = "tag"

    name: str = column("What it is called: no other tag has this name or synonym in any case.")
    synonyms: list[str] = computed(_synonyms, "Other names of it, which searches find as well.")
    description: str = column("What it says.")
    image_url: str | None = column("Where its picture is.")
    position: int = column("Its place in its category, the lowest first; by name where equal.")
    category: TagCategory | None = edge("category_id", "The category that it belongs to.")
    updated_at: datetime = column("When it was last saved.")


SubjectId = Annotated[strawberry.ID, id_argument("The subject.", Subject.prefix)]

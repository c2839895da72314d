"""Root queries of subjects and tags."""

from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, exists, true
from sqlmodel import col, select

from app.core.access import ANYONE, SIGNED_IN
from app.core.folding import contains
from app.core.graph.connections import Connection
from app.core.graph.read.declare import Rows, browse, find, id_field
from app.core.graph.read.pages import Order
from app.core.viewer import Asker
from app.reference import models
from app.reference.queries.places import Search
from app.reference.types.taxonomy import Subject, SubjectId, Tag, TagCategory, TagGroup


@strawberry.input(description="Which tags.")
class TagFilter:
    """What isn't given doesn't narrow."""

    group_id: strawberry.ID | None = id_field("In this group.", TagGroup.prefix, default=None)
    category_id: strawberry.ID | None = id_field(
        "In this category.", TagCategory.prefix, default=None
    )
    search: str | None = strawberry.field(
        default=None,
        description="Whose name or synonym has this in it, in any case, with accents or without.",
    )


def _subjects(
    _: Asker,
    subject: type[models.Subject],
    *,
    category: Annotated[
        str | None, strawberry.argument(description="Only those of this category.")
    ] = None,
    search: Search = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if category is not None:
        where &= col(subject.category) == category
    if search is not None:
        where &= contains(subject.folded_name, search)
    return Rows(where, Order("subjects", ("folded_category", "folded_name", "id")))


def _subject(_: Asker, subject: type[models.Subject], *, id: SubjectId) -> ColumnElement[bool]:
    return col(subject.id) == id


def _tag_groups(_: Asker, group: type[models.TagGroup]) -> Rows:
    del group
    return Rows(true(), Order("tagGroups", ("folded_name", "id")))


def _tags(
    _: Asker,
    tag: type[models.Tag],
    *,
    filter: Annotated[
        TagFilter | None, strawberry.argument(description="Which ones; else all.")
    ] = None,
) -> Rows:
    where: ColumnElement[bool] = true()
    if filter is not None and filter.category_id is not None:
        where &= col(tag.category_id) == filter.category_id
    if filter is not None and filter.group_id is not None:
        category = models.TagCategory
        where &= exists(
            select(category.id)
            .where(col(category.id) == tag.category_id, col(category.group_id) == filter.group_id)
            .correlate(tag)
        )
    if filter is not None and filter.search is not None:
        term = models.TagTerm
        where &= exists(
            select(term.tag_id)
            .where(col(term.tag_id) == tag.id, contains(term.folded_term, filter.search))
            .correlate(tag)
        )
    return Rows(where, Order("tags", ("folded_name", "id")))


@strawberry.type
class TaxonomyQuery:
    """Subjects and tags."""

    subjects: Connection[Subject] = browse(
        _subjects, ANYONE, "What can be studied, by category and name."
    )
    subject: Subject | None = find(_subject, ANYONE, "A subject; null if there is none.")
    tag_groups: Connection[TagGroup] = browse(
        _tag_groups, SIGNED_IN, "The groups of the taxonomy that the viewer sees, by name."
    )
    tags: Connection[Tag] = browse(
        _tags, SIGNED_IN, "The tags that the viewer sees, by name; a synonym finds its tag."
    )

"""Subjects and tags: saving and deleting them."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.addresses import WebAddress
from app.core.errors import InvalidInput, NotFound
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer
from app.reference.errors import TagExists, TagInUse
from app.reference.models import Subject, Tag, TagCategory, TagGroup, TagTerm
from app.reference.service.rows import saved, written
from app.reference.store import saving as store

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
Text = Annotated[str, StringConstraints(max_length=5000)]
Address = Annotated[WebAddress, StringConstraints(max_length=1024)]


class SubjectData(BaseModel):
    """A subject."""

    name: Name
    category: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    description: Text = ""
    icon_url: Address | None = None


class TagGroupData(BaseModel):
    """A group of tags."""

    name: Name
    description: Text = ""
    public: bool = True


class TagCategoryData(TagGroupData):
    """A category of tags in a group."""

    group_id: UUID


class TagData(BaseModel):
    """A tag with its synonyms."""

    category_id: UUID
    name: Name
    synonyms: list[Name] = Field(default_factory=list, max_length=50)
    description: Text = ""
    image_url: Address | None = None
    position: int = Field(default=0, ge=0, le=100_000)


async def save_subject(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: SubjectData
) -> Subject:
    """A new subject, or all of an old one anew."""
    return await saved(uow, viewer, Subject, key, data.model_dump())


async def save_tag_group(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: TagGroupData
) -> TagGroup:
    """A new group, or all of an old one anew."""
    return await saved(uow, viewer, TagGroup, key, data.model_dump())


async def save_tag_category(
    uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: TagCategoryData
) -> TagCategory:
    """A new category, or all of an old one anew; it may move to another group."""
    if await uow.session.get(TagGroup, data.group_id) is None:
        raise NotFound(field=("input", "groupId"))
    return await saved(uow, viewer, TagCategory, key, data.model_dump())


async def save_tag(uow: UnitOfWork, viewer: Viewer, key: UUID | None, data: TagData) -> Tag:
    """A new tag, or all of an old one anew. `TagExists` if another has one of its names."""
    session = uow.session
    if await session.get(TagCategory, data.category_id) is None:
        raise NotFound(field=("input", "categoryId"))
    _check_synonyms(data)
    taken = await store.owner_of_terms(session, [data.name, *data.synonyms], key)
    if taken is not None:
        term, owner = taken
        raise TagExists(
            f'"{term}" is a name of the tag "{owner}". Tags aren\'t merged: choose another name.',
            field=("input", "name" if term.lower() == data.name.lower() else "synonyms"),
        )
    tag = await written(uow, viewer, Tag, key, data.model_dump(exclude={"synonyms"}))
    await session.flush()
    await store.forget_terms(session, tag.id)
    session.add(TagTerm(term=data.name, tag_id=tag.id, synonym=False))
    session.add(*[TagTerm(term=each, tag_id=tag.id, synonym=True) for each in data.synonyms])
    if not await store.is_unique(session):
        raise TagExists(field=("input", "name"))
    return tag


async def delete_tag(uow: UnitOfWork, key: UUID) -> None:
    """Delete a tag that nothing refers to."""
    if await store.row_to_change(uow.session, Tag, key) is None:
        raise NotFound(field=("input", "id"))
    if not await store.delete_tag(uow.session, key):
        raise TagInUse


def _check_synonyms(data: TagData) -> None:
    names = [each.lower() for each in (data.name, *data.synonyms)]
    if len(set(names)) < len(names):
        raise InvalidInput("Every synonym is another word.", field=("input", "synonyms"))

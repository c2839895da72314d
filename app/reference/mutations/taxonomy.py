"""Root mutations of subjects and tags."""

from typing import Any
from uuid import UUID

import strawberry

from app.core.access import permitted
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.reference.policy import MANAGE_TAXONOMY
from app.reference.service import taxonomy as service
from app.reference.types.taxonomy import Subject, Tag, TagCategory, TagGroup

_STAFF = permitted(MANAGE_TAXONOMY)


def _id(what: str) -> Any:
    return strawberry.field(
        default=None, description=f"The {what} to save anew; a new one without it."
    )


def _errors() -> Any:
    return strawberry.field(default_factory=list, description="Why nothing was saved.")


def _public() -> Any:
    return strawberry.field(
        default=True, description="Whether everybody sees it; else those who manage the taxonomy."
    )


def _description() -> Any:
    return strawberry.field(default="", description="At most 5,000 characters.")


def key_of(prefix: str, id: str | None) -> UUID | None:
    """The key in an id that may be left out."""
    return None if id is None else from_global(prefix, id)


@strawberry.input(description="All of a subject.")
class SubjectSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = _id("subject")
    name: str = strawberry.field(description="1 to 128 characters, unique in any case.")
    category: str = strawberry.field(description="What it is filed under: 1 to 100 characters.")
    description: str = _description()
    icon_url: str | None = strawberry.field(default=None, description="Where its picture is.")


@strawberry.input(description="All of a group of tags.")
class TagGroupSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = _id("group")
    name: str = strawberry.field(description="1 to 128 characters, unique in any case.")
    description: str = _description()
    public: bool = _public()


@strawberry.input(description="All of a category of tags.")
class TagCategorySaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = _id("category")
    group_id: strawberry.ID = strawberry.field(description="The group that it belongs to.")
    name: str = strawberry.field(description="1 to 128 characters, unique in its group.")
    description: str = _description()
    public: bool = _public()


@strawberry.input(description="All of a tag.")
class TagSaveInput:
    """What isn't given takes its default."""

    id: strawberry.ID | None = _id("tag")
    category_id: strawberry.ID = strawberry.field(description="The category that it belongs to.")
    name: str = strawberry.field(
        description="1 to 128 characters: no name or synonym of another tag, in any case."
    )
    synonyms: list[str] = strawberry.field(
        default_factory=list, description="Other names of it, at most 50, unique like its name."
    )
    description: str = _description()
    image_url: str | None = strawberry.field(default=None, description="Where its picture is.")
    position: int = strawberry.field(
        default=0, description="Its place in its category, the lowest first."
    )


@strawberry.input(description="Which tag.")
class TagDeleteInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The tag.")


@strawberry.type(description="The answer to `subjectSave`.")
class SubjectSavePayload:
    """The subject."""

    subject: Subject | None = edge("subject_key", "The subject.")
    subject_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `tagGroupSave`.")
class TagGroupSavePayload:
    """The group."""

    tag_group: TagGroup | None = edge("group_key", "The group.")
    group_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `tagCategorySave`.")
class TagCategorySavePayload:
    """The category."""

    tag_category: TagCategory | None = edge("category_key", "The category.")
    category_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `tagSave`.")
class TagSavePayload:
    """The tag."""

    tag: Tag | None = edge("tag_key", "The tag.")
    tag_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = _errors()


@strawberry.type(description="The answer to `tagDelete`.")
class TagDeletePayload:
    """What is gone."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the tag that is gone."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it wasn't deleted."
    )


@strawberry.type
class TaxonomyMutation:
    """Save subjects and tags."""

    @mutation(_STAFF)
    async def subject_save(self, info: Info, input: SubjectSaveInput) -> SubjectSavePayload:
        """Make a subject, or save one anew."""
        data, key = to_data(service.SubjectData, input), key_of(Subject.prefix, input.id)
        async with info.context.begin() as uow:
            subject = await service.save_subject(uow, info.context.me, key, data)
        return SubjectSavePayload(subject_key=subject.id)

    @mutation(_STAFF)
    async def tag_group_save(self, info: Info, input: TagGroupSaveInput) -> TagGroupSavePayload:
        """Make a group of tags, or save one anew."""
        data, key = to_data(service.TagGroupData, input), key_of(TagGroup.prefix, input.id)
        async with info.context.begin() as uow:
            group = await service.save_tag_group(uow, info.context.me, key, data)
        return TagGroupSavePayload(group_key=group.id)

    @mutation(_STAFF)
    async def tag_category_save(
        self, info: Info, input: TagCategorySaveInput
    ) -> TagCategorySavePayload:
        """Make a category of tags, or save one anew; it may move to another group."""
        group_id = from_global(TagGroup.prefix, input.group_id)
        data = to_data(service.TagCategoryData, input, group_id=group_id)
        key = key_of(TagCategory.prefix, input.id)
        async with info.context.begin() as uow:
            category = await service.save_tag_category(uow, info.context.me, key, data)
        return TagCategorySavePayload(category_key=category.id)

    @mutation(_STAFF)
    async def tag_save(self, info: Info, input: TagSaveInput) -> TagSavePayload:
        """Make a tag, or save one anew. `TAG_EXISTS` if another tag has one of its names."""
        category_id = from_global(TagCategory.prefix, input.category_id)
        data = to_data(service.TagData, input, category_id=category_id)
        key = key_of(Tag.prefix, input.id)
        async with info.context.begin() as uow:
            tag = await service.save_tag(uow, info.context.me, key, data)
        return TagSavePayload(tag_key=tag.id)

    @mutation(_STAFF)
    async def tag_delete(self, info: Info, input: TagDeleteInput) -> TagDeletePayload:
        """Delete a tag. `TAG_IN_USE` if somebody or something is marked with it."""
        async with info.context.begin() as uow:
            await service.delete_tag(uow, from_global(Tag.prefix, input.id))
        return TagDeletePayload(deleted_id=input.id)

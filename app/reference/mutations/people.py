"""Root mutations of what users are marked with."""

from uuid import UUID

import strawberry

from app.accounts.models import TagSource
from app.accounts.types.tags import UserTag
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global
from app.reference.service import people as service
from app.reference.types.taxonomy import Subject, Tag


@strawberry.input(description="A tag that the viewer takes.")
class UserTagAddInput:
    """A skill, an interest."""

    tag_id: strawberry.ID = strawberry.field(description="The tag.")
    rating: int | None = strawberry.field(
        default=None, description="How good or how interested the viewer is: 1 to 10."
    )
    value: str | None = strawberry.field(
        default=None, description="What the viewer says of it: 1 to 500 characters."
    )
    source: TagSource = strawberry.field(
        default=TagSource.MANUAL,
        description="Where it comes from; the program alone adds what models suggest.",
    )


@strawberry.input(description="What changes of one of the viewer's tags. What isn't given stays.")
class UserTagUpdateInput:
    """Each on its own."""

    id: strawberry.ID = strawberry.field(description="The viewer's tag.")
    rating: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How good or how interested the viewer is: 1 to 10; null clears.",
    )
    value: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the viewer says of it: 1 to 500 characters; null clears.",
    )
    accepted: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Of what a model suggested: whether it counts. It can't be cleared.",
    )


@strawberry.input(description="Which of the viewer's tags.")
class UserTagRemoveInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The viewer's tag.")


@strawberry.input(description="What the viewer studies.")
class UserSubjectAddInput:
    """By its id."""

    subject_id: strawberry.ID = strawberry.field(description="The subject.")


@strawberry.input(description="What the viewer studies no longer.")
class UserSubjectRemoveInput:
    """By its id."""

    subject_id: strawberry.ID = strawberry.field(description="The subject.")


@strawberry.type(description="One of the viewer's tags.")
class _UserTagPayload:
    user_tag: UserTag | None = edge("user_tag_key", "The viewer's tag.")
    user_tag_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `userTagAdd`.")
class UserTagAddPayload(_UserTagPayload):
    """The viewer's tag."""


@strawberry.type(description="The answer to `userTagUpdate`.")
class UserTagUpdatePayload(_UserTagPayload):
    """The viewer's tag."""


@strawberry.type(description="The answer to `userTagRemove`.")
class UserTagRemovePayload:
    """What is gone."""

    removed_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what was the viewer's tag."
    )
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The subject that it is about.")
class _UserSubjectPayload:
    subject: Subject | None = edge("subject_key", "The subject.")
    subject_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it didn't work."
    )


@strawberry.type(description="The answer to `userSubjectAdd`.")
class UserSubjectAddPayload(_UserSubjectPayload):
    """The subject."""


@strawberry.type(description="The answer to `userSubjectRemove`.")
class UserSubjectRemovePayload(_UserSubjectPayload):
    """The subject."""


@strawberry.type
class PeopleMutation:
    """Say what one can, likes and studies."""

    @mutation(SIGNED_IN)
    async def user_tag_add(self, info: Info, input: UserTagAddInput) -> UserTagAddPayload:
        """Take a tag. `USER_TAG_EXISTS` if the viewer has it; nobody has more than 100."""
        tag_id = from_global(Tag.prefix, input.tag_id)
        data = to_data(service.UserTagData, input, tag_id=tag_id)
        async with info.context.begin() as uow:
            key = await service.add_tag(uow, info.context.me, data)
        return UserTagAddPayload(user_tag_key=key)

    @mutation(SIGNED_IN)
    async def user_tag_update(self, info: Info, input: UserTagUpdateInput) -> UserTagUpdatePayload:
        """Rate one of the viewer's tags, or accept what was suggested."""
        key = from_global(UserTag.prefix, input.id)
        data = to_data(service.UserTagChanges, input)
        async with info.context.begin() as uow:
            await service.update_tag(uow, info.context.me, key, data)
        return UserTagUpdatePayload(user_tag_key=key)

    @mutation(SIGNED_IN)
    async def user_tag_remove(self, info: Info, input: UserTagRemoveInput) -> UserTagRemovePayload:
        """Take one of the viewer's tags away."""
        key = from_global(UserTag.prefix, input.id)
        async with info.context.begin() as uow:
            await service.remove_tag(uow, info.context.me, key)
        return UserTagRemovePayload(removed_id=input.id)

    @mutation(SIGNED_IN)
    async def user_subject_add(
        self, info: Info, input: UserSubjectAddInput
    ) -> UserSubjectAddPayload:
        """Study a subject. `USER_SUBJECT_EXISTS` if the viewer does; nobody has more than 100."""
        subject_id = from_global(Subject.prefix, input.subject_id)
        async with info.context.begin() as uow:
            await service.add_subject(uow, info.context.me, subject_id)
        return UserSubjectAddPayload(subject_key=subject_id)

    @mutation(SIGNED_IN)
    async def user_subject_remove(
        self, info: Info, input: UserSubjectRemoveInput
    ) -> UserSubjectRemovePayload:
        """Study a subject no longer."""
        subject_id = from_global(Subject.prefix, input.subject_id)
        async with info.context.begin() as uow:
            await service.remove_subject(uow, info.context.me, subject_id)
        return UserSubjectRemovePayload(subject_key=subject_id)

"""Root mutations of pods as a whole."""

from typing import Any
from uuid import UUID

import strawberry

from app.classes.models import Weekday
from app.core.access import SIGNED_IN
from app.core.graph.context import Info
from app.core.graph.fields import mutation
from app.core.graph.payloads import UserError, to_data
from app.core.graph.read.declare import edge
from app.core.ids import from_global, to_global
from app.courses.mutations.inputs import errors, keys, maybe
from app.pods.models import PodCategory, PodDifficulty
from app.pods.service import pods as service
from app.pods.types import Pod
from app.reference.types.taxonomy import Subject


@strawberry.input(description="What a pod can have.")
class PodFields:
    """What making and changing a pod have in common."""

    description: str | None = maybe("What it is about, in plain text, to 20,000 characters.")
    category: PodCategory | None = maybe("For what its people learn.")
    difficulty: PodDifficulty | None = maybe("What it asks of them.")
    cover_image_url: str | None = maybe("Where its picture is: an address that begins with https.")
    icon: str | None = maybe("A name or an emoji to show instead of a picture, to 50 characters.")
    public: bool | None = maybe("Whether everybody finds it, and may join; they do at first.")
    max_members: int | None = maybe("How many members it may have, 2 to 1000; 50 at first.")
    tags: list[str] | None = maybe("Words to mark it with: 20 at most, of 50 characters each.")
    rules: str | None = maybe("What its members keep to, in plain text, to 20,000 characters.")
    weekdays: list[Weekday] | None = maybe("On which days it usually meets.")
    starts_at: str | None = maybe("When a meeting begins, as HH:MM.")
    ends_at: str | None = maybe("When a meeting ends, as HH:MM, later than it begins.")
    time_zone: str | None = maybe(
        "The time zone of its days and hours, by its IANA name; `UTC` at first."
    )
    language: str | None = maybe("The language that it speaks, as a BCP 47 tag; `en` at first.")


@strawberry.input(description="A pod to make.")
class PodCreateInput(PodFields):
    """Its maker owns it."""

    name: str = strawberry.field(description="What it is called, 1 to 255 characters.")
    subject_id: strawberry.ID = strawberry.field(description="What is studied.")


@strawberry.input(description="What is to be another way in a pod. What isn't given stays.")
class PodUpdateInput(PodFields):
    """Until it is archived."""

    id: strawberry.ID = strawberry.field(description="The pod.")
    name: str | None = maybe("What it is called, 1 to 255 characters.")
    subject_id: strawberry.ID | None = maybe("What is studied.")


@strawberry.input(description="Which pod.")
class PodInput:
    """By its id."""

    id: strawberry.ID = strawberry.field(description="The pod.")


@strawberry.type
class _PodPayload:
    pod: Pod | None = edge("pod_key", "The pod.")
    pod_key: strawberry.Private[UUID | None] = None
    errors: list[UserError] = errors()


@strawberry.type(description="The answer to `podCreate`.")
class PodCreatePayload(_PodPayload):
    """The pod."""


@strawberry.type(description="The answer to `podUpdate`.")
class PodUpdatePayload(_PodPayload):
    """The pod."""


@strawberry.type(description="The answer to `podArchive`.")
class PodArchivePayload(_PodPayload):
    """The pod."""


@strawberry.type(description="The answer to `podDelete`.")
class PodDeletePayload:
    """What there was."""

    deleted_id: strawberry.ID | None = strawberry.field(
        default=None, description="The id of the pod that there was."
    )
    errors: list[UserError] = errors()


def _subject(input: Any) -> dict[str, UUID | None]:
    return keys(input, subject_id=Subject.prefix)


@strawberry.type
class PodMutation:
    """Make a pod, change it, and end it."""

    @mutation(SIGNED_IN)
    async def pod_create(self, info: Info, input: PodCreateInput) -> PodCreatePayload:
        """Make a pod, with a chat for its members. You are its owner."""
        data = to_data(service.PodData, input, **_subject(input))
        async with info.context.begin() as uow:
            made = await service.create(uow, info.context.me, data)
        return PodCreatePayload(pod_key=made.id)

    @mutation(SIGNED_IN)
    async def pod_update(self, info: Info, input: PodUpdateInput) -> PodUpdatePayload:
        """Change a pod that isn't archived: for its owners and admins. There are never fewer
        places than members. Whoever asked to be let in goes on waiting when it becomes public.
        """
        data = to_data(service.PodChanges, input, **_subject(input))
        key = from_global(Pod.prefix, input.id)
        async with info.context.begin() as uow:
            changed = await service.update(uow, info.context.me, key, data)
        return PodUpdatePayload(pod_key=changed.id)

    @mutation(SIGNED_IN)
    async def pod_archive(self, info: Info, input: PodInput) -> PodArchivePayload:
        """Have a pod only read from now on, and its chat with it: for its owners and admins.
        Invitations are revoked. It can still be left, and deleted, and that is all.
        """
        key = from_global(Pod.prefix, input.id)
        async with info.context.begin() as uow:
            archived = await service.archive(uow, info.context.me, key)
        return PodArchivePayload(pod_key=archived.id)

    @mutation(SIGNED_IN)
    async def pod_delete(self, info: Info, input: PodInput) -> PodDeletePayload:
        """Delete a pod for good, with who was in it and all invitations: for its owners and
        admins. Its chat ends at once for everybody, on open subscriptions too, and all that was
        said there is erased soon after. Nothing brings it back. Its study sessions stay with
        those who held them.
        """
        key = from_global(Pod.prefix, input.id)
        async with info.context.begin() as uow:
            await service.delete(uow, info.context.me, key)
        return PodDeletePayload(deleted_id=strawberry.ID(to_global(Pod.prefix, key)))
